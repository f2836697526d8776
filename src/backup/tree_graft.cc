#include "backup/tree_graft.h"

#include <optional>
#include <utility>

#include <sys/stat.h>

#include "base/utf8.h"
#include "repo/file_mode.h"
#include "repo/tree.h"
#include "source/path_parts.h"

namespace cofre::backup {
namespace {

constexpr int kMaxGraftDepth = 64;

/// "/a/b" as a, b. kInvalidArgument: no name, or one that cannot be restored.
Result<std::vector<std::string>> name_parts(const std::string& path) {
    std::vector<std::string> parts;
    for (const std::string_view part : source::split_path(path)) {
        if (part.empty() || part == ".") continue;
        COFRE_TRY(repo::check_restorable_name(part));
        parts.emplace_back(part);
    }
    if (parts.empty() || parts.size() > kMaxGraftDepth) {
        return Error(ErrorCode::kInvalidArgument, "\"" + escape_for_display(path) + "\" is no name for a file");
    }
    return parts;
}

Result<repo::Id> save_grafted_tree(const std::vector<repo::Node>& nodes, TreeSink& sink, SummaryCounter& counter) {
    repo::TreeEncoder encoder;
    for (const auto& node : nodes)
        COFRE_TRY(encoder.add(node));
    const std::string text = encoder.finish();
    COFRE_ASSIGN(const auto saved, sink.save(repo::BlobType::kTree, std::as_bytes(std::span(text))));
    counter.add_blob(repo::BlobType::kTree, saved, text.size());
    return saved.id;
}

}  // namespace

struct TreeGraft::Entry {
    std::optional<repo::Node> file;  ///< Else a folder.
    Folder members;
};

TreeGraft::TreeGraft(const repo::Snapshot& snapshot) {
    model_.mode = 0644;
    model_.mtime = model_.atime = model_.ctime = snapshot.time;
    model_.uid = snapshot.uid;
    model_.gid = snapshot.gid;
}

TreeGraft::TreeGraft(TreeGraft&&) noexcept = default;
TreeGraft& TreeGraft::operator=(TreeGraft&&) noexcept = default;
TreeGraft::~TreeGraft() = default;

repo::Node TreeGraft::blank(const std::string& name) const {
    repo::Node node = model_;
    node.name = name;
    return node;
}

Status TreeGraft::add(const std::string& path, std::vector<repo::Id> content, std::uint64_t size) {
    COFRE_ASSIGN(const auto parts, name_parts(path));
    const auto in_the_way = [&] {
        return Error(ErrorCode::kInvalidArgument, "\"" + escape_for_display(path) + "\" is in the snapshot already");
    };
    Folder* folder = &root_;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        auto& entry = (*folder)[parts[i]];
        if (!entry) entry = std::make_unique<Entry>();
        if (entry->file) return in_the_way();
        folder = &entry->members;
    }
    auto& entry = (*folder)[parts.back()];
    if (entry) return in_the_way();
    entry = std::make_unique<Entry>();
    entry->file = blank(parts.back());
    entry->file->content = std::move(content);
    entry->file->size = size;
    return {};
}

Result<std::vector<repo::Node>> TreeGraft::save(TreeSink& sink, SummaryCounter& counter) const {
    return save_folder(root_, sink, counter, 0);
}

// NOLINTNEXTLINE(misc-no-recursion): no deeper than kMaxGraftDepth.
Result<std::vector<repo::Node>> TreeGraft::save_folder(const Folder& folder, TreeSink& sink, SummaryCounter& counter,
                                                       int depth) const {
    std::vector<repo::Node> nodes;
    for (const auto& [name, entry] : folder) {
        if (entry->file) {
            nodes.push_back(*entry->file);
            continue;
        }
        COFRE_ASSIGN(const auto members, save_folder(entry->members, sink, counter, depth + 1));
        auto node = blank(name);
        node.type = repo::NodeType::kDirectory;
        node.mode = repo::to_go_mode(S_IFDIR | 0755);
        COFRE_ASSIGN(node.subtree, save_grafted_tree(members, sink, counter));
        counter.with([](repo::SnapshotSummary& all) { ++all.dirs_new; });
        nodes.push_back(std::move(node));
    }
    return nodes;
}

}  // namespace cofre::backup
