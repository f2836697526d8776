#include "cli/read_session.h"

#include <utility>

#include "repo/tree_walk.h"

namespace cofre::cli {
namespace {

Result<ReadSession> begin_reading(const App& app, Result<std::unique_ptr<RepositorySession>> opened) {
    if (!opened) return std::move(opened).error();
    ReadSession reading{.session = *std::move(opened), .list = {}};
    COFRE_ASSIGN(reading.list, reading.session->load_snapshots());
    for (const auto& error : reading.list.unreadable)
        app.console.warning(error.message());
    COFRE_TRY(reading.session->load_index());
    return reading;
}

/// The whole snapshot.
Result<ChosenTree> choose_root(const App& app, const ReadSession& reading, const repo::SnapshotName& name,
                               const SnapshotFilterOptions& filter) {
    const auto& list = reading.list.snapshots;
    COFRE_ASSIGN(const auto place, repo::find_snapshot(list, name, to_filter(filter), zoned_now(app)));
    const auto& root = list[place].snapshot.tree;
    if (!root) return Error(ErrorCode::kCorruption, "snapshot " + list[place].id.substr(0, 8) + " has no tree");
    return ChosenTree{.snapshot = &list[place], .tree = *root};
}

struct SplitPath {
    std::string folder;
    std::string last;  ///< Empty: the path has no part that counts.
};

/// Empty parts and "." do not count.
SplitPath split_path(std::string path) {
    while (path.ends_with('/') || path.ends_with("/.") || path == ".")
        path.pop_back();
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return {.folder = "", .last = path};
    return {.folder = path.substr(0, slash), .last = path.substr(slash + 1)};
}

}  // namespace

Result<ReadSession> open_for_reading(const App& app, const RepoAccessOptions& access) {
    return begin_reading(app, RepositorySession::open(app, access, {}));
}

Result<ReadSession> open_for_reading_at(const App& app, OpenPlace place, const RepoAccessOptions& access) {
    return begin_reading(app, RepositorySession::open_at(app, std::move(place), access, {}));
}

Result<ChosenTree> choose_tree(const App& app, const ReadSession& reading, const std::string& text,
                               const SnapshotFilterOptions& filter) {
    COFRE_ASSIGN(const auto name, repo::parse_snapshot_name(text));
    COFRE_ASSIGN(auto chosen, choose_root(app, reading, name, filter));
    COFRE_ASSIGN(chosen.tree, repo::find_folder(app.ctx, reading.repository(), chosen.tree, name.path));
    return chosen;
}

Result<ChosenTree> choose_restorable(const App& app, const ReadSession& reading, const std::string& text,
                                     const SnapshotFilterOptions& filter) {
    COFRE_ASSIGN(const auto name, repo::parse_snapshot_name(text));
    COFRE_ASSIGN(auto chosen, choose_root(app, reading, name, filter));
    const auto place = split_path(name.path);
    if (!place.last.empty()) {
        COFRE_ASSIGN(const auto node, repo::find_node(app.ctx, reading.repository(), chosen.tree, name.path));
        if (node.type != repo::NodeType::kDirectory) chosen.only = node.name;
    }
    const auto& folder = chosen.only.empty() ? name.path : place.folder;
    COFRE_ASSIGN(chosen.tree, repo::find_folder(app.ctx, reading.repository(), chosen.tree, folder));
    return chosen;
}

}  // namespace cofre::cli
