#include "schedule/run_planner.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace cofre::schedule {
namespace {

using std::chrono::seconds;

Error bad_limits(std::string_view which) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("scheduler: {}: at least 1 expected", which));
}

void remove_repetitions(std::vector<std::string>& names) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace

Result<RunPlanner> RunPlanner::create(std::vector<PlannedJob> jobs, const PlannerLimits& limits,
                                      const PlannerState& state, Moment now) {
    if (limits.runs == 0) return bad_limits("runs at once");
    if (limits.runs_per_target == 0) return bad_limits("runs at once on one target");
    std::vector<bool> is_gone(jobs.size(), false);
    for (const auto& run : state.running) {
        const bool is_known =
            std::any_of(jobs.begin(), jobs.end(), [&](const PlannedJob& job) { return job.name == run.job; });
        if (!is_known) jobs.push_back({.name = run.job});
        if (!is_known) is_gone.push_back(true);
    }
    std::vector<GraphJob> nodes;
    nodes.reserve(jobs.size());
    for (const auto& job : jobs)
        nodes.push_back({job.name, &job.after});
    COFRE_ASSIGN(auto graph, JobGraph::create(nodes));

    RunPlanner planner(std::move(graph), limits, now);
    for (JobIndex i = 0; i < jobs.size(); ++i) {
        auto& job = planner.jobs_.emplace_back();
        job.plan = std::move(jobs[i]);
        job.is_gone = is_gone[i];
        remove_repetitions(job.plan.targets);
    }
    COFRE_TRY(planner.restore(state));
    return planner;
}

Status RunPlanner::restore(const PlannerState& state) {
    for (const auto& run : state.running) {
        const JobIndex index = graph_.find(run.job);
        if (jobs_[index].phase != Phase::kRunning) take_up(index, run);
    }
    for (JobIndex index = 0; index < jobs_.size(); ++index) {
        Job& job = jobs_[index];
        job.handled = now_.wall;
        if (const auto memory = state.memory.find(job.plan.name); memory != state.memory.end()) {
            job.succeeded = memory->second.succeeded;
            const auto handled = memory->second.handled.value_or(now_.wall);
            if (handled <= now_.wall + kLargestStepBack) job.handled = handled;
        }
        job.handled_before = job.handled;
        job.starts_with_process = state.is_process_start && job.phase == Phase::kIdle && job.plan.schedule &&
                                  job.plan.schedule->runs_at_start();
        plan_timer(index);
    }
    for (const auto& name : state.triggers) {
        const JobIndex index = graph_.find(name);
        if (index != JobGraph::kNone && !jobs_[index].is_gone) offer_trigger(index);
    }
    return {};
}

/// From now on the run goes on, and holds its place on its targets.
void RunPlanner::take_up(JobIndex index, RunningJob run) {
    Job& job = jobs_[index];
    job.run = std::move(run);
    job.phase = Phase::kRunning;
    job.due = job.run.due;
    lines_.occupy(job.run.targets);
    ++running_;
    if (job.run.timeout) deadlines_.emplace(job.run.begun + *job.run.timeout, index);
}

PlannerState RunPlanner::state() const {
    PlannerState state{.is_process_start = false};
    for (const Job& job : jobs_) {
        const bool waits = job.phase != Phase::kIdle && job.phase != Phase::kRunning;
        if (job.phase == Phase::kRunning) state.running.push_back(job.run);
        if (job.is_gone) continue;
        state.memory[job.plan.name] = {waits ? job.handled_before : job.handled, job.succeeded};
        const bool comes_again = job.cause == RunCause::kSchedule || job.cause == RunCause::kCatchUp;
        if (job.is_triggered_again || (waits && !comes_again)) state.triggers.push_back(job.plan.name);
    }
    return state;
}

std::vector<WaitingRun> RunPlanner::waiting() const {
    std::vector<WaitingRun> list;
    for (const Job& job : jobs_) {
        if (job.phase == Phase::kIdle || job.phase == Phase::kRunning) continue;
        const auto reason = job.phase == Phase::kBlocked ? WaitReason::kDependencies
                            : job.phase == Phase::kHeld  ? WaitReason::kBlackout
                                                         : WaitReason::kRoom;
        list.push_back({job.plan.name, job.due, reason});
    }
    return list;
}

Result<JobIndex> RunPlanner::find(std::string_view job) const {
    const JobIndex index = graph_.find(job);
    if (index == JobGraph::kNone || jobs_[index].is_gone) {
        return Error(ErrorCode::kNotFound, fmt::format("there is no job \"{}\"", job.substr(0, 64)));
    }
    return index;
}

Plan RunPlanner::tick(Moment now) {
    Plan plan;
    advance(now, plan);
    return plan;
}

Result<Plan> RunPlanner::finished(std::string_view job_name, RunOutcome outcome, Moment now) {
    const JobIndex index = graph_.find(job_name);
    if (index == JobGraph::kNone || jobs_[index].phase != Phase::kRunning) {
        return Error(ErrorCode::kInvalidArgument,
                     fmt::format("no run of job \"{}\" is going on", job_name.substr(0, 64)));
    }
    Plan plan;
    note_clock(now, plan);
    Job& job = jobs_[index];
    job.phase = Phase::kIdle;
    --running_;
    if (job.run.timeout) deadlines_.erase({job.run.begun + *job.run.timeout, index});
    lines_.release(job.run.targets);
    offer_room(job.run.targets);
    end(index, outcome == RunOutcome::kSucceeded, job.due);
    if (std::exchange(job.is_triggered_again, false)) offer_trigger(index);
    advance(now, plan);
    return plan;
}

Result<Plan> RunPlanner::trigger(std::string_view job, Moment now) {
    COFRE_ASSIGN(const JobIndex index, find(job));
    Plan plan;
    note_clock(now, plan);
    offer_trigger(index);
    advance(now, plan);
    return plan;
}

Result<Plan> RunPlanner::set_paused(std::string_view job, bool paused, Moment now) {
    COFRE_ASSIGN(const JobIndex index, find(job));
    Plan plan;
    // What was due until now is dealt with as things were.
    advance(now, plan);
    jobs_[index].plan.paused = paused;
    return plan;
}

/// Everything that an event may have set off, in the order that matters: time,
/// then who waits for whom, then who begins.
void RunPlanner::advance(Moment now, Plan& plan) {
    note_clock(now, plan);
    stop_late_runs(plan);
    while (!timers_.empty() && timers_.begin()->first <= now_.wall)
        fire_timer(timers_.begin()->second, plan);
    while (!holds_.empty() && holds_.begin()->first <= now_.wall) {
        const JobIndex index = holds_.begin()->second;
        holds_.erase(holds_.begin());
        jobs_[index].held_until.reset();
        enter_lines(index);
    }
    judge_all(plan);
    admit(plan);
    plan.wake = next_wake();
}

void RunPlanner::note_clock(Moment now, Plan& plan) {
    constexpr seconds kNotable{60};
    const auto step = (now.wall - now_.wall) - std::chrono::floor<seconds>(now.steady - now_.steady);
    if (step >= kNotable || step <= -kNotable) plan.clock_step = step;
    const bool is_earlier = now.wall < now_.wall;
    now_ = now;
    if (is_earlier) forget_future();
}

void RunPlanner::forget_future() {
    const Instant furthest = now_.wall + kLargestStepBack;
    for (JobIndex index = 0; index < jobs_.size(); ++index) {
        Job& job = jobs_[index];
        const bool waits = job.phase != Phase::kIdle && job.phase != Phase::kRunning;
        if (job.phase == Phase::kHeld || (waits && job.due > furthest)) wait_anew(index);
        // What it waited for may no longer be about to come.
        if (job.phase == Phase::kBlocked) to_judge_.emplace(graph_.rank(index), index);
        if (job.handled <= furthest) continue;
        job.handled = now_.wall;
        job.handled_before = now_.wall;
        plan_timer(index);
    }
}

/// By the new time: the due time may have been years away, the end of the
/// blackout, too.
void RunPlanner::wait_anew(JobIndex index) {
    Job& job = jobs_[index];
    if (job.phase == Phase::kHeld) holds_.erase({*job.held_until, index});
    if (job.phase == Phase::kInLine) {
        lines_.leave({job.due, index}, job.plan.targets);
        eligible_.erase({job.due, index});
    }
    job.held_until.reset();
    job.due = std::min(job.due, now_.wall);
    if (job.phase == Phase::kBlocked) return;
    enter_lines(index);
    offer_room(job.plan.targets);
}

void RunPlanner::stop_late_runs(Plan& plan) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now_.steady) {
        plan.stop.push_back(jobs_[deadlines_.begin()->second].plan.name);
        deadlines_.erase(deadlines_.begin());
    }
}

std::optional<Instant> RunPlanner::next_wake() const {
    std::optional<Instant> wake;
    const auto consider = [&](Instant time) { wake = std::min(wake.value_or(time), time); };
    if (!timers_.empty()) consider(timers_.begin()->first);
    if (!holds_.empty()) consider(holds_.begin()->first);
    if (!deadlines_.empty()) {
        consider(now_.wall + std::chrono::ceil<seconds>(deadlines_.begin()->first - now_.steady));
    }
    return wake;
}

}  // namespace cofre::schedule
