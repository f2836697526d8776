#include "repo/tree_stats.h"

#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "crypto/digest.h"
#include "repo/tree_walk.h"

namespace cofre::repo {
namespace {

using Ids = std::unordered_set<Id, IdHash>;

constexpr std::pair<StatsMode, std::string_view> kModes[] = {
    {StatsMode::kRestoreSize, "restore-size"},
    {StatsMode::kFilesByContents, "files-by-contents"},
    {StatsMode::kBlobsPerFile, "blobs-per-file"},
    {StatsMode::kRawData, "raw-data"},
};

Id content_id(const Node& node) {
    crypto::Sha256 hash;
    if (node.content) {
        for (const Id& id : *node.content)
            hash.update(id.bytes());
    }
    return Id(hash.finish());
}

/// The three modes that look at files by path.
class FileCounter {
public:
    FileCounter(Repository& repo, StatsMode mode, TreeStats& stats) : repo_(repo), mode_(mode), stats_(stats) {}

    /// Other names count within one snapshot.
    void begin_snapshot() { linked_.clear(); }

    void count(const std::string& path, const Node& node) {
        if (mode_ == StatsMode::kRestoreSize) {
            ++stats_.files;
            if (node.links > 1 && node.inode != 0 && !linked_.emplace(node.device_id, node.inode).second) return;
            stats_.bytes += node.size;
            return;
        }
        if (!seen_.insert(content_id(node)).second) return;
        if (mode_ == StatsMode::kFilesByContents) {
            ++stats_.files;
            stats_.bytes += node.size;
        } else if (node.content) {
            count_blobs(path, *node.content);
        }
    }

private:
    void count_blobs(const std::string& path, const std::vector<Id>& content) {
        for (const Id& id : content) {
            const auto [file, is_new] = blobs_of_.try_emplace(path);
            if (is_new) ++stats_.files;
            if (!file->second.insert(id).second) continue;
            const auto place =
                repo_.with_index([&](const BlobIndex& index) { return index.find(BlobType::kData, id); });
            stats_.bytes += place ? place->blob.plain_length() : 0;
            ++stats_.blobs;
        }
    }

    Repository& repo_;
    StatsMode mode_;
    TreeStats& stats_;
    std::set<std::pair<std::uint64_t, std::uint64_t>> linked_;
    Ids seen_;
    std::unordered_map<std::string, Ids> blobs_of_;
};

Result<TreeStats> count_files(const CallContext& ctx, Repository& repo, std::span<const Id> roots, StatsMode mode) {
    TreeStats stats;
    FileCounter counter(repo, mode, stats);
    TreeWalkEvents events;
    events.visit = [&](const std::string& path, Node& node) -> Result<bool> {
        counter.count(path, node);
        return true;
    };
    for (const Id& root : roots) {
        counter.begin_snapshot();
        COFRE_TRY(walk_tree(ctx, repo, root, {}, events));
    }
    return stats;
}

Result<TreeStats> count_raw(const CallContext& ctx, Repository& repo, std::span<const Id> roots) {
    struct Used {
        Ids trees;
        Ids data;
    };
    Guarded<Used> used;
    COFRE_TRY(visit_trees(ctx, repo, roots, {}, [&](const Id& tree, Result<std::span<Node>> nodes) -> Status {
        if (!nodes) return std::move(nodes).error();
        used.with([&](Used& ids) {
            ids.trees.insert(tree);
            for (const Node& node : *nodes) {
                if (node.content) ids.data.insert(node.content->begin(), node.content->end());
            }
        });
        return {};
    }));
    TreeStats stats;
    const auto add = [&](const BlobIndex& index, BlobType type, const Id& id) -> Status {
        const auto place = index.find(type, id);
        if (!place) return Error(ErrorCode::kNotFound, "blob " + id.short_hex() + " is not in the index");
        ++stats.blobs;
        stats.bytes += place->blob.length;
        stats.uncompressed_bytes += place->blob.plain_length();
        if (place->blob.uncompressed_length != 0) {
            stats.compressed_blobs_bytes += place->blob.length;
            stats.compressed_blobs_uncompressed_bytes += place->blob.uncompressed_length;
        }
        return {};
    };
    const Status added = used.with([&](const Used& ids) {
        return repo.with_index([&](const BlobIndex& index) -> Status {
            for (const Id& id : ids.trees)
                COFRE_TRY(add(index, BlobType::kTree, id));
            for (const Id& id : ids.data)
                COFRE_TRY(add(index, BlobType::kData, id));
            return {};
        });
    });
    if (!added) return added.error();
    return stats;
}

}  // namespace

Result<StatsMode> parse_stats_mode(std::string_view text) {
    for (const auto& [mode, name] : kModes) {
        if (name == text) return mode;
    }
    return Error(ErrorCode::kInvalidArgument, "\"" + std::string(text) + "\" is not a way to count")
        .with_hint("restore-size, files-by-contents, blobs-per-file or raw-data");
}

std::string_view to_string(StatsMode mode) {
    for (const auto& [known, name] : kModes) {
        if (known == mode) return name;
    }
    return "";
}

Result<TreeStats> count_trees(const CallContext& ctx, Repository& repo, std::span<const Id> roots, StatsMode mode) {
    return mode == StatsMode::kRawData ? count_raw(ctx, repo, roots) : count_files(ctx, repo, roots, mode);
}

}  // namespace cofre::repo
