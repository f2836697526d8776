#pragma once

/// @file
/// When a job is due: cron expressions, a period, blackouts, jitter, catch-up.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "schedule/blackout.h"
#include "schedule/cron_expression.h"
#include "schedule/time_zone.h"

namespace cofre::schedule {

/// What a schedule is made of. With several expressions, or an expression and a
/// period, the job is due whenever one of them says so.
struct ScheduleOptions {
    std::string job;  ///< Its name: jobs with different names get different delays.
    std::vector<std::string> cron;
    std::optional<std::chrono::seconds> every;  ///< At least 1 s. Elapsed time: it knows no daylight saving.
    std::optional<Instant> anchor;      ///< A due time of `every`. Default: Monday 2024-01-01 00:00 in the zone.
    bool run_at_start = false;          ///< Once, when the service starts, whatever the time.
    std::vector<std::string> blackout;  ///< As Blackout::parse() reads them.
    std::chrono::seconds jitter{0};     ///< The longest delay of a run.
    bool catch_up = true;               ///< Whether a run that was missed is made up for.
    std::chrono::seconds grace{3600};   ///< How late a run may be before it is overdue.
    TimeZone zone = TimeZone::utc();
};

/// One due time.
struct Occurrence {
    Instant nominal;  ///< What the expression says; of several in one blackout the first.
    Instant due;      ///< `nominal`, or the end of the blackout that it lies in. Identifies the occurrence.
    Instant start;    ///< `due` and the delay of this job and time: before the next due time, outside all blackouts.
};

/// The next run, and what it stands for.
struct NextRun {
    Occurrence run;            ///< Where `run.start` is not in the future it should begin at once.
    std::uint32_t missed = 0;  ///< Due times that passed and get no run of their own; at most kMaxMissed are counted.
    Instant first_missed;      ///< The first of them.
    Instant covers;            ///< The `last_due` to go on from: once `run` has begun, or, where it is still to come,
                               ///< at once.
};

/// A value; thread-safe when const. No I/O, no clock: all times are handed in.
class Schedule {
public:
    static constexpr std::uint32_t kMaxMissed = 1000;
    /// Without catch-up: a run that cannot begin this soon after its start is
    /// missed. A clock that ticks every few seconds never is that late.
    static constexpr std::chrono::seconds kOnTime{60};

    /// kInvalidArgument: an expression, period, delay or blackout makes no sense,
    /// or nothing says when to run.
    static Result<Schedule> create(const ScheduleOptions& options);

    /// Whether there are due times, not only a run at the start.
    bool is_periodic() const { return !cron_.empty() || every_.has_value(); }
    bool runs_at_start() const { return run_at_start_; }
    bool catches_up() const { return catch_up_; }
    const TimeZone& zone() const { return zone_; }

    /// The first occurrence whose `due` is later than `due`.
    std::optional<Occurrence> first_after(Instant due) const;

    /// What to run next if all up to `last_due` is dealt with. Runs that were
    /// missed until `now` collapse into one, the first of them; without
    /// catch-up there is none, except for a due time that has only just passed.
    /// nullopt: nothing is ever due again.
    std::optional<NextRun> next_due(Instant last_due, Instant now) const;

    /// Those with from < due <= to, the first `limit` of them.
    std::vector<Occurrence> occurrences(Instant from, Instant to, std::size_t limit) const;

    /// When the blackout around `time` ends; nullopt: there is none.
    std::optional<Instant> blackout_end(Instant time) const { return blackout_.end_at(time, zone_); }

    /// When a run has to have begun if the last one was that of `last_due`: the
    /// start of the next, and the grace. After that the job is overdue.
    std::optional<Instant> overdue_at(Instant last_due) const;

    /// For a watch that knows one interval only: the largest gap between two
    /// runs in the 400 days from `from` on (or the first 100 000 of them; at
    /// least the next two), and the grace. Takes up to 0.1 s.
    std::optional<std::chrono::seconds> expected_interval(Instant from) const;

private:
    Schedule() = default;
    Status read_times(const ScheduleOptions& options);
    std::optional<Instant> nominal_after(Instant time) const;
    std::optional<Instant> due_after(Instant time) const;
    std::chrono::seconds delay(Instant due) const;
    std::uint32_t count_missed(Instant from, Instant to, Instant& last) const;
    std::optional<NextRun> next_on_time(Instant last_due, Instant now) const;

    std::string job_;
    std::vector<CronExpression> cron_;
    std::optional<std::chrono::seconds> every_;
    Instant anchor_;
    Blackout blackout_;
    std::chrono::seconds jitter_{0};
    std::chrono::seconds grace_{0};
    TimeZone zone_ = TimeZone::utc();
    bool run_at_start_ = false;
    bool catch_up_ = true;
};

}  // namespace cofre::schedule
