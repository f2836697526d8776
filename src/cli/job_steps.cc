#include "cli/job_steps.h"

#include <utility>

#include <fmt/format.h>

#include "aws/shell_words.h"
#include "backup/objects_retention.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/subprocess.h"
#include "base/utf8.h"
#include "cli/tree_commands.h"
#include "daemon/job_plan.h"
#include "daemon/target_factory.h"

namespace cofre::cli {
namespace {

constexpr std::chrono::minutes kHookTime{10};

Status run_hook(const CallContext& ctx, const std::string& what, const std::string& line) {
    const auto words = aws::split_shell_words(line);
    if (!words || words->empty()) {
        return Error(ErrorCode::kInvalidArgument, what + ": the command is empty, or a quote is not closed");
    }
    const CallContext limited{.stop = ctx.stop,
                              .deadline = std::min(ctx.deadline, std::chrono::steady_clock::now() + kHookTime)};
    const auto result = run_command(limited, Command{.argv = *words}, {});
    if (!result) return Error(result.error()).context(what);
    if (result->status.ok()) return {};
    return Error(ErrorCode::kInvalidArgument,
                 what + ": " + result->status.describe() + ": " + redact(escape_controls(result->error_output)));
}

Status prune_objects(const App& app, const config::Config& config, const config::JobConfig& job, JobReport& report) {
    const auto& target = *config.find_target(job.to);
    COFRE_ASSIGN(const auto open, daemon::open_target(target, daemon::Absent::kFail));
    const backup::ObjectsRetention rules{.job = job.name,
                                         .prefix = open.prefix,
                                         .days = job.retention_days,
                                         .keep_min_good = job.keep_min_good,
                                         .temp_folder = daemon::temp_folder()};
    COFRE_ASSIGN(const auto outcome, backup::apply_retention(app.ctx, rules, *open.store, app.clock));
    for (const auto& warning : outcome.warnings)
        report.outcome->warnings.push_back("retention: " + warning);
    if (!outcome.frozen.empty()) report.outcome->warnings.push_back("retention: nothing is removed: " + outcome.frozen);
    if (outcome.removed > 0) {
        app.console.note(fmt::format("{}: {} backups older than {} days removed, {} kept", job.name, outcome.removed,
                                     job.retention_days, outcome.decisions.size() - outcome.removed));
    }
    return {};
}

}  // namespace

void add_report_problem(JobReport& report, const std::string& message) {
    if (!report.outcome) return;
    ++report.outcome->problem_count;
    report.outcome->problems.push_back({"", message});
    log_warning("cli", "job " + report.job + ": " + message);
}

Result<FrozenApplication> FrozenApplication::freeze(const App& app, const config::JobConfig& job) {
    // The thaw is owed from here on: a freeze that fails may have done half of it.
    FrozenApplication frozen(app, job.thaw);
    if (!job.freeze.empty()) COFRE_TRY(run_hook(app.ctx, "freeze", job.freeze));
    return frozen;
}

FrozenApplication::~FrozenApplication() {
    if (const Status thawed = thaw(); !thawed) app_.console.error(thawed.error());
}

Status FrozenApplication::thaw() {
    const auto command = std::exchange(thaw_, {});
    // Not the run's context: a stopped run must let the application go on.
    return command.empty() ? Status() : run_hook({}, "thaw", command);
}

void finish_job(const App& app, const config::Config& config, const config::JobConfig& job, JobReport& report,
                PhaseTimer& phases) {
    if (report.dry_run || report.error || !report.outcome || !report.outcome->is_complete()) return;
    if (!job.verify_after.empty()) {
        phases.begin("verify");
        VerifyOptions options;
        options.job = job.name;
        options.level = job.verify_after;
        options.snapshots = {report.outcome->snapshot_id};
        const auto status = verify_backup(app, options);
        if (!status || *status != kExitDone) {
            add_report_problem(report, "the backup was made, but its verification failed" +
                                           (status ? std::string() : ": " + status.error().message()));
            return;
        }
    }
    if (job.retention_days == 0) return;
    phases.begin("retention");
    if (const Status pruned = prune_objects(app, config, job, report); !pruned) {
        add_report_problem(report, "retention: " + pruned.error().message());
    }
}

}  // namespace cofre::cli
