// `tag`: snapshots written again with other tags.
#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/repository_session.h"

namespace cofre::cli {
namespace {

using TagJson = nlohmann::ordered_json;

struct TagChange {
    bool replaces = false;
    repo::TagList set;
    repo::TagList add;
    repo::TagList remove;

    bool is_empty() const { return !replaces && add.empty() && remove.empty(); }
};

repo::TagList flatten_tags(const std::vector<std::string>& texts) {
    repo::TagList all;
    for (const auto& text : texts) {
        for (auto& tag : repo::parse_tag_list(text)) {
            if (!tag.empty()) all.push_back(std::move(tag));
        }
    }
    return all;
}

bool has_tag(const repo::TagList& tags, const std::string& tag) {
    return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

/// False: the snapshot is as it was.
bool apply_change(const TagChange& change, repo::TagList& tags) {
    const repo::TagList before = tags;
    if (change.replaces) tags = change.set;
    for (const auto& tag : change.add) {
        if (!has_tag(tags, tag)) tags.push_back(tag);
    }
    tags.erase(std::remove_if(tags.begin(), tags.end(),
                              [&change](const std::string& tag) { return has_tag(change.remove, tag); }),
               tags.end());
    return tags != before;
}

/// New file first: a crash between leaves both, and loses none.
Status retag(const App& app, RepositorySession& session, repo::ListedSnapshot listed) {
    COFRE_ASSIGN(const auto old_id, repo::Id::parse(listed.id));
    if (!listed.snapshot.original) listed.snapshot.original = old_id;
    auto& repository = session.repository();
    COFRE_TRY(session.may_write()());
    COFRE_ASSIGN(const auto id,
                 repository.save_unpacked(app.ctx, repo::FileKind::kSnapshot, repo::encode_snapshot(listed.snapshot)));
    COFRE_TRY(repository.store().sync(app.ctx));
    COFRE_TRY(repository.remove(app.ctx, repo::FileKind::kSnapshot, old_id));
    app.console.print_json(
        TagJson({{"message_type", "changed"}, {"old_snapshot_id", listed.id}, {"new_snapshot_id", id.hex()}}).dump());
    return {};
}

Status change_tags(const App& app, const TagOptions& options) {
    const TagChange change{.replaces = !options.set.empty(),
                           .set = flatten_tags(options.set),
                           .add = flatten_tags(options.add),
                           .remove = flatten_tags(options.remove)};
    if (change.is_empty()) {
        return Error(ErrorCode::kInvalidArgument, "no change of tags is asked for")
            .with_hint("--set, --add or --remove");
    }
    if (change.replaces && (!change.add.empty() || !change.remove.empty())) {
        return Error(ErrorCode::kInvalidArgument, "--set goes with neither --add nor --remove");
    }
    COFRE_ASSIGN(const auto session,
                 RepositorySession::open(app, options.repo, {.lock = LockNeed::kExclusive, .will_write = true}));
    COFRE_ASSIGN(const auto list, session->load_snapshots());
    COFRE_ASSIGN(const auto chosen, choose_snapshots(app, list.snapshots, options.ids, to_filter(options.filter)));
    std::size_t changed = 0;
    for (const std::size_t i : chosen) {
        auto listed = list.snapshots[i];
        if (!apply_change(change, listed.snapshot.tags)) continue;
        COFRE_TRY(retag(app, *session, std::move(listed)));
        ++changed;
    }
    for (const auto& error : list.unreadable)
        app.console.warning(error.message());
    app.console.note(fmt::format("changed the tags of {} snapshot{}", changed, changed == 1 ? "" : "s"));
    app.console.print_json(TagJson({{"message_type", "summary"}, {"changed_snapshots", changed}}).dump());
    return session->close();
}

}  // namespace

int run_command(const App& app, const TagOptions& options) {
    const Status status = change_tags(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace cofre::cli
