#include "daemon/service_view.h"

#include <algorithm>
#include <fstream>
#include <map>

#include <unistd.h>

#include "daemon/job_plan.h"

namespace cofre::daemon {
namespace {

constexpr int kTrendDays = 30;
constexpr std::size_t kMostQueued = 1'000;  // More are shown as so many.

std::uint64_t resident_memory() {
    std::ifstream in("/proc/self/statm");
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    in >> size >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

schedule::Instant view_instant(WallTime time) {
    return std::chrono::floor<std::chrono::seconds>(time);
}

bool is_overdue(const catalog::JobState& state, const schedule::PlannedJob& job, WallTime now) {
    if (!job.schedule || !job.schedule->is_periodic() || !state.last_success || state.active_run) return false;
    const auto last = state.last_success->due_at.value_or(state.last_success->claimed_at);
    const auto late = job.schedule->overdue_at(view_instant(last));
    return late && *late <= view_instant(now);
}

void add_last_run(const catalog::JobState& state, api::JobStatus& out) {
    out.failures_in_row = state.failures_in_row;
    out.last_proven = state.last_proven_at;
    out.last_proven_backup = state.last_proven_backup;
    if (state.last_success) out.last_success = state.last_success->claimed_at;
    if (state.active_run) {
        out.is_running = true;
        out.running_since = state.active_run->started_at.value_or(state.active_run->claimed_at);
    }
    if (!state.last_run) return;
    const auto& run = *state.last_run;
    out.last_run = run.claimed_at;
    out.last_state = to_string(run.end.state);
    out.last_error = run.end.error;
    out.last_elapsed = run.elapsed();
    out.last_bytes = run.end.bytes_read;
    out.last_stored = run.end.bytes_stored;
    out.last_files = run.end.files;
}

Status fill_from_catalog(const CallContext& ctx, catalog::Catalog& catalog,
                         const std::vector<schedule::PlannedJob>& jobs, WallTime now,
                         std::vector<api::JobStatus>& out) {
    COFRE_ASSIGN(const auto states, catalog.jobs().list(ctx));
    std::map<std::string, catalog::JobState> by_name;
    for (const auto& state : states)
        by_name.emplace(state.job, state);
    std::map<std::string, api::JobStatus*> rows;
    for (std::size_t i = 0; i < out.size(); ++i) {
        rows.emplace(out[i].name, &out[i]);
        const auto found = by_name.find(out[i].name);
        const catalog::JobState state = found == by_name.end() ? catalog::JobState{.job = out[i].name} : found->second;
        add_last_run(state, out[i]);
        out[i].health = health_of(state, jobs[i], now);
    }
    const auto today = std::chrono::floor<std::chrono::days>(now);
    const auto first = today - std::chrono::days(kTrendDays - 1);
    COFRE_ASSIGN(const auto days, catalog.history().days(ctx, first, today + std::chrono::days(1)));
    for (const auto& day : days) {
        if (const auto row = rows.find(day.job); row != rows.end())
            row->second->trend[static_cast<std::size_t>((day.day - first).count())] += day.totals.bytes_read;
    }
    COFRE_ASSIGN(const auto totals, catalog.history().totals(ctx));
    for (const auto& total : totals) {
        if (const auto row = rows.find(total.job); row != rows.end()) row->second->totals = total.totals;
    }
    return {};
}

}  // namespace

api::JobHealth health_of(const catalog::JobState& state, const schedule::PlannedJob& job, WallTime now) {
    using api::JobHealth;
    if (!state.last_run) return job.schedule ? JobHealth::kNever : JobHealth::kUnproven;
    const auto last = state.last_run->end.state;
    const bool has_backup = last == catalog::RunState::kSucceeded || last == catalog::RunState::kPartial;
    if (!has_backup) return JobHealth::kFailed;
    if (state.paused_at) return JobHealth::kPaused;
    if (is_overdue(state, job, now)) return JobHealth::kOverdue;
    if (last == catalog::RunState::kPartial) return JobHealth::kPartial;
    return state.last_proven_backup ? JobHealth::kGood : JobHealth::kUnproven;
}

api::ServiceStatus service_status(const CallContext& ctx, catalog::Catalog& catalog,
                                  const std::vector<schedule::PlannedJob>& jobs, const std::vector<ServiceJob>& running,
                                  WallTime now) {
    api::ServiceStatus status;
    status.at = now;
    status.host = host_name();
    status.version = tool_version();
    status.resident_bytes = resident_memory();
    for (const auto& job : jobs) {
        api::JobStatus row;
        row.name = job.name;
        row.is_scheduled = job.schedule && job.schedule->is_periodic();
        row.trend.assign(kTrendDays, 0);
        if (row.is_scheduled) {
            if (const auto next = job.schedule->first_after(view_instant(now))) row.next_run = WallTime(next->start);
        }
        status.jobs.push_back(std::move(row));
    }
    if (const Status filled = fill_from_catalog(ctx, catalog, jobs, now, status.jobs); !filled)
        status.catalog_error = filled.error().message();
    if (const auto queued = catalog.notifications().list(ctx, catalog::NotificationState::kQueued, kMostQueued))
        status.notifications_queued = queued->size();
    for (const auto& live : running) {
        const auto row = std::find_if(status.jobs.begin(), status.jobs.end(),
                                      [&](const api::JobStatus& job) { return job.name == live.name; });
        if (row == status.jobs.end()) continue;
        row->is_running = live.is_running;
        if (live.next_run) row->next_run = live.next_run;
    }
    sort_by_need(status.jobs);
    return status;
}

}  // namespace cofre::daemon
