#include <utility>

#include "backup/run_record.h"
#include "backup/verify_run.h"
#include "base/log.h"
#include "cli/app.h"
#include "cli/job_runner.h"
#include "cli/outcome_report.h"
#include "cli/progress_display.h"
#include "daemon/job_plan.h"

namespace cofre::cli {
namespace {

Result<backup::VerifyOutcome> verify(const App& app, const VerifyOptions& options) {
    COFRE_ASSIGN(const auto level, backup::parse_verify_level(options.level));
    COFRE_ASSIGN(const auto target, resolve_target(app, options.from, options.job));
    COFRE_ASSIGN(const auto open, daemon::open_target(target, daemon::Absent::kFail));
    const backup::VerifyPlan plan{.snapshot = options.snapshot,
                                  .job = options.job,
                                  .prefix = open.prefix,
                                  .level = level,
                                  .concurrency = options.concurrency > 0 ? options.concurrency : kObjectsAtOnce,
                                  .temp_folder = daemon::temp_folder()};
    backup::Progress progress;
    const ProgressDisplay display(app.console, progress, app.clock, "verifying");
    return backup::run_verify(app.ctx, plan, *open.store, app.clock, progress);
}

void remember(const App& app, const backup::VerifyOutcome& outcome) {
    auto folder = default_state_folder();
    const auto config = load_optional_configuration(app);
    if (config && *config && (*config)->find_job(outcome.snapshot.job) != nullptr) folder = (*config)->state_dir;
    auto record = backup::load_run_record(folder, outcome.snapshot.job);
    if (!record) record = backup::RunRecord();
    record->last_proof = backup::RunRecord::Proof{.proven_at = outcome.proven_at,
                                                  .level = std::string(to_string(outcome.level)),
                                                  .snapshot_id = outcome.snapshot.id,
                                                  .good = outcome.is_good(),
                                                  .files = outcome.files};
    const Status saved = backup::save_run_record(folder, outcome.snapshot.job, *record);
    if (!saved) log_warning("cli", "the proof is not recorded for `cofre status`: " + saved.error().message());
}

}  // namespace

int run_command(const App& app, const VerifyOptions& options) {
    auto outcome = verify(app, options);
    if (!outcome) return fail(app, std::move(outcome).error());
    remember(app, *outcome);
    show_verify(app.console, *outcome);
    app.console.print_json(verify_json(*outcome));
    if (outcome->is_good()) return kExitDone;
    return outcome->files == 0 ? kExitFatal : kExitPartial;
}

}  // namespace cofre::cli
