#include "daemon/job_schedule.h"

#include <optional>

namespace cofre::daemon {
namespace {

std::chrono::seconds whole_seconds(std::chrono::milliseconds time) {
    return std::chrono::ceil<std::chrono::seconds>(time);
}

Result<schedule::TimeZone> zone_of(const config::Config& config, const config::JobConfig& job) {
    if (!job.time_zone.empty()) return schedule::TimeZone::find(job.time_zone);
    if (!config.time_zone.empty()) return schedule::TimeZone::find(config.time_zone);
    return schedule::TimeZone::machine();
}

Result<std::optional<schedule::Schedule>> schedule_of(const config::Config& config, const config::JobConfig& job) {
    if (job.schedule.empty() && job.every.count() == 0 && !job.run_at_start) return std::optional<schedule::Schedule>();
    schedule::ScheduleOptions options;
    options.job = job.name;
    options.cron = job.schedule;
    if (job.every.count() > 0) options.every = whole_seconds(job.every);
    options.run_at_start = job.run_at_start;
    options.blackout = job.blackout;
    options.jitter = whole_seconds(job.jitter);
    options.catch_up = job.catch_up;
    options.grace = whole_seconds(job.overdue_after);
    COFRE_ASSIGN(options.zone, zone_of(config, job));
    COFRE_ASSIGN(auto made, schedule::Schedule::create(options));
    return std::optional(std::move(made));
}

}  // namespace

Result<std::vector<schedule::PlannedJob>> planned_jobs(const config::Config& config) {
    std::vector<schedule::PlannedJob> jobs;
    for (const auto& job : config.jobs) {
        schedule::PlannedJob planned;
        planned.name = job.name;
        auto when = schedule_of(config, job);
        if (!when) return std::move(when).error().context("schedule of job \"" + job.name + "\"");
        planned.schedule = *std::move(when);
        planned.after = job.after;
        planned.targets = {job.to};
        if (job.timeout.count() > 0) planned.timeout = whole_seconds(job.timeout);
        jobs.push_back(std::move(planned));
    }
    return jobs;
}

schedule::PlannerLimits planner_limits(const config::Config& config) {
    return {.runs = static_cast<std::size_t>(config.scheduler.max_runs),
            .runs_per_target = static_cast<std::size_t>(config.scheduler.max_runs_per_target)};
}

}  // namespace cofre::daemon
