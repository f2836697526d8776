#pragma once

/// @file
/// What RunPlanner is told and what it answers: plain data.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "schedule/schedule.h"

namespace cofre::schedule {

struct PlannedJob {
    std::string name;
    /// None, or one that is not periodic: the job runs when triggered, or, with
    /// `after`, once all of those have ended anew.
    std::optional<Schedule> schedule;
    /// Jobs whose run of the same cycle has to succeed first.
    std::vector<std::string> after;
    /// What it writes to; see PlannerLimits::runs_per_target.
    std::vector<std::string> targets;
    std::optional<std::chrono::seconds> timeout;  ///< Of one run.
    bool paused = false;
};

struct PlannerLimits {
    std::size_t runs = 2;             ///< At once, all together; at least 1.
    std::size_t runs_per_target = 1;  ///< At once, for each name of a target; at least 1.
};

/// Both clocks at one moment. The first says what is due; it may jump. The
/// second measures how long runs take; it never does.
struct Moment {
    Instant wall;
    std::chrono::steady_clock::time_point steady;
};

enum class RunOutcome : std::uint8_t {
    kSucceeded,
    kFailed,  ///< Also: partly done, stopped, timed out. Jobs `after` it do not run.
};

enum class RunCause : std::uint8_t {
    kSchedule,
    kCatchUp,       ///< Scheduled, but missed by more than Schedule::kOnTime or more than once.
    kProcessStart,  ///< `run_at_start`.
    kDependency,    ///< The jobs that it comes after have succeeded.
    kTrigger,       ///< Somebody asked for it.
};

/// A run that is to begin now.
struct RunStart {
    std::string job;
    Instant due;
    RunCause cause = RunCause::kSchedule;
    std::uint32_t missed = 0;  ///< Further due times that this run stands for.
};

enum class SkipReason : std::uint8_t {
    kMissed,        ///< Nobody was there. Another run stands for it, or the job does not catch up.
    kBlackout,      ///< Put off to `until`.
    kStillRunning,  ///< The run before was still going.
    kStillWaiting,  ///< The run before has not begun yet; that one stands for both.
    kPaused,
    kDependencyFailed,  ///< `detail` names the job that did not succeed.
};

/// Due times that got no run of their own, or not at their time.
struct SkippedDue {
    std::string job;
    Instant due;              ///< The first of them.
    std::uint32_t count = 1;  ///< At most Schedule::kMaxMissed are counted.
    SkipReason reason = SkipReason::kMissed;
    std::string detail;
    std::optional<Instant> until;
};

enum class WaitReason : std::uint8_t {
    kDependencies,  ///< Until jobs that it comes after have ended.
    kBlackout,
    kRoom,  ///< Until the limits allow.
};

/// A run that is due and has not begun.
struct WaitingRun {
    std::string job;
    Instant due;
    WaitReason reason = WaitReason::kRoom;
};

/// What to do now.
struct Plan {
    std::vector<RunStart> start;    ///< In this order. Each has to be answered by finished().
    std::vector<std::string> stop;  ///< Runs beyond their timeout; named once. finished() is still awaited.
    std::vector<SkippedDue> skipped;
    /// When to call tick() again if nothing else happens; none: only then. Sleep
    /// a minute at most at a time, because the wall clock may jump meanwhile.
    std::optional<Instant> wake;
    /// How far the wall clock has moved away from the steady one since the last
    /// event, if by a minute or more: set forward (or the machine slept) or back.
    std::optional<std::chrono::seconds> clock_step;
};

/// What has to be remembered of a job from one process to the next.
struct JobMemory {
    std::optional<Instant> handled;  ///< All due times up to this one are dealt with.
    std::optional<bool> succeeded;   ///< How its last run ended.
};

struct RunningJob {
    std::string job;
    std::vector<std::string> targets;
    Instant due;
    std::chrono::steady_clock::time_point begun;
    std::optional<std::chrono::seconds> timeout;
};

/// Where a planner goes on.
struct PlannerState {
    std::map<std::string, JobMemory> memory;
    std::vector<RunningJob> running;    ///< Of this process; none after a restart.
    std::vector<std::string> triggers;  ///< Asked for, not begun.
    bool is_process_start = true;       ///< Whether `run_at_start` applies.
};

}  // namespace cofre::schedule
