#include <utility>

#include "backup/restore_run.h"
#include "cli/app.h"
#include "cli/outcome_report.h"
#include "cli/progress_display.h"
#include "daemon/job_plan.h"

namespace cofre::cli {
namespace {

constexpr int kFilesAtOnceFromS3 = 32;
constexpr int kFilesAtOnceFromDisk = 8;

Result<backup::RestorePlan> plan_of(const RestoreOptions& options, const daemon::OpenTarget& open) {
    backup::RestorePlan plan;
    const auto colon = options.snapshot.find(':');
    plan.snapshot = options.snapshot.substr(0, colon);
    if (colon != std::string::npos) {
        plan.subpath = options.snapshot.substr(colon + 1);
        while (plan.subpath.starts_with('/'))
            plan.subpath.erase(0, 1);
        while (plan.subpath.ends_with('/'))
            plan.subpath.pop_back();
    }
    plan.job = options.job;
    plan.prefix = open.prefix;
    plan.target = options.target;
    plan.include = options.include;
    plan.exclude = options.exclude;
    COFRE_ASSIGN(plan.overwrite, backup::parse_overwrite(options.overwrite));
    plan.suid = options.suid;
    plan.dry_run = options.dry_run;
    plan.concurrency = options.concurrency > 0 ? options.concurrency
                       : open.s3 != nullptr    ? kFilesAtOnceFromS3
                                               : kFilesAtOnceFromDisk;
    plan.temp_folder = daemon::temp_folder();
    return plan;
}

Result<backup::RestoreOutcome> restore(const App& app, const RestoreOptions& options) {
    COFRE_ASSIGN(const auto target, resolve_target(app, options.from, options.job));
    COFRE_ASSIGN(const auto open, daemon::open_target(target, daemon::Absent::kFail));
    COFRE_ASSIGN(const auto plan, plan_of(options, open));
    backup::Progress progress;
    const ProgressDisplay display(app.console, progress, app.clock, "restoring");
    return backup::run_restore(app.ctx, plan, *open.store, app.clock, progress);
}

}  // namespace

int run_command(const App& app, const RestoreOptions& options) {
    auto outcome = restore(app, options);
    if (!outcome) return fail(app, std::move(outcome).error());
    show_restore(app.console, *outcome, options.target.native(), options.dry_run);
    app.console.print_json(restore_json(*outcome, options.dry_run));
    if (outcome->is_complete()) return kExitDone;
    return outcome->files + outcome->links + outcome->kept_files == 0 ? kExitFatal : kExitPartial;
}

}  // namespace cofre::cli
