#include "backup/tree_verify.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/units.h"
#include "base/utf8.h"
#include "repo/pack_check.h"
#include "repo/tree_walk.h"
#include "repo/used_blobs.h"

namespace cofre::backup {
namespace {

/// Of a pack at most so much is one thread's task.
constexpr std::uint64_t kReadTaskBytes = std::uint64_t{16} << 20U;

/// A fault of what is stored, rather than of the way to it.
bool is_stored_damage(const Error& error) {
    return error.code() == ErrorCode::kCorruption || error.code() == ErrorCode::kNotFound ||
           error.code() == ErrorCode::kResourceExhausted;
}

/// Snapshots of the far past or future, which no clock of ours can hold, are of no time.
WallTime wall_time_of(const repo::ZonedTime& time) {
    constexpr std::int64_t kLimit = 9'000'000'000;  // 64-bit nanoseconds end at 9.2e9 seconds.
    if (time.seconds < -kLimit || time.seconds > kLimit) return {};
    return WallTime(std::chrono::seconds(time.seconds) + std::chrono::nanoseconds(time.nanoseconds));
}

struct ReadTask {
    std::size_t first = 0;
    std::size_t end = 0;
};

}  // namespace

class TreeVerifier::Impl {
public:
    Impl(repo::Repository& repository, Clock& clock, VerifyLevel level, int threads)
        : repo_(repository),
          clock_(clock),
          level_(level),
          threads_(threads),
          settled_(repository.with_index([](const repo::BlobIndex& index) { return index.size(); })) {}

    Status compare_packs(const CallContext& ctx) {
        COFRE_ASSIGN(const auto packs, repo_.list(ctx, repo::FileKind::kPack));
        repo_.with_index([&](const repo::BlobIndex& index) {
            std::vector<std::uint64_t> stored(index.pack_count(), 0);
            for (const auto& pack : packs) {
                if (const auto number = index.find_pack(pack.id)) stored[*number] = pack.size;
            }
            bad_packs_.assign(index.pack_count(), false);
            index.for_each_pack([&](repo::PackNumber number, std::span<const repo::PackedBlob> blobs) {
                bad_packs_[number] = stored[number] != repo::packed_size(blobs);
            });
        });
        return {};
    }

    Result<VerifyOutcome> verify(const CallContext& ctx, const repo::ListedSnapshot& snapshot, const std::string& job,
                                 Progress& progress) {
        const auto began = clock_.now();
        if (!snapshot.snapshot.tree) {
            return Error(ErrorCode::kCorruption, "snapshot " + snapshot.id.substr(0, 8) + " has no tree");
        }
        outcome_ = {};
        wanted_.clear();
        COFRE_TRY(walk(ctx, *snapshot.snapshot.tree, progress, /*is_first=*/true));
        if (level_ == VerifyLevel::kRead) {
            COFRE_ASSIGN(const bool is_damaged, read_wanted(ctx, progress));
            // Which files the damage is in, only another walk can tell.
            if (is_damaged) {
                outcome_ = {};
                COFRE_TRY(walk(ctx, *snapshot.snapshot.tree, progress, /*is_first=*/false));
            }
        }
        progress.files_done = progress.files_found.load();
        progress.problems += outcome_.problem_count;
        outcome_.snapshot.id = snapshot.id;
        outcome_.snapshot.job = job;
        outcome_.snapshot.finished_at = wall_time_of(snapshot.snapshot.time);
        outcome_.level = level_;
        outcome_.proven_at = clock_.wall_now();
        outcome_.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - began);
        return std::move(outcome_);
    }

private:
    Status walk(const CallContext& ctx, const repo::Id& root, Progress& progress, bool is_first) {
        repo::TreeWalkEvents events;
        events.visit = [&](const std::string& path, repo::Node& node) -> Result<bool> {
            if (node.type == repo::NodeType::kFile) judge(path, node, progress, is_first);
            return true;
        };
        events.on_error = [&](const std::string& path, const Error& error) -> Status {
            if (!is_stored_damage(error)) return error;
            add_problem(path.empty() ? "/" : path, "what this folder holds cannot be read: " + error.message());
            return {};
        };
        COFRE_TRY(repo::walk_tree(ctx, repo_, root, {}, events));
        if (is_first) progress.found_all = true;
        return {};
    }

    void judge(const std::string& path, const repo::Node& node, Progress& progress, bool is_first) {
        std::uint64_t size = 0;
        std::string trouble;
        const std::vector<repo::Id> none;
        repo_.with_index([&](const repo::BlobIndex& index) {
            for (const auto& id : node.content ? *node.content : none) {
                auto found = look_up(index, id, is_first);
                size += found.bytes;
                if (trouble.empty()) trouble = std::move(found.trouble);
            }
        });
        if (trouble.empty() && size != node.size) {
            trouble = "the tree says " + format_count(node.size) + " bytes, and its blobs are " + format_count(size);
        }
        if (is_first) {
            progress.files_found.fetch_add(1);
            if (level_ == VerifyLevel::kList) {
                progress.bytes_found.fetch_add(node.size);
                progress.bytes_done.fetch_add(node.size);
            }
        }
        if (!trouble.empty()) return add_problem(path, trouble);
        ++outcome_.files;
        outcome_.bytes += size;
    }

    struct Found {
        std::uint64_t bytes = 0;  ///< Plaintext.
        std::string trouble;
    };

    /// What is known of a blob; in the first walk, one that is to be read is
    /// noted, once for all snapshots.
    Found look_up(const repo::BlobIndex& index, const repo::Id& id, bool is_first) {
        const auto ordinals = index.ordinals(repo::BlobType::kData, id);
        if (ordinals.empty()) return {0, "its data blob " + id.short_hex() + " is not in the index"};
        const auto place = index.at(ordinals.front());
        Found found{.bytes = place.blob.plain_length(), .trouble = {}};
        if (const auto damage = damaged_.find(ordinals.front()); damage != damaged_.end()) {
            found.trouble = damage->second;
            return found;
        }
        const bool has_good_pack = std::any_of(ordinals.begin(), ordinals.end(), [&](std::uint32_t ordinal) {
            return !bad_packs_[index.at(ordinal).pack];
        });
        if (!has_good_pack && level_ == VerifyLevel::kList) {
            found.trouble = "pack " + index.pack_id(place.pack).short_hex() + ", which has its data blob " +
                            id.short_hex() + ", is missing or of the wrong size";
        }
        // A pack of the wrong size may still have this blob: reading it tells.
        if (is_first && level_ == VerifyLevel::kRead && settled_.set(ordinals.front())) {
            wanted_.push_back(ordinals.front());
        }
        return found;
    }

    void add_problem(const std::string& path, const std::string& message) {
        log_warning("verify", escape_for_display(path) + ": " + message);
        ++outcome_.problem_count;
        if (outcome_.problems.size() < BackupOutcome::kMaxProblems) outcome_.problems.push_back({path, message});
    }

    /// Each pack once, in order of offsets. True: something is damaged, now or
    /// since an earlier snapshot.
    Result<bool> read_wanted(const CallContext& ctx, Progress& progress) {
        std::vector<repo::BlobPlace> places;
        std::vector<ReadTask> tasks;
        repo_.with_index([&](const repo::BlobIndex& index) {
            places.reserve(wanted_.size());
            for (const auto ordinal : wanted_)
                places.push_back(index.at(ordinal));
        });
        std::sort(places.begin(), places.end(), [](const repo::BlobPlace& a, const repo::BlobPlace& b) {
            return std::pair(a.pack, a.blob.offset) < std::pair(b.pack, b.blob.offset);
        });
        for (std::size_t first = 0; first < places.size(); first = tasks.back().end)
            tasks.push_back({first, end_of_task(places, first)});
        for (const auto& place : places)
            progress.bytes_found.fetch_add(place.blob.plain_length());
        Guarded<int> reading;  // For damaged_.
        COFRE_TRY(parallel_for(ctx, tasks.size(), threads_, [&](const CallContext& one, std::size_t i) {
            const std::span all(places);
            return read_task(one, all.subspan(tasks[i].first, tasks[i].end - tasks[i].first), progress, reading);
        }));
        return !damaged_.empty();
    }

    static std::size_t end_of_task(const std::vector<repo::BlobPlace>& places, std::size_t first) {
        std::uint64_t bytes = 0;
        std::size_t end = first;
        while (end < places.size() && places[end].pack == places[first].pack && bytes < kReadTaskBytes)
            bytes += places[end++].blob.length;
        return end;
    }

    Status read_task(const CallContext& ctx, std::span<const repo::BlobPlace> places, Progress& progress,
                     Guarded<int>& reading) {
        const auto pack =
            repo_.with_index([&](const repo::BlobIndex& index) { return index.pack_id(places.front().pack); });
        std::vector<repo::PackedBlob> blobs;
        blobs.reserve(places.size());
        for (const auto& place : places)
            blobs.push_back(place.blob);
        return repo_.load_blobs(ctx, pack, blobs, [&](const repo::PackedBlob& blob, auto plain) -> Status {
            progress.bytes_done.fetch_add(blob.plain_length());
            if (plain) return {};
            if (!is_stored_damage(plain.error())) return std::move(plain).error();
            const auto ordinal = repo_.with_index(
                [&](const repo::BlobIndex& index) { return index.ordinal(repo::BlobType::kData, blob.id); });
            reading.with([&](int&) { damaged_.emplace(*ordinal, plain.error().message()); });
            return {};
        });
    }

    repo::Repository& repo_;
    Clock& clock_;
    VerifyLevel level_;
    int threads_;
    repo::BlobMarks settled_;  // Read, or noted to be.
    std::vector<bool> bad_packs_;
    std::unordered_map<std::uint32_t, std::string> damaged_;
    std::vector<std::uint32_t> wanted_;
    VerifyOutcome outcome_;
};

TreeVerifier::TreeVerifier(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TreeVerifier::~TreeVerifier() = default;

Result<std::unique_ptr<TreeVerifier>> TreeVerifier::create(const CallContext& ctx, repo::Repository& repository,
                                                           Clock& clock, VerifyLevel level, int threads) {
    auto impl = std::make_unique<Impl>(repository, clock, level, std::max(1, threads));
    COFRE_TRY(impl->compare_packs(ctx));
    return std::unique_ptr<TreeVerifier>(new TreeVerifier(std::move(impl)));
}

Result<VerifyOutcome> TreeVerifier::verify(const CallContext& ctx, const repo::ListedSnapshot& snapshot,
                                           const std::string& job, Progress& progress) {
    return impl_->verify(ctx, snapshot, job, progress);
}

}  // namespace cofre::backup
