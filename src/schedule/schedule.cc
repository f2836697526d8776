#include "schedule/schedule.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace cofre::schedule {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

// Beyond these a number is a mistake, and sums would overflow.
constexpr seconds kLongestPeriod = days(3660);
constexpr seconds kLongestJitter = days(7);

// Whoever was away longer has missed it for certain: blackouts keep a due time
// for less than a week.
constexpr seconds kLongestBlackout = days(8);

constexpr seconds kForecast = days(400);
constexpr std::size_t kForecastCount = 100'000;

constexpr Instant kEndOfTime = std::chrono::sys_days(std::chrono::year(2262) / 1 / 1);
constexpr LocalTime kDefaultAnchor = std::chrono::local_days(std::chrono::year(2024) / 1 / 1);

Error bad_schedule(std::string_view why) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("schedule: {}", why));
}

/// A number that looks random and depends on job and time only.
/// Source: FNV-1a, and the last steps of SplitMix64 (Steele, Lea, Flood, 2014).
std::uint64_t scatter(std::string_view job, Instant due) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : job)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    hash += static_cast<std::uint64_t>(due.time_since_epoch().count()) * 0x9e3779b97f4a7c15U;
    hash = (hash ^ hash >> 30U) * 0xbf58476d1ce4e5b9U;
    hash = (hash ^ hash >> 27U) * 0x94d049bb133111ebU;
    return hash ^ hash >> 31U;
}

}  // namespace

Result<Schedule> Schedule::create(const ScheduleOptions& options) {
    Schedule schedule;
    schedule.job_ = options.job;
    schedule.zone_ = options.zone;
    schedule.run_at_start_ = options.run_at_start;
    schedule.catch_up_ = options.catch_up;
    schedule.grace_ = options.grace;
    schedule.jitter_ = options.jitter;
    COFRE_TRY(schedule.read_times(options));
    COFRE_ASSIGN(schedule.blackout_, Blackout::parse(options.blackout));
    if (options.jitter < seconds(0) || options.jitter > kLongestJitter) {
        return bad_schedule(
            fmt::format("jitter: {} s; allowed: 0 to {} s", options.jitter.count(), kLongestJitter.count()));
    }
    if (options.grace < seconds(0) || options.grace > kLongestPeriod) {
        return bad_schedule(
            fmt::format("grace: {} s; allowed: 0 to {} s", options.grace.count(), kLongestPeriod.count()));
    }
    if (!schedule.is_periodic() && !schedule.run_at_start_) {
        return bad_schedule("nothing says when to run").with_hint("give `cron`, `every` or `run_at_start`");
    }
    return schedule;
}

Status Schedule::read_times(const ScheduleOptions& options) {
    for (const auto& text : options.cron) {
        COFRE_ASSIGN(auto expression, CronExpression::parse(text));
        cron_.push_back(std::move(expression));
    }
    if (!options.every) return {};
    if (*options.every < seconds(1) || *options.every > kLongestPeriod) {
        return bad_schedule(
            fmt::format("every: {} s; allowed: 1 to {} s", options.every->count(), kLongestPeriod.count()));
    }
    every_ = options.every;
    anchor_ = options.anchor.value_or(zone_.first_at(kDefaultAnchor));
    if (anchor_ < Instant(seconds(0)) || anchor_ >= kEndOfTime) {
        return bad_schedule("anchor: a time between 1970 and 2261 expected");
    }
    return {};
}

std::optional<Instant> Schedule::nominal_after(Instant time) const {
    std::optional<Instant> first;
    for (const auto& expression : cron_) {
        const auto due = expression.next(time, zone_);
        if (due && (!first || *due < *first)) first = due;
    }
    if (every_ && time < kEndOfTime) {
        // Rounds down before the anchor, too.
        const auto passed = std::max(time, Instant(seconds(0))) - anchor_;
        const auto periods = passed / *every_ - (passed % *every_ < seconds(0) ? 1 : 0);
        const auto due = anchor_ + *every_ * (periods + 1);
        if (!first || due < *first) first = due;
    }
    return first;
}

std::optional<Instant> Schedule::due_after(Instant time) const {
    const auto nominal = nominal_after(time);
    if (!nominal) return std::nullopt;
    return blackout_end(*nominal).value_or(*nominal);
}

/// Never so long that the next due time comes first, nor into a blackout.
seconds Schedule::delay(Instant due) const {
    if (jitter_ == seconds(0)) return seconds(0);
    auto longest = jitter_;
    if (const auto next = due_after(due)) longest = std::min(longest, *next - due - seconds(1));
    const auto share = scatter(job_, due) % (static_cast<std::uint64_t>(longest.count()) + 1);
    const auto chosen = seconds(static_cast<std::int64_t>(share));
    return blackout_end(due + chosen) ? seconds(0) : chosen;
}

std::optional<Occurrence> Schedule::first_after(Instant due) const {
    // Deferring keeps the order, so the first nominal time is the first due one.
    const auto nominal = nominal_after(due);
    if (!nominal) return std::nullopt;
    const auto kept = blackout_end(*nominal).value_or(*nominal);
    return Occurrence{*nominal, kept, kept + delay(kept)};
}

/// Due times in (from, to]. `last`: the last that was counted, or `to` if there
/// are more than we count.
std::uint32_t Schedule::count_missed(Instant from, Instant to, Instant& last) const {
    std::uint32_t count = 0;
    last = from;
    for (auto due = due_after(from); due && *due <= to; due = due_after(*due)) {
        ++count;
        last = *due;
        if (count < kMaxMissed) continue;
        last = to;
        break;
    }
    return count;
}

std::optional<NextRun> Schedule::next_due(Instant last_due, Instant now) const {
    const auto first = first_after(last_due);
    if (!first) return std::nullopt;
    NextRun next{.run = *first, .first_missed = first->due, .covers = last_due};
    if (first->start > now) return next;
    if (!catch_up_ && first->start < now - kOnTime) return next_on_time(last_due, now);
    next.covers = first->due;
    if (!catch_up_) return next;
    next.missed = count_missed(first->due, now, next.covers);
    if (next.missed > 0) next.first_missed = *due_after(first->due);
    return next;
}

std::optional<NextRun> Schedule::next_on_time(Instant last_due, Instant now) const {
    // Nothing that is due until then can be on time, nor what a blackout puts off.
    const Instant reach = now - kOnTime - jitter_ - kLongestBlackout;
    const Instant begin = blackout_end(reach).value_or(reach);
    NextRun next{.first_missed = *due_after(last_due), .covers = std::max(last_due, begin)};
    auto run = first_after(next.covers);
    for (; run && run->start < now - kOnTime; run = first_after(next.covers))
        next.covers = run->due;
    if (!run) return std::nullopt;
    next.run = *run;
    Instant last;
    next.missed = count_missed(last_due, next.covers, last);
    if (next.run.start <= now) next.covers = next.run.due;
    return next;
}

std::vector<Occurrence> Schedule::occurrences(Instant from, Instant to, std::size_t limit) const {
    std::vector<Occurrence> found;
    for (auto next = first_after(from); next && next->due <= to && found.size() < limit; next = first_after(next->due))
        found.push_back(*next);
    return found;
}

std::optional<Instant> Schedule::overdue_at(Instant last_due) const {
    const auto next = first_after(last_due);
    if (!next) return std::nullopt;
    return next->start + grace_;
}

std::optional<seconds> Schedule::expected_interval(Instant from) const {
    auto last = first_after(from);
    if (!last) return std::nullopt;
    std::optional<seconds> largest;
    for (std::size_t count = 0; count < kForecastCount; ++count) {
        const auto next = first_after(last->due);
        if (!next || (largest && next->due > from + kForecast)) break;
        largest = std::max(largest.value_or(seconds(0)), next->start - last->start);
        last = next;
    }
    if (!largest) return std::nullopt;
    return *largest + grace_;
}

}  // namespace cofre::schedule
