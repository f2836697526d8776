#include "cli/job_runner.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "backup/backup_run.h"
#include "backup/run_lock.h"
#include "backup/run_record.h"
#include "base/file.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/utf8.h"
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

/// What servers and tools had to say of their dumps.
void add_dump_warnings(const std::vector<backup::OpenDump>& dumps, backup::BackupOutcome& outcome) {
    for (const auto& open : dumps) {
        if (!open.record) continue;
        outcome.warnings.insert(outcome.warnings.end(), open.record->warnings.begin(), open.record->warnings.end());
    }
}

/// Dumps, then files, then the manifest of both.
Result<backup::BackupOutcome> back_up_with_dumps(const App& app, backup::BackupPlan& plan,
                                                 std::vector<backup::OpenDump>& dumps, backup::BackupEnvironment env) {
    if (dumps.empty()) return backup::run_backup(app.ctx, plan, env);
    bool manifest_may_exist = false;
    env.manifest_may_exist = &manifest_may_exist;
    if (plan.dry_run) {
        return Error(ErrorCode::kUnsupported, "a dry run dumps no database into plain objects")
            .with_hint("`cofre doctor` looks at what a run needs");
    }
    if (plan.sources.empty()) plan.share_prefix = true;  // Its names have the time in them.
    const auto began = app.clock.now();
    const auto stored = [&]() -> Status {
        for (auto& open : dumps) {
            COFRE_ASSIGN(auto entries, backup::store_dump(app.ctx, open, plan, env));
            plan.added_sources.push_back(open.dump->record().source);
            std::move(entries.begin(), entries.end(), std::back_inserter(plan.added));
        }
        return {};
    }();
    Result<backup::BackupOutcome> outcome = Error(ErrorCode::kInternal, "not run");
    if (stored) {
        std::sort(plan.added.begin(), plan.added.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
        outcome = backup::run_backup(app.ctx, plan, env);
    } else {
        outcome = Error(stored.error());
    }
    if (!outcome && !manifest_may_exist) backup::remove_dump_objects(env.store, plan.added);
    if (!outcome) return outcome;
    add_dump_warnings(dumps, *outcome);
    outcome->elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(app.clock.now() - began);
    return outcome;
}

Result<backup::BackupOutcome> back_up(const App& app, backup::BackupPlan& plan, const config::TargetConfig& target,
                                      const std::filesystem::path& state_folder, std::vector<backup::OpenDump>& dumps,
                                      bool is_locked, std::string& description) {
    std::optional<backup::RunLock> lock;
    if (!is_locked) {
        auto taken = backup::RunLock::acquire(state_folder, plan.job);
        if (!taken) return std::move(taken).error();
        lock.emplace(*std::move(taken));
    }
    const auto absent = plan.dry_run ? daemon::Absent::kFail : daemon::Absent::kCreate;
    COFRE_ASSIGN(const auto open, daemon::open_target(target, absent, state_folder));
    description = open.description;
    backup::Progress progress;
    std::optional<ProgressDisplay> display;
    display.emplace(app.console, progress, app.clock, plan.dry_run ? "scanning" : "backing up");
    auto outcome = back_up_with_dumps(app, plan, dumps, {*open.store, app.clock, progress});
    display.reset();
    if (outcome && !plan.dry_run && open.s3 != nullptr) clean_up_uploads(app, *open.s3, plan.prefix);
    return outcome;
}

backup::RunRecord::Run record_of(const JobReport& report, const JobBeginning& began, Clock& clock) {
    backup::RunRecord::Run run;
    run.started_at = began.wall;
    run.elapsed_ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - began.steady).count();
    run.exit_status = report.exit_status();
    if (report.error) run.message = redact(report.error->message());
    if (report.outcome) {
        run.snapshot_id = report.outcome->snapshot_id;
        run.files = report.outcome->summary.files;
        run.bytes = report.outcome->summary.bytes;
        run.problems = report.outcome->problem_count;
    }
    return run;
}

void save_record(const JobReport& report, const JobBeginning& began, Clock& clock,
                 const std::filesystem::path& state_folder) {
    auto record = backup::load_run_record(state_folder, report.job);
    if (!record) record = backup::RunRecord();
    record->last_run = record_of(report, began, clock);
    if (record->last_run->exit_status == kExitDone) record->last_good_run = record->last_run;
    const Status saved = backup::save_run_record(state_folder, report.job, *record);
    if (!saved) log_warning("cli", "the record of this run is not saved: " + saved.error().message());
}

void finish_report(Result<backup::BackupOutcome> outcome, JobReport& report) {
    if (outcome) {
        report.outcome = *std::move(outcome);
    } else {
        report.error = std::move(outcome).error().context("job " + report.job);
        log_info("cli", report.error->message());
    }
}

Status choose_parent(const App& app, const RepositoryBackup& request, const SnapshotList& list,
                     backup::TreeBackupPlan& plan) {
    if (request.force) return {};
    if (request.parent.empty()) {
        COFRE_ASSIGN(const auto paths, backup::snapshot_paths(plan.targets));
        plan.parent = backup::find_parent(list.snapshots, plan.identity.hostname, paths,
                                          plan.identity.time.value_or(zoned_now(app)));
        return {};
    }
    COFRE_ASSIGN(const auto chosen, choose_snapshots(app, list.snapshots, {request.parent}, {}));
    plan.parent = list.snapshots[chosen.front()];
    return {};
}

void tell_problem(const App& app, const backup::FileProblem& problem) {
    app.console.print_json(nlohmann::ordered_json({{"message_type", "error"},
                                                   {"error", {{"message", redact(problem.message)}}},
                                                   {"during", "archival"},
                                                   {"item", escape_for_display(problem.path)}})
                               .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

/// The request must outlive the backup.
void add_dumps(RepositoryBackup& request) {
    if (request.dumps.empty()) return;
    for (const auto& open : request.dumps)
        request.plan.added_paths.push_back(open.folder);
    request.plan.add_files = [&request](const CallContext& ctx, backup::GraftWork& work) -> Status {
        for (auto& open : request.dumps)
            COFRE_TRY(backup::graft_dump(ctx, open, work));
        return {};
    };
}

Result<backup::BackupOutcome> back_up_repository(const App& app, OpenPlace place, const RepoAccessOptions& access,
                                                 RepositoryBackup& request) {
    const bool is_stream = static_cast<bool>(request.stream.read);
    // A source that is not there is told before a password is asked for.
    const bool has_files = !request.plan.targets.empty() || request.dumps.empty();
    if (!is_stream && has_files) COFRE_TRY(backup::snapshot_paths(request.plan.targets));
    const bool is_dry = is_stream ? request.stream.dry_run : request.plan.dry_run;
    COFRE_ASSIGN(const auto session, RepositorySession::open_at(app, std::move(place), access,
                                                                {.lock = LockNeed::kShared, .will_write = !is_dry}));
    if (!is_stream && has_files) {
        COFRE_ASSIGN(const auto list, session->load_snapshots());
        COFRE_TRY(choose_parent(app, request, list, request.plan));
    }
    COFRE_TRY(session->load_index());
    add_dumps(request);
    backup::Progress progress;
    std::optional<ProgressDisplay> display;
    display.emplace(app.console, progress, app.clock, is_dry ? "reading" : "backing up");
    const backup::TreeBackupTools tools{.repository = session->repository(),
                                        .may_write = session->may_write(),
                                        .progress = progress,
                                        .on_problem = [&app](const auto& problem) { tell_problem(app, problem); }};
    auto outcome = is_stream ? backup::back_up_stream(app.ctx, request.stream, tools)
                             : backup::back_up_tree(app.ctx, request.plan, tools);
    display.reset();
    if (!outcome) return outcome;
    add_dump_warnings(request.dumps, *outcome);
    if (auto closed = session->close(); !closed) outcome->warnings.push_back(closed.error().message());
    return outcome;
}

}  // namespace

JobReport run_job(const App& app, backup::BackupPlan plan, const config::TargetConfig& target,
                  const std::filesystem::path& state_folder, std::vector<backup::OpenDump> dumps, bool is_locked) {
    JobReport report{.job = plan.job, .target = target.url, .dry_run = plan.dry_run};
    const JobBeginning began{app.clock.wall_now(), app.clock.now()};
    log_info("cli", "job " + plan.job + " begins");
    finish_report(back_up(app, plan, target, state_folder, dumps, is_locked, report.target), report);
    const bool was_locked_out = report.error && report.error->code() == ErrorCode::kConflict;
    if (!is_locked && !report.dry_run && !was_locked_out) save_record(report, began, app.clock, state_folder);
    return report;
}

JobReport run_repository_job(const App& app, OpenPlace place, const RepoAccessOptions& access,
                             RepositoryBackup request) {
    const bool is_dry = request.stream.read ? request.stream.dry_run : request.plan.dry_run;
    JobReport report{.job = request.job, .target = place.open.description, .dry_run = is_dry};
    log_info("cli", "job " + request.job + " begins");
    finish_report(back_up_repository(app, std::move(place), access, request), report);
    return report;
}

void record_job(const App& app, const JobReport& report, const JobBeginning& began,
                const std::filesystem::path& state_folder) {
    if (!report.dry_run) save_record(report, began, app.clock, state_folder);
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
