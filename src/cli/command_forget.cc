// `forget`: snapshots are removed by a policy, or by their ids.
#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "base/utf8.h"
#include "cli/keep_policy.h"
#include "cli/prune_report.h"
#include "cli/repository_session.h"
#include "cli/snapshot_table.h"
#include "cli/step_reporter.h"
#include "repo/forget.h"

namespace cofre::cli {
namespace {

using ForgetJson = nlohmann::ordered_json;

ForgetJson parse_own(const std::string& json) {
    return ForgetJson::parse(json, nullptr, /*allow_exceptions=*/false);
}

ForgetJson counters_json(const repo::RetentionCounters& counters) {
    ForgetJson out = ForgetJson::object();
    const auto add = [&](const char* name, int count) {
        if (count != 0) out[name] = count;
    };
    add("last", counters.last);
    add("hourly", counters.hourly);
    add("daily", counters.daily);
    add("weekly", counters.weekly);
    add("monthly", counters.monthly);
    add("yearly", counters.yearly);
    return out;
}

ForgetJson list_or_null(const std::vector<std::string>& list) {
    return list.empty() ? ForgetJson() : ForgetJson(list);
}

/// As restic's `forget --json`.
ForgetJson group_json(const repo::ForgetPlan& plan, const repo::ForgetGroup& group) {
    ForgetJson keep = ForgetJson::array();
    ForgetJson reasons = ForgetJson::array();
    for (const auto& kept : group.keep) {
        const auto& listed = plan.snapshots[kept.index];
        keep.push_back(parse_own(repo::encode_listed_snapshot(listed)));
        reasons.push_back({{"snapshot", parse_own(repo::encode_snapshot(listed.snapshot))},
                           {"matches", kept.reasons},
                           {"counters", counters_json(kept.counters)}});
    }
    ForgetJson remove = ForgetJson::array();
    for (const auto place : group.remove)
        remove.push_back(parse_own(repo::encode_listed_snapshot(plan.snapshots[place])));
    return {{"tags", list_or_null(group.key.tags)},
            {"host", group.key.hostname},
            {"paths", list_or_null(group.key.paths)},
            {"keep", keep.empty() ? ForgetJson() : keep},
            {"remove", remove.empty() ? ForgetJson() : remove},
            {"reasons", reasons.empty() ? ForgetJson() : reasons}};
}

void show_kept(const App& app, const repo::ForgetPlan& plan, const repo::ForgetGroup& group) {
    app.console.print(fmt::format("keep {} snapshots:", group.keep.size()));
    for (const auto& kept : group.keep) {
        const auto& listed = plan.snapshots[kept.index];
        std::string reasons;
        for (const auto& reason : kept.reasons)
            reasons += (reasons.empty() ? "" : ", ") + reason;
        app.console.print(fmt::format("{}  {}  {}", listed.id.substr(0, 8), table_time(listed.snapshot.time),
                                      escape_for_display(reasons)));
    }
}

void show_plan(const App& app, const ForgetOptions& options, const repo::ForgetPlan& plan, const repo::GroupBy& by) {
    if (app.console.json()) {
        ForgetJson groups = ForgetJson::array();
        for (const auto& group : plan.groups)
            groups.push_back(group_json(plan, group));
        app.console.print_json(groups.dump(-1, ' ', false, ForgetJson::error_handler_t::replace));
        return;
    }
    for (const auto& group : plan.groups) {
        if (const auto heading = group_heading(group.key, by); !heading.empty()) app.console.print(heading);
        show_kept(app, plan, group);
        if (group.remove.empty()) continue;
        app.console.print(fmt::format("remove {} snapshots:", group.remove.size()));
        for (const auto& line : snapshot_table(plan.snapshots, group.remove, options.compact))
            app.console.print(line);
    }
}

Result<repo::ForgetRequest> request_of(const ForgetOptions& options) {
    repo::ForgetRequest request;
    COFRE_ASSIGN(request.policy, to_policy(options.keep));
    COFRE_ASSIGN(request.group_by, repo::parse_group_by(options.group_by));
    request.ids = options.ids;
    request.filter = to_filter(options.filter);
    request.allow_remove_all = options.allow_remove_all;
    return request;
}

Status remove_planned(const App& app, RepositorySession& session, const repo::ForgetPlan& plan) {
    if (plan.remove.empty()) {
        app.console.note("no snapshots were removed");
        return {};
    }
    StepReporter steps(app);
    COFRE_TRY(repo::remove_snapshots(app.ctx, session.repository(), plan.remove, session.may_write(), steps.on_step()));
    steps.finish();
    app.console.note(fmt::format("removed {} snapshots", format_count(plan.remove.size())));
    return {};
}

/// A policy decides over all that it sees: one that cannot be read might be
/// the one to keep. By ids, an unreadable one may go, too.
Result<repo::ForgetPlan> make_plan(const App& app, RepositorySession& session, const ForgetOptions& options,
                                   const repo::ForgetRequest& request) {
    COFRE_ASSIGN(auto list, session.load_snapshots());
    if (options.ids.empty()) COFRE_TRY(list.require_all());
    repo::ForgetRequest rest = request;
    std::vector<repo::Id> unreadable;
    if (!list.unreadable.empty()) {
        rest.ids.clear();
        for (const auto& text : request.ids) {
            const bool is_listed = std::any_of(list.snapshots.begin(), list.snapshots.end(),
                                               [&](const auto& listed) { return listed.id.starts_with(text); });
            if (is_listed || text.starts_with("latest")) {
                rest.ids.push_back(text);
                continue;
            }
            COFRE_ASSIGN(const auto id, session.repository().find(app.ctx, repo::FileKind::kSnapshot, text));
            unreadable.push_back(id);
        }
    }
    repo::ForgetPlan plan;
    if (!rest.ids.empty() || unreadable.empty()) {
        COFRE_ASSIGN(plan, repo::plan_forget(std::move(list.snapshots), rest, zoned_now(app), repo::Zone::local()));
    }
    plan.remove.insert(plan.remove.end(), unreadable.begin(), unreadable.end());
    return plan;
}

Status forget(const App& app, const ForgetOptions& options) {
    COFRE_ASSIGN(const auto request, request_of(options));
    COFRE_ASSIGN(const auto session,
                 RepositorySession::open(app, options.repo,
                                         {.lock = options.dry_run ? LockNeed::kShared : LockNeed::kExclusive,
                                          .will_write = !options.dry_run}));
    COFRE_ASSIGN(const auto bytes, pack_bytes(options.repo, session->place().target));
    COFRE_TRY(prune_rules(options.rules, bytes));  // Before anything is removed.
    COFRE_ASSIGN(const auto plan, make_plan(app, *session, options, request));
    show_plan(app, options, plan, request.group_by);
    if (options.dry_run) {
        for (const auto& id : plan.remove)
            app.console.note("would remove snapshot " + id.short_hex());
    } else {
        COFRE_TRY(remove_planned(app, *session, plan));
    }
    COFRE_TRY(session->close());
    if (!options.prune || plan.remove.empty()) return {};
    PruneRequest pruning{.rules = options.rules, .repo = options.repo, .dry_run = options.dry_run, .forgotten = {}};
    pruning.forgotten.insert(plan.remove.begin(), plan.remove.end());
    return prune_and_report(app, session->repository(), bytes, pruning);
}

}  // namespace

int run_command(const App& app, const ForgetOptions& options) {
    const Status status = forget(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace cofre::cli
