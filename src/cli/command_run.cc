#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "base/units.h"
#include "cli/app.h"
#include "cli/job_runner.h"
#include "cli/job_steps.h"
#include "cli/outcome_report.h"
#include "config/load.h"
#include "config/template.h"
#include "daemon/dump_plan.h"
#include "daemon/job_plan.h"

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
    return run_job(app, std::move(plan), target, config.state_dir, std::move(dumps));
}

Result<JobReport> run_configured(const App& app, const config::Config& config, config::JobConfig job, bool dry_run) {
    COFRE_ASSIGN(const auto frozen, dry_run ? FrozenApplication::none(app) : FrozenApplication::freeze(app, job));
    // Servers and tools first: what is wrong there is known before the store is asked for anything.
    COFRE_ASSIGN(auto dumps,
                 daemon::begin_dumps(app.ctx, daemon::take_databases(config, job), job.name, app.clock.wall_now()));
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
                               .dumps = std::move(dumps),
                               .is_configured_job = true});
}

}  // namespace

int run_command(const App& app, const RunOptions& options) {
    if (options.create_config) return create_config(app);
    if (options.status) return run_command(app, StatusOptions{.jobs = options.jobs});
    const auto config = load_configuration(app);
    if (!config) return fail(app, config.error());
    const auto jobs = choose_jobs(*config, options.jobs);
    if (!jobs) return fail(app, jobs.error());
    std::vector<JobReport> reports;
    for (const auto* job : *jobs) {
        auto report = run_configured(app, *config, *job, options.dry_run);
        if (!report) {
            const auto& target = *config->find_target(job->to);
            report = failed_report(app, job->name, target.url, report.error(), config->state_dir);
        }
        finish_job(app, *config, *job, *report);
        reports.push_back(*std::move(report));
        show_report(app.console, reports.back());
        app.console.print_json(report_json(reports.back()));
        if (app.ctx.stop.stop_requested()) break;
    }
    return finish_run(app, reports, options.output_json);
}

}  // namespace cofre::cli
