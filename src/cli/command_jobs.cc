// `jobs`, `trigger`, `pause`, `resume`.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "base/utf8.h"
#include "cli/local_time.h"
#include "cli/run_recorder.h"
#include "cli/service_place.h"
#include "cli/snapshot_table.h"
#include "daemon/job_schedule.h"
#include "daemon/service_view.h"

namespace cofre::cli {
namespace {

std::string passed_since(const std::optional<WallTime>& time, WallTime now) {
    if (!time) return "never";
    return format_duration(std::chrono::duration_cast<std::chrono::milliseconds>(now - *time)) + " ago";
}

std::string wait_until(const api::JobStatus& job, WallTime now) {
    if (!job.next_run) return "-";
    return "in " + format_duration(std::chrono::duration_cast<std::chrono::milliseconds>(*job.next_run - now));
}

/// From the catalog and the configuration: whether a service runs makes no difference.
Result<int> show_jobs(const App& app) {
    COFRE_ASSIGN(const auto config, load_configuration(app));
    COFRE_ASSIGN(const auto planned, daemon::planned_jobs(config));
    COFRE_ASSIGN(const auto catalog, open_catalog(app, ""));
    const auto status = daemon::service_status(app.ctx, *catalog, planned, {}, app.clock.wall_now());
    if (!status.catalog_error.empty()) return Error(ErrorCode::kUnavailable, status.catalog_error);
    const bool needs = std::any_of(status.jobs.begin(), status.jobs.end(),
                                   [](const api::JobStatus& job) { return needs_somebody(job.health); });
    const int worst = needs ? kExitPartial : kExitDone;
    if (app.console.json()) {
        app.console.print_json(api::status_json(status));
        return worst;
    }
    app.console.print(fmt::format("{:<10} {:<24} {:<14} {:<12} {:<14} {}", "STATE", "JOB", "LAST RUN", "RESULT",
                                  "LAST PROVEN", "NEXT RUN"));
    for (const auto& job : status.jobs) {
        app.console.print(fmt::format("{:<10} {:<24} {:<14} {:<12} {:<14} {}",
                                      job.is_running ? "running" : to_string(job.health), escape_for_display(job.name),
                                      passed_since(job.last_run, status.at), job.last_state,
                                      passed_since(job.last_proven_backup, status.at), wait_until(job, status.at)));
    }
    return worst;
}

Result<int> control_job(const App& app, const JobControlOptions& options) {
    using Action = JobControlOptions::Action;
    COFRE_ASSIGN(const auto config, load_configuration(app));
    if (config.find_job(options.job) == nullptr)
        return Error(ErrorCode::kNotFound, "there is no job \"" + escape_for_display(options.job) + "\"");
    const char* const verb = options.action == Action::kTrigger ? "trigger"
                             : options.action == Action::kPause ? "pause"
                                                                : "resume";
    COFRE_TRY(ask_service(app, config, "POST", "/api/v1/jobs/" + options.job + "/" + verb));
    app.console.note("job " + options.job + ": " +
                     (options.action == Action::kTrigger ? "begins as soon as there is room"
                      : options.action == Action::kPause ? "paused"
                                                         : "goes on"));
    app.console.print_json(nlohmann::json{{"job", options.job}, {"done", verb}}.dump());
    return static_cast<int>(kExitDone);
}

}  // namespace

int run_command(const App& app, const JobsOptions&) {
    const auto shown = show_jobs(app);
    return shown ? *shown : fail(app, shown.error());
}

int run_command(const App& app, const JobControlOptions& options) {
    const auto done = control_job(app, options);
    return done ? *done : fail(app, done.error());
}

}  // namespace cofre::cli
