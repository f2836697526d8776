#pragma once

/// @file
/// Which snapshots of a group a policy keeps, as restic decides it. Pure: it
/// neither reads nor removes anything, and knows nothing of whether a backup is
/// good. Source: restic's manual, "Removing snapshots according to a policy",
/// and internal/data/snapshot_policy.go.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "repo/snapshot.h"
#include "repo/snapshot_filter.h"
#include "repo/zoned_time.h"

namespace cofre::repo {

/// "1y5m7d2h": counted back on the calendar.
struct CalendarDuration {
    int years = 0;
    int months = 0;
    int days = 0;
    int hours = 0;
    bool is_zero() const { return years == 0 && months == 0 && days == 0 && hours == 0; }
};

/// Units in any order, the last of a kind counts; empty is zero.
/// kInvalidArgument: no number before a unit, another unit, or a number above
/// 1 000 000.
Result<CalendarDuration> parse_calendar_duration(std::string_view text);
std::string to_string(const CalendarDuration& duration);

inline constexpr int kKeepAll = -1;

/// "unlimited", -1 or a number. kInvalidArgument: anything else.
Result<int> parse_keep_count(std::string_view text);

/// 0 and zero durations are rules not given.
struct RetentionPolicy {
    int last = 0;
    int hourly = 0;
    int daily = 0;
    int weekly = 0;
    int monthly = 0;
    int yearly = 0;
    CalendarDuration within;  ///< Before the newest snapshot, not before now.
    CalendarDuration within_hourly;
    CalendarDuration within_daily;
    CalendarDuration within_weekly;
    CalendarDuration within_monthly;
    CalendarDuration within_yearly;
    std::vector<TagList> tags;
    /// Rules with a count left also keep the oldest of all: restic since 0.16.
    bool keep_oldest = true;

    bool is_empty() const;
};

/// What remained of each count once the snapshot had been looked at.
struct RetentionCounters {
    int last = 0;
    int hourly = 0;
    int daily = 0;
    int weekly = 0;
    int monthly = 0;
    int yearly = 0;
};

struct KeptSnapshot {
    std::size_t index = 0;             ///< In what was given.
    std::vector<std::string> reasons;  ///< restic's words: "daily snapshot", "oldest weekly snapshot", "within 7d".
    RetentionCounters counters;
};

struct RetentionDecision {
    std::vector<KeptSnapshot> keep;   ///< Newest first.
    std::vector<std::size_t> remove;  ///< Newest first.
};

/// Each rule goes through the snapshots from the newest on and keeps the newest
/// of each of its periods, until its count is used up; the oldest of all is kept
/// while there is a count left, unless the policy says otherwise. Periods are those of the snapshot's own zone.
/// Snapshots of the same time keep the order in which they were given. An empty
/// policy keeps all. Durations count back from the newest snapshot that is not
/// later than `now`; `zone`: see add_calendar().
RetentionDecision apply_retention(std::span<const Snapshot* const> snapshots, const RetentionPolicy& policy,
                                  const ZonedTime& now, const Zone& zone);

}  // namespace cofre::repo
