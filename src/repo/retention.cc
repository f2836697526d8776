#include "repo/retention.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace cofre::repo {
namespace {

constexpr std::int64_t kNoPeriod = -1;

// Numbers that are equal for two times of the same period.
std::int64_t day_number(const CivilTime& at) {
    return (at.year * 100 + at.month) * 100 + at.day;
}
std::int64_t hour_period(const ZonedTime& time) {
    const CivilTime at = to_civil(time);
    return day_number(at) * 100 + at.hour;
}
std::int64_t day_period(const ZonedTime& time) {
    return day_number(to_civil(time));
}
std::int64_t week_period(const ZonedTime& time) {
    const IsoWeek week = to_iso_week(time);
    return week.year * 100 + week.week;
}
std::int64_t month_period(const ZonedTime& time) {
    const CivilTime at = to_civil(time);
    return at.year * 100 + at.month;
}
std::int64_t year_period(const ZonedTime& time) {
    return to_civil(time).year;
}

using PeriodOf = std::int64_t (*)(const ZonedTime& time);

// Keeps the newest snapshot of each of its periods.
struct PeriodRule {
    PeriodOf period_of;  ///< Null: each snapshot is a period of its own.
    std::string_view name;
    std::int64_t last = kNoPeriod;

    // Whether to keep the snapshot, of which `place` says how many were newer;
    // then the reason, without "oldest ".
    bool keeps(const ZonedTime& time, std::size_t place, bool is_oldest, std::string& reason) {
        const std::int64_t period = period_of == nullptr ? static_cast<std::int64_t>(place) : period_of(time);
        const bool is_new = period != last;
        if (!is_new && !is_oldest) return false;
        reason = is_new ? name : "oldest " + std::string(name);
        last = period;
        return true;
    }
};

struct CountRule {
    PeriodRule rule;
    int left;
};

struct WithinRule {
    PeriodRule rule;
    const CalendarDuration* duration;
    ZonedTime after{};
};

// restic's choice where all are of the future: the zero time.
ZonedTime find_latest(std::span<const Snapshot* const> snapshots, const ZonedTime& now) {
    ZonedTime latest = kZeroTime;
    for (const Snapshot* const snapshot : snapshots) {
        if (is_before(latest, snapshot->time) && is_before(snapshot->time, now)) latest = snapshot->time;
    }
    return latest;
}

std::vector<std::size_t> newest_first(std::span<const Snapshot* const> snapshots) {
    std::vector<std::size_t> order(snapshots.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [snapshots](std::size_t a, std::size_t b) {
        return is_before(snapshots[b]->time, snapshots[a]->time);
    });
    return order;
}

class Retention {
public:
    Retention(const RetentionPolicy& policy, const ZonedTime& latest, const Zone& zone)
        : policy_(policy),
          counts_{{{{nullptr, "last snapshot"}, policy.last},
                   {{hour_period, "hourly snapshot"}, policy.hourly},
                   {{day_period, "daily snapshot"}, policy.daily},
                   {{week_period, "weekly snapshot"}, policy.weekly},
                   {{month_period, "monthly snapshot"}, policy.monthly},
                   {{year_period, "yearly snapshot"}, policy.yearly}}},
          withins_{{{{hour_period, "hourly within"}, &policy.within_hourly},
                    {{day_period, "daily within"}, &policy.within_daily},
                    {{week_period, "weekly within"}, &policy.within_weekly},
                    {{month_period, "monthly within"}, &policy.within_monthly},
                    {{year_period, "yearly within"}, &policy.within_yearly}}} {
        const auto back = [&](const CalendarDuration& d) {
            return add_calendar(latest, -d.years, -d.months, -d.days, -d.hours, zone);
        };
        within_after_ = back(policy.within);
        for (WithinRule& within : withins_)
            within.after = back(*within.duration);
    }

    // Why to keep a snapshot; empty: no rule does.
    std::vector<std::string> reasons_for(const Snapshot& snapshot, std::size_t place, bool is_oldest) {
        std::vector<std::string> reasons;
        for (const TagList& tags : policy_.tags) {
            if (has_tags(snapshot, tags)) reasons.push_back("has tags " + to_string(tags));
        }
        if (!policy_.within.is_zero() && is_before(within_after_, snapshot.time)) {
            reasons.push_back("within " + to_string(policy_.within));
        }
        std::string reason;
        for (CountRule& count : counts_) {
            if (count.left == 0 || !count.rule.keeps(snapshot.time, place, is_oldest, reason)) continue;
            if (count.left > 0) --count.left;
            reasons.push_back(reason);
        }
        for (WithinRule& within : withins_) {
            if (within.duration->is_zero() || !is_before(within.after, snapshot.time)) continue;
            if (!within.rule.keeps(snapshot.time, place, is_oldest, reason)) continue;
            reasons.push_back(reason + ' ' + to_string(*within.duration));
        }
        return reasons;
    }

    RetentionCounters counters() const {
        return {.last = counts_[0].left,
                .hourly = counts_[1].left,
                .daily = counts_[2].left,
                .weekly = counts_[3].left,
                .monthly = counts_[4].left,
                .yearly = counts_[5].left};
    }

private:
    const RetentionPolicy& policy_;
    std::array<CountRule, 6> counts_;
    std::array<WithinRule, 5> withins_;
    ZonedTime within_after_;
};

}  // namespace

bool RetentionPolicy::is_empty() const {
    const bool has_count = last != 0 || hourly != 0 || daily != 0 || weekly != 0 || monthly != 0 || yearly != 0;
    const bool has_duration = !within.is_zero() || !within_hourly.is_zero() || !within_daily.is_zero() ||
                              !within_weekly.is_zero() || !within_monthly.is_zero() || !within_yearly.is_zero();
    return !has_count && !has_duration && tags.empty();
}

RetentionDecision apply_retention(std::span<const Snapshot* const> snapshots, const RetentionPolicy& policy,
                                  const ZonedTime& now, const Zone& zone) {
    RetentionDecision decision;
    const auto order = newest_first(snapshots);
    if (policy.is_empty()) {
        for (const std::size_t index : order)
            decision.keep.push_back({.index = index, .reasons = {"policy is empty"}});
        return decision;
    }
    Retention retention(policy, find_latest(snapshots, now), zone);
    for (std::size_t place = 0; place < order.size(); ++place) {
        const std::size_t index = order[place];
        auto reasons = retention.reasons_for(*snapshots[index], place, policy.keep_oldest && place + 1 == order.size());
        if (reasons.empty()) {
            decision.remove.push_back(index);
        } else {
            decision.keep.push_back({.index = index, .reasons = std::move(reasons), .counters = retention.counters()});
        }
    }
    return decision;
}

}  // namespace cofre::repo
