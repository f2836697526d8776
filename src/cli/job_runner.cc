#include "cli/job_runner.h"

#include <optional>
#include <utility>

#include "backup/backup_run.h"
#include "backup/run_lock.h"
#include "backup/run_record.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/progress_display.h"
#include "config/load.h"
#include "daemon/target_factory.h"

namespace cofre::cli {
namespace {

/// What a run that was killed has left, of a file that is no longer there.
constexpr std::chrono::hours kStaleUpload{7 * 24};

void clean_up_uploads(const App& app, s3::S3Store& store, const std::string& prefix) {
    const auto cleanup = store.abort_dead_uploads(app.ctx, prefix, kStaleUpload);
    if (!cleanup) log_warning("cli", "unfinished uploads are not cleared away: " + cleanup.error().message());
}

Result<backup::BackupOutcome> back_up(const App& app, const backup::BackupPlan& plan,
                                      const config::TargetConfig& target, const std::filesystem::path& state_folder,
                                      std::string& description) {
    COFRE_ASSIGN(const auto lock, backup::RunLock::acquire(state_folder, plan.job));
    const auto absent = plan.dry_run ? daemon::Absent::kFail : daemon::Absent::kCreate;
    COFRE_ASSIGN(const auto open, daemon::open_target(target, absent, state_folder));
    description = open.description;
    backup::Progress progress;
    std::optional<ProgressDisplay> display;
    display.emplace(app.console, progress, app.clock, plan.dry_run ? "scanning" : "backing up");
    auto outcome = backup::run_backup(app.ctx, plan, {*open.store, app.clock, progress});
    display.reset();
    if (outcome && !plan.dry_run && open.s3 != nullptr) clean_up_uploads(app, *open.s3, plan.prefix);
    return outcome;
}

/// By both clocks: the civil one may jump while a job runs.
struct Beginning {
    WallTime wall;
    std::chrono::steady_clock::time_point steady;
};

backup::RunRecord::Run record_of(const JobReport& report, const Beginning& began, Clock& clock) {
    backup::RunRecord::Run run;
    run.started_at = began.wall;
    run.elapsed_ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - began.steady).count();
    run.exit_status = report.exit_status();
    if (report.error) run.message = report.error->message();
    if (report.outcome) {
        run.snapshot_id = report.outcome->snapshot_id;
        run.files = report.outcome->summary.files;
        run.bytes = report.outcome->summary.bytes;
        run.problems = report.outcome->problem_count;
    }
    return run;
}

void save_record(const JobReport& report, const Beginning& began, Clock& clock,
                 const std::filesystem::path& state_folder) {
    auto record = backup::load_run_record(state_folder, report.job);
    if (!record) record = backup::RunRecord();
    record->last_run = record_of(report, began, clock);
    if (record->last_run->exit_status == kExitDone) record->last_good_run = record->last_run;
    const Status saved = backup::save_run_record(state_folder, report.job, *record);
    if (!saved) log_warning("cli", "the record of this run is not saved: " + saved.error().message());
}

}  // namespace

JobReport run_job(const App& app, const backup::BackupPlan& plan, const config::TargetConfig& target,
                  const std::filesystem::path& state_folder) {
    JobReport report{.job = plan.job, .target = target.url, .dry_run = plan.dry_run};
    const Beginning began{app.clock.wall_now(), app.clock.now()};
    log_info("cli", "job " + plan.job + " begins");
    auto outcome = back_up(app, plan, target, state_folder, report.target);
    if (outcome) {
        report.outcome = *std::move(outcome);
    } else {
        report.error = std::move(outcome).error().context("job " + plan.job);
        log_info("cli", report.error->message());
    }
    const bool was_locked_out = report.error && report.error->code() == ErrorCode::kConflict;
    if (!plan.dry_run && !was_locked_out) save_record(report, began, app.clock, state_folder);
    return report;
}

int finish_run(const App& app, const std::vector<JobReport>& reports,
               const std::optional<std::filesystem::path>& output_json) {
    const int status = combined_status(reports);
    if (!output_json) return status;
    const Status written = write_file_atomic(*output_json, run_json(reports, status) + "\n", 0644);
    if (written) return status;
    app.console.error(Error(written.error()).context("--output-json"));
    return status == kExitDone ? static_cast<int>(kExitPartial) : status;
}

}  // namespace cofre::cli
