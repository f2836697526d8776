#include <utility>

#include "backup/run_lock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/units.h"
#include "cli/app.h"
#include "cli/job_runner.h"
#include "cli/job_steps.h"
#include "cli/outcome_report.h"
#include "cli/run_notices.h"
#include "cli/run_recorder.h"
#include "config/load.h"
#include "config/template.h"
#include "daemon/dump_plan.h"
#include "daemon/job_plan.h"
#include "daemon/job_process.h"

namespace cofre::cli {
namespace {

Result<std::vector<const config::JobConfig*>> choose_jobs(const config::Config& config,
                                                          const std::vector<std::string>& names) {
    COFRE_TRY(daemon::check_job_prefixes(config));
    std::vector<const config::JobConfig*> jobs;
    for (const auto& name : names) {
        const auto* const job = config.find_job(name);
        if (job == nullptr) {
            std::string known;
            for (const auto& other : config.jobs)
                known += (known.empty() ? "" : ", ") + other.name;
            return Error(ErrorCode::kNotFound, config.path.native() + " has no job \"" + name + "\"")
                .with_hint(known.empty() ? "it has none at all" : "it has: " + known);
        }
        jobs.push_back(job);
    }
    if (names.empty()) {
        for (const auto& job : config.jobs)
            jobs.push_back(&job);
    }
    if (jobs.empty()) {
        return Error(ErrorCode::kInvalidArgument, config.path.native() + " has no jobs")
            .with_hint("add one under `jobs:`; `cofre config init` writes an example");
    }
    return jobs;
}

/// The original program's --create-config: config.yaml in its own form.
int create_config(const App& app) {
    const auto path = app.globals.config.value_or("config.yaml");
    return run_command(app, ConfigInitOptions{.path = path, .force = false, .legacy = true});
}

Result<JobReport> run_objects(const App& app, const config::Config& config, const config::JobConfig& job,
                              const config::TargetConfig& target, bool dry_run, std::vector<backup::OpenDump> dumps) {
    COFRE_ASSIGN(auto plan, daemon::plan_of_job(job, target));
    plan.dry_run = dry_run;
    return run_job(app, std::move(plan), target, config.state_dir, std::move(dumps), /*is_locked=*/true);
}

Result<JobReport> back_up_job(const App& app, const config::Config& config, config::JobConfig job, bool dry_run,
                              PhaseTimer& phases) {
    // Servers and tools first: what is wrong there is known before the store is asked for anything.
    const auto databases = daemon::take_databases(config, job);
    if (!databases.empty()) phases.begin("dump");
    COFRE_ASSIGN(auto dumps, daemon::begin_dumps(app.ctx, databases, job.name, app.clock.wall_now()));
    phases.begin("backup");
    config::TargetConfig target = *config.find_target(job.to);
    if (target.layout == config::Layout::kObjects) {
        return run_objects(app, config, job, target, dry_run, std::move(dumps));
    }
    COFRE_ASSIGN(auto place, open_resolved(app, {.target = target, .state_folder = config.state_dir}));
    if (place.is_objects()) {
        target.layout = config::Layout::kObjects;
        return run_objects(app, config, job, target, dry_run, std::move(dumps));
    }
    COFRE_ASSIGN(auto plan, daemon::tree_plan_of_job(job, target));
    plan.dry_run = dry_run;
    return run_repository_job(app, std::move(place), {},
                              {.job = job.name,
                               .plan = std::move(plan),
                               .force = !job.skip_unchanged,
                               .parent = {},
                               .stream = {},
                               .dumps = std::move(dumps)});
}

/// Frozen, backed up, thawed.
Result<JobReport> back_up_frozen(const App& app, const config::Config& config, const config::JobConfig& job,
                                 bool dry_run, PhaseTimer& phases) {
    if (!job.freeze.empty() && !dry_run) phases.begin("freeze");
    COFRE_ASSIGN(auto frozen, dry_run ? FrozenApplication::none(app) : FrozenApplication::freeze(app, job));
    auto report = back_up_job(app, config, job, dry_run, phases);
    if (!job.thaw.empty() && !dry_run) phases.begin("thaw");
    if (const Status thawed = frozen.thaw(); !thawed) {
        if (!report) return Error(thawed.error());
        add_report_problem(*report, thawed.error().message());
    }
    return report;
}

/// Everything of one job, while its lock is held: nobody thaws what another froze,
/// and retention sees no backup in the making.
/// nullopt: another process has, or had, the run that `claim` asks for.
std::optional<JobReport> run_configured(const App& app, const config::Config& config, const config::JobConfig& job,
                                        bool dry_run, catalog::Catalog* catalog, const RunClaim& claim,
                                        RunNotices& notices) {
    const JobBeginning began{app.clock.wall_now(), app.clock.now()};
    JobReport failed{.job = job.name, .target = config.find_target(job.to)->url, .dry_run = dry_run};
    const auto lock = backup::RunLock::acquire(config.state_dir, job.name);
    if (!lock) {
        failed.error = Error(lock.error()).context("job " + job.name);
        return failed;  // Whoever has the lock records its run.
    }
    RunRecording recording(app, catalog, config, job, claim);
    if (recording.is_refused()) return std::nullopt;
    if (!dry_run) notices.started(job, recording.run_id());
    auto report = back_up_frozen(app, config, job, dry_run, recording.phases());
    if (!report) {
        failed.error = std::move(report).error().context("job " + job.name);
        report = std::move(failed);
    }
    finish_job(app, config, job, *report, recording.phases());
    record_job(app, *report, began, config.state_dir);
    const auto end = recording.finish(*report);
    if (!dry_run) notices.ended(*report, end, recording.run_id(), began.wall);
    return *std::move(report);
}

Result<RunClaim> claim_of(const RunOptions& options) {
    RunClaim claim;
    if (options.claim.empty()) return claim;
    claim.must_win = true;
    COFRE_ASSIGN(claim.trigger, catalog::parse_trigger(options.claim));
    if (!options.due.empty()) {
        COFRE_ASSIGN(claim.due, parse_rfc3339(options.due));
    }
    return claim;
}

}  // namespace

int run_command(const App& app, const RunOptions& options) {
    if (options.create_config) return create_config(app);
    if (options.status) return run_command(app, StatusOptions{.jobs = options.jobs});
    const auto config = load_configuration(app);
    if (!config) return fail(app, config.error());
    const auto jobs = choose_jobs(*config, options.jobs);
    if (!jobs) return fail(app, jobs.error());
    const auto claim = claim_of(options);
    if (!claim) return fail(app, claim.error());
    const auto catalog = options.dry_run ? nullptr : open_optional_catalog(app, *config);
    std::vector<JobReport> reports;
    RunNotices notices(app, *config, catalog.get());
    for (const auto* job : *jobs) {
        auto report = run_configured(app, *config, *job, options.dry_run, catalog.get(), *claim, notices);
        if (!report) {
            app.console.note("job " + job->name + ": another process has this run");
            return daemon::kExitNotClaimed;
        }
        reports.push_back(*std::move(report));
        show_report(app.console, reports.back());
        app.console.print_json(report_json(reports.back()));
        if (app.ctx.stop.stop_requested()) break;
        notices.send();
    }
    if (catalog) prune_catalog(app, *catalog, *config);
    return finish_run(app, reports, options.output_json);
}

}  // namespace cofre::cli
