// What RunPlanner does with one job: its timer, what it waits for, its start.

#include <algorithm>
#include <utility>

#include "schedule/run_planner.h"

namespace cofre::schedule {

/// Runs when others have ended, not at a time of its own.
bool RunPlanner::is_follower(JobIndex index) const {
    const auto& schedule = jobs_[index].plan.schedule;
    return !graph_.needs(index).empty() && !(schedule && schedule->is_periodic());
}

void RunPlanner::set_timer(JobIndex index, std::optional<Instant> time) {
    Job& job = jobs_[index];
    if (job.timer) timers_.erase({*job.timer, index});
    job.timer = time;
    if (time) timers_.emplace(*time, index);
}

void RunPlanner::plan_timer(JobIndex index) {
    Job& job = jobs_[index];
    set_timer(index, std::nullopt);
    if (job.is_gone || !job.plan.schedule) return;
    if (job.starts_with_process) {
        job.next_due = now_.wall;
        set_timer(index, now_.wall);
    } else if (const auto next = job.plan.schedule->first_after(job.handled)) {
        job.next_due = next->due;
        set_timer(index, next->start);
    }
}

void RunPlanner::fire_timer(JobIndex index, Plan& plan) {
    Job& job = jobs_[index];
    const bool at_process_start = std::exchange(job.starts_with_process, false);
    const auto before = job.handled;
    const auto next = job.plan.schedule->next_due(job.handled, now_.wall);
    if (next) job.handled = next->covers;
    plan_timer(index);
    const bool is_due = next && next->run.start <= now_.wall;
    if (next && next->missed > 0) {
        plan.skipped.push_back({.job = job.plan.name, .due = next->first_missed, .count = next->missed});
        if (!is_due && job.phase == Phase::kIdle) end(index, false, next->first_missed);
    }
    if (!is_due && !at_process_start) return;
    if (is_due && next->run.nominal != next->run.due) {
        plan.skipped.push_back(
            {.job = job.plan.name, .due = next->run.nominal, .reason = SkipReason::kBlackout, .until = next->run.due});
    }
    if (job.phase == Phase::kIdle) job.handled_before = before;
    if (!is_due) {
        offer(index, {.due = now_.wall, .cause = RunCause::kProcessStart}, plan);
        return;
    }
    const bool is_late = next->missed > 0 || next->run.start < now_.wall - Schedule::kOnTime;
    const auto cause = at_process_start ? RunCause::kProcessStart : is_late ? RunCause::kCatchUp : RunCause::kSchedule;
    // Without catch-up the missed ones stay missed; nothing stands for them.
    const auto stands_for = job.plan.schedule->catches_up() ? next->missed : 0;
    offer(index, {.due = next->run.due, .cause = cause, .missed = stands_for}, plan);
}

void RunPlanner::offer(JobIndex index, const Offer& what, Plan& plan) {
    Job& job = jobs_[index];
    const auto skip = [&](SkipReason reason) {
        plan.skipped.push_back({.job = job.plan.name, .due = what.due, .reason = reason});
    };
    if (job.plan.paused) {
        skip(SkipReason::kPaused);
        if (job.phase == Phase::kIdle) end(index, false, what.due);
    } else if (job.phase == Phase::kRunning) {
        skip(SkipReason::kStillRunning);
    } else if (job.phase != Phase::kIdle) {
        skip(SkipReason::kStillWaiting);
    } else {
        job.phase = Phase::kBlocked;
        job.due = what.due;
        job.cause = what.cause;
        job.missed = what.missed;
        to_judge_.emplace(graph_.rank(index), index);
    }
}

void RunPlanner::offer_trigger(JobIndex index) {
    Job& job = jobs_[index];
    switch (job.phase) {
        case Phase::kRunning: job.is_triggered_again = true; return;
        case Phase::kIdle:
            job.due = now_.wall;
            job.missed = 0;
            job.handled_before = job.handled;
            break;
        case Phase::kHeld:
            holds_.erase({*job.held_until, index});
            job.held_until.reset();
            break;
        case Phase::kBlocked:
        case Phase::kInLine: break;
    }
    job.cause = RunCause::kTrigger;
    if (job.phase != Phase::kInLine) enter_lines(index);
}

/// A cycle of the job is over, with or without a run.
void RunPlanner::end(JobIndex index, bool succeeded, Instant due) {
    Job& job = jobs_[index];
    job.succeeded = succeeded;
    job.ended = ++ends_;
    job.ended_due = due;
    // It may have ended anew what it waits for while it ran.
    if (is_follower(index)) to_judge_.emplace(graph_.rank(index), index);
    for (const JobIndex dependent : graph_.dependents(index))
        to_judge_.emplace(graph_.rank(dependent), dependent);
}

void RunPlanner::judge_all(Plan& plan) {
    while (!to_judge_.empty()) {
        const JobIndex index = to_judge_.begin()->second;
        to_judge_.erase(to_judge_.begin());
        if (jobs_[index].phase == Phase::kBlocked) {
            judge_blocked(index, plan);
        } else if (jobs_[index].phase == Phase::kIdle && is_follower(index)) {
            judge_follower(index, plan);
        }
    }
}

void RunPlanner::judge_blocked(JobIndex index, Plan& plan) {
    Job& job = jobs_[index];
    const auto& needs = graph_.needs(index);
    if (!std::all_of(needs.begin(), needs.end(), [&](JobIndex need) { return is_settled(need, job.due); })) return;
    for (const JobIndex need : needs) {
        if (jobs_[need].succeeded.value_or(true)) continue;
        plan.skipped.push_back({.job = job.plan.name,
                                .due = job.due,
                                .count = job.missed + 1,
                                .reason = SkipReason::kDependencyFailed,
                                .detail = jobs_[need].plan.name});
        job.phase = Phase::kIdle;
        end(index, false, job.due);
        return;
    }
    enter_lines(index);
}

void RunPlanner::judge_follower(JobIndex index, Plan& plan) {
    Job& job = jobs_[index];
    const auto& needs = graph_.needs(index);
    const bool is_time = std::all_of(needs.begin(), needs.end(), [&](JobIndex need) {
        return jobs_[need].ended > job.judged_ends && is_settled(need, now_.wall);
    });
    if (!is_time) {
        // Others may wait for this job only because it might have run now.
        for (const JobIndex dependent : graph_.dependents(index))
            to_judge_.emplace(graph_.rank(dependent), dependent);
        return;
    }
    job.judged_ends = ends_;
    Instant due = jobs_[needs.front()].ended_due;
    for (const JobIndex need : needs)
        due = std::max(due, jobs_[need].ended_due);
    const auto failed =
        std::find_if(needs.begin(), needs.end(), [&](JobIndex need) { return !*jobs_[need].succeeded; });
    if (failed != needs.end() || job.plan.paused) {
        SkippedDue skip{.job = job.plan.name, .due = due, .reason = SkipReason::kPaused};
        if (failed != needs.end()) {
            skip.reason = SkipReason::kDependencyFailed;
            skip.detail = jobs_[*failed].plan.name;
        }
        plan.skipped.push_back(std::move(skip));
        end(index, false, due);
        return;
    }
    job.due = std::min(due, now_.wall);
    job.cause = RunCause::kDependency;
    job.missed = 0;
    job.handled_before = job.handled;
    enter_lines(index);
}

/// Whether a job is at rest, and nothing is to come that is as old as `due`.
bool RunPlanner::is_settled(JobIndex index, Instant due) const {
    std::vector<JobIndex> open{index};
    std::set<JobIndex> seen;
    while (!open.empty()) {
        const JobIndex at = open.back();
        open.pop_back();
        if (!seen.insert(at).second) continue;
        const Job& job = jobs_[at];
        if (job.phase != Phase::kIdle || (job.timer && job.next_due <= due)) return false;
        // A follower may yet be set off by what it waits for.
        if (is_follower(at)) open.insert(open.end(), graph_.needs(at).begin(), graph_.needs(at).end());
    }
    return true;
}

void RunPlanner::enter_lines(JobIndex index) {
    Job& job = jobs_[index];
    job.phase = Phase::kInLine;
    const RunKey key{job.due, index};
    lines_.join(key, job.plan.targets);
    if (lines_.may_start(key, job.plan.targets)) eligible_.insert(key);
}

void RunPlanner::offer_room(const std::vector<std::string>& targets) {
    for (const RunKey& key : lines_.heads(targets)) {
        if (lines_.may_start(key, jobs_[key.second].plan.targets)) eligible_.insert(key);
    }
}

void RunPlanner::admit(Plan& plan) {
    while (running_ < limits_.runs && !eligible_.empty()) {
        const RunKey key = *eligible_.begin();
        eligible_.erase(eligible_.begin());
        const Job& job = jobs_[key.second];
        // An older one has joined since. When that leaves, room is offered again.
        if (!lines_.may_start(key, job.plan.targets)) continue;
        std::optional<Instant> until;
        if (job.cause != RunCause::kTrigger && job.plan.schedule) until = job.plan.schedule->blackout_end(now_.wall);
        if (until) {
            hold(key.second, *until, plan);
        } else {
            start(key.second, plan);
        }
    }
}

void RunPlanner::hold(JobIndex index, Instant until, Plan& plan) {
    Job& job = jobs_[index];
    lines_.leave({job.due, index}, job.plan.targets);
    job.phase = Phase::kHeld;
    job.held_until = until;
    holds_.emplace(until, index);
    plan.skipped.push_back({.job = job.plan.name, .due = job.due, .reason = SkipReason::kBlackout, .until = until});
    offer_room(job.plan.targets);
}

void RunPlanner::start(JobIndex index, Plan& plan) {
    Job& job = jobs_[index];
    lines_.leave({job.due, index}, job.plan.targets);
    take_up(index, {job.plan.name, job.plan.targets, job.due, now_.steady, job.plan.timeout});
    plan.start.push_back({.job = job.plan.name, .due = job.due, .cause = job.cause, .missed = job.missed});
}

}  // namespace cofre::schedule
