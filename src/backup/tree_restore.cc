#include "backup/tree_restore.h"

#include <utility>

#include <unistd.h>

#include "backup/restore_delete.h"
#include "backup/restore_planner.h"
#include "backup/restore_window.h"
#include "base/task_group.h"

namespace cofre::backup {
namespace {

source::ApplyOptions apply_options(const TreeRestorePlan& plan, RestoreTally& tally) {
    source::ApplyOptions apply{.owner = plan.owner, .attributes = plan.attributes, .suid = plan.suid};
    if (::geteuid() != 0 && plan.owner != source::OwnerRule::kKeep) {
        apply.owner = source::OwnerRule::kKeep;
        if (!plan.dry_run) {
            tally.add_warning(
                "not run as root: every file belongs to you now, and set-user-ID bits are left out; restore as root to "
                "get the owners of the snapshot");
        }
    }
    return apply;
}

/// The planner runs ahead by one window.
Status restore_all(const CallContext& ctx, RestoreWork& work, const RestoreFilter& filter) {
    RestorePlanner::Windows windows(1);
    RestorePlanner planner(work, filter, windows);
    TaskGroup group(ctx.stop);  // After `windows` and `planner`, which its threads use.
    group.spawn([&](const std::stop_token& stop) { return planner.run({stop, ctx.deadline}); });
    group.spawn([&](const std::stop_token& stop) -> Status {
        for (;;) {
            COFRE_ASSIGN(auto window, windows.pop(stop));
            if (!window) return {};
            COFRE_TRY(restore_window({stop, ctx.deadline}, work, *window));
        }
    });
    return group.wait();
}

Status finish_target(const CallContext& ctx, RestoreWork& work, const RestoreFilter& filter) {
    if (work.plan.remove_others) {
        if (work.tally.problem_count() == 0) {
            COFRE_TRY(delete_others(ctx, work, filter));
        } else {
            work.tally.add_warning("nothing was deleted from the target, because not everything could be restored");
        }
    }
    return work.plan.dry_run ? Status() : work.place.sync();
}

Status check_plan(const TreeRestorePlan& plan, const RestoreFilter& filter) {
    if (!plan.remove_others) return {};
    if (!plan.only.empty()) {
        return Error(ErrorCode::kInvalidArgument,
                     "restore of one file with --delete would delete all that is beside it")
            .with_hint("leave --delete out, or restore its folder");
    }
    if (!filter.takes_everything()) return {};
    std::error_code ignored;
    const auto absolute = std::filesystem::weakly_canonical(plan.target, ignored);
    if (!ignored && absolute != absolute.root_path()) return {};
    return Error(ErrorCode::kInvalidArgument, "restore to / with --delete would delete every file of this machine")
        .with_hint("say with --include or --exclude what is to be restored");
}

}  // namespace

Result<TreeRestoreOutcome> run_tree_restore(const CallContext& ctx, const TreeRestorePlan& plan, repo::Repository& repo,
                                            Clock& clock, Progress& progress, const RestoreObserver& observer) {
    const auto began = clock.now();
    COFRE_ASSIGN(const auto filter, RestoreFilter::create(plan.rules));
    COFRE_TRY(check_plan(plan, filter));
    COFRE_ASSIGN(const auto place, RestorePlace::open(plan.target, plan.dry_run));
    RestoreTally tally(progress, observer);
    RestoreWork work{.plan = plan,
                     .repo = repo,
                     .place = place,
                     .tally = tally,
                     .apply = apply_options(plan, tally),
                     .failed_first_names = {}};
    COFRE_TRY(restore_all(ctx, work, filter));
    COFRE_TRY(finish_target(ctx, work, filter));
    auto outcome = tally.take();
    outcome.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - began);
    return outcome;
}

}  // namespace cofre::backup
