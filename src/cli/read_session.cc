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
    const auto& list = reading.list.snapshots;
    COFRE_ASSIGN(const auto place, repo::find_snapshot(list, name, to_filter(filter), zoned_now(app)));
    const auto& root = list[place].snapshot.tree;
    if (!root) return Error(ErrorCode::kCorruption, "snapshot " + list[place].id.substr(0, 8) + " has no tree");
    COFRE_ASSIGN(const auto tree, repo::find_folder(app.ctx, reading.repository(), *root, name.path));
    return ChosenTree{.snapshot = &list[place], .tree = tree};
}

}  // namespace cofre::cli
