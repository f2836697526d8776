#pragma once

/// @file
/// The scheduler's decisions, without a clock, a thread or I/O.

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "schedule/job_graph.h"
#include "schedule/run_plan.h"
#include "schedule/target_lines.h"

namespace cofre::schedule {

/// Says which jobs to start, given events: a tick of the clock, a run that
/// ended, a trigger, a pause. The caller starts what a Plan names, and calls
/// finished() for each in the end.
///
/// Guarantees:
///  - never two runs of one job at once, never more than the limits;
///  - a due time is dealt with once, and each gets a run or a SkippedDue. Where
///    the clock is set back nothing runs again; but due times that were dealt
///    with more than a day ahead of the clock were dealt with by mistake, and
///    are forgotten;
///  - of all that may begin, the oldest due time begins first;
///  - no run begins in a blackout of its job, except one that was triggered;
///  - the same events give the same plans.
///
/// `after`: a scheduled job that is due waits until those jobs are at rest and
/// have no due time as old as its own; then it runs, unless the last run of
/// one of them failed or was skipped. One without a schedule runs each time
/// that all of them have ended anew, and is skipped if one did not succeed.
/// A trigger asks neither for schedule, pause, blackout nor `after`.
///
/// Not thread-safe. Costs of an event: O(log jobs) for each job that it
/// concerns; `after` adds the jobs before and after those. Setting the clock
/// back costs O(jobs). Memory: O(jobs).
class RunPlanner {
public:
    /// How far ahead of the clock a due time may be dealt with: see above.
    static constexpr std::chrono::seconds kLargestStepBack = std::chrono::days(1);

    /// Jobs that `state` has no memory of are dealt with until `now`. To change
    /// the configuration, make a new planner from the state() of the old one:
    /// runs of jobs that are gone keep their place until they are finished.
    /// kInvalidArgument: names, `after` or limits make no sense (see JobGraph).
    static Result<RunPlanner> create(std::vector<PlannedJob> jobs, const PlannerLimits& limits,
                                     const PlannerState& state, Moment now);

    /// Time has passed. Call it first of all, and then as Plan::wake says.
    Plan tick(Moment now);

    /// kInvalidArgument: no run of `job` is going on.
    Result<Plan> finished(std::string_view job, RunOutcome outcome, Moment now);

    /// Runs `job` as soon as the limits allow; after the current run if one is
    /// going on. Several triggers before that run are one. kNotFound: no such job.
    Result<Plan> trigger(std::string_view job, Moment now);

    /// While a job is paused its due times are skipped, not collected. A run
    /// that waits already is not held up. kNotFound: no such job.
    Result<Plan> set_paused(std::string_view job, bool paused, Moment now);

    /// What to hand to the next planner, or, without `running`, to the next
    /// process. Runs that wait are due again there. A run that is going on is
    /// dealt with: whoever wants an interrupted run to be caught up after a
    /// crash saves the state of before it.
    PlannerState state() const;

    std::size_t running() const { return running_; }

    /// As configured. O(jobs).
    std::vector<WaitingRun> waiting() const;

private:
    enum class Phase : std::uint8_t {
        kIdle,
        kBlocked,  ///< Due; `after` is not settled.
        kHeld,     ///< Due; waits for the end of a blackout.
        kInLine,   ///< Due; waits for room.
        kRunning,
    };
    struct Job {
        PlannedJob plan;
        bool is_gone = false;  ///< No longer configured; only its run is.

        std::optional<Instant> timer;  ///< Key of `timers_`.
        Instant next_due;              ///< What `timer` is for.
        bool starts_with_process = false;
        Instant handled;

        Phase phase = Phase::kIdle;
        Instant due;  ///< Of the run that waits or goes on.
        RunCause cause = RunCause::kSchedule;
        std::uint32_t missed = 0;
        Instant handled_before;  ///< `handled` without that run.
        std::optional<Instant> held_until;
        bool is_triggered_again = false;
        RunningJob run;  ///< The run that goes on, as it was begun, whatever is configured now.

        std::optional<bool> succeeded;
        std::uint64_t ended = 0;  ///< When, in counts of ends; 0: not in this process.
        Instant ended_due;
        std::uint64_t judged_ends = 0;  ///< Ends up to here had their say; for jobs without a schedule.
    };
    /// What becomes pending.
    struct Offer {
        Instant due;
        RunCause cause;
        std::uint32_t missed = 0;
    };

    RunPlanner(JobGraph graph, const PlannerLimits& limits, Moment now)
        : graph_(std::move(graph)), limits_(limits), lines_(limits.runs_per_target), now_(now) {}
    Status restore(const PlannerState& state);
    void take_up(JobIndex index, RunningJob run);
    Result<JobIndex> find(std::string_view job) const;

    bool is_follower(JobIndex index) const;
    void set_timer(JobIndex index, std::optional<Instant> time);
    void plan_timer(JobIndex index);
    void note_clock(Moment now, Plan& plan);
    void forget_future();
    void wait_anew(JobIndex index);
    void stop_late_runs(Plan& plan);
    void fire_timer(JobIndex index, Plan& plan);
    void offer(JobIndex index, const Offer& what, Plan& plan);
    void offer_trigger(JobIndex index);

    void end(JobIndex index, bool succeeded, Instant due);
    void judge_all(Plan& plan);
    void judge_blocked(JobIndex index, Plan& plan);
    void judge_follower(JobIndex index, Plan& plan);
    bool is_settled(JobIndex index, Instant due) const;

    void enter_lines(JobIndex index);
    void offer_room(const std::vector<std::string>& targets);
    void admit(Plan& plan);
    void hold(JobIndex index, Instant until, Plan& plan);
    void start(JobIndex index, Plan& plan);
    void advance(Moment now, Plan& plan);
    std::optional<Instant> next_wake() const;

    JobGraph graph_;
    PlannerLimits limits_;
    std::vector<Job> jobs_;
    std::set<RunKey> timers_;
    std::set<RunKey> holds_;
    std::set<std::pair<std::chrono::steady_clock::time_point, JobIndex>> deadlines_;
    std::set<std::pair<std::size_t, JobIndex>> to_judge_;  ///< By rank: needs before dependents.
    TargetLines lines_;
    std::set<RunKey> eligible_;  ///< In line, and thought to have room; asked again before the start.
    std::size_t running_ = 0;
    std::uint64_t ends_ = 0;
    Moment now_;
};

}  // namespace cofre::schedule
