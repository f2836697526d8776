#include "schedule/schedule.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "schedule/testing/schedule_times.h"

namespace cofre::schedule {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Schedule made(const ScheduleOptions& options) {
    auto schedule = Schedule::create(options);
    EXPECT_TRUE(schedule) << schedule.error().message();
    return *std::move(schedule);
}

std::vector<std::string> due_texts(const Schedule& schedule, const std::string& from, const std::string& to) {
    std::vector<std::string> texts;
    for (const auto& occurrence : schedule.occurrences(at(from), at(to), 100))
        texts.push_back(schedule.zone().format(occurrence.due));
    return texts;
}

using Texts = std::vector<std::string>;

TEST(Schedule, APeriodIsAnchored) {
    const auto anchored = made({.every = hours(7), .anchor = at("2026-11-22T01:30:00Z")});
    EXPECT_EQ(due_texts(anchored, "2026-11-21T16:00:00Z", "2026-11-22T09:00:00Z"),
              (Texts{"2026-11-21T18:30:00+00:00", "2026-11-22T01:30:00+00:00", "2026-11-22T08:30:00+00:00"}));
    // Mondays at local midnight, unless told otherwise.
    const auto weekly = made({.every = hours(24 * 7), .zone = zone("America/Sao_Paulo")});
    EXPECT_EQ(due_texts(weekly, "2026-11-22T00:00:00Z", "2026-12-01T00:00:00Z"),
              (Texts{"2026-11-23T00:00:00-03:00", "2026-11-30T00:00:00-03:00"}));
}

TEST(Schedule, SeveralSourcesAreOneRow) {
    const auto mixed = made({.cron = {"0 2 * * *", "0 2,14 * * *"}, .every = hours(12)});
    EXPECT_EQ(due_texts(mixed, "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"),
              (Texts{"2026-11-22T02:00:00+00:00", "2026-11-22T12:00:00+00:00", "2026-11-22T14:00:00+00:00",
                     "2026-11-23T00:00:00+00:00"}));
}

TEST(Schedule, ForecastIsHalfOpenAndLimited) {
    const auto hourly = made({.cron = {"@hourly"}});
    const auto found = hourly.occurrences(at("2026-11-22T01:00:00Z"), at("2026-11-22T03:00:00Z"), 100);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found.front().due, at("2026-11-22T02:00:00Z"));
    EXPECT_EQ(found.back().due, at("2026-11-22T03:00:00Z"));
    EXPECT_EQ(hourly.occurrences(at("2026-11-22T00:00:00Z"), at("2027-11-22T00:00:00Z"), 7).size(), 7U);
}

TEST(Schedule, DueInABlackoutMeansItsEnd) {
    const auto schedule = made({.cron = {"0 */4 * * *"}, .blackout = {"22:00-06:00"}});
    EXPECT_EQ(due_texts(schedule, "2026-11-22T12:00:00Z", "2026-11-23T08:00:00Z"),
              (Texts{"2026-11-22T16:00:00+00:00", "2026-11-22T20:00:00+00:00", "2026-11-23T06:00:00+00:00",
                     "2026-11-23T08:00:00+00:00"}));
    const auto deferred = schedule.first_after(at("2026-11-22T20:00:00Z"));
    ASSERT_TRUE(deferred);
    EXPECT_EQ(deferred->nominal, at("2026-11-23T00:00:00Z"));
}

TEST(Schedule, DelaysAreSpreadButAlwaysTheSame) {
    std::set<Instant> starts;
    for (int i = 0; i < 50; ++i) {
        const ScheduleOptions options{.job = "job" + std::to_string(i), .cron = {"0 2 * * *"}, .jitter = minutes(30)};
        const auto run = made(options).first_after(at("2026-11-22T00:00:00Z"));
        ASSERT_TRUE(run);
        EXPECT_GE(run->start, run->due);
        EXPECT_LE(run->start, run->due + minutes(30));
        EXPECT_EQ(made(options).first_after(at("2026-11-22T00:00:00Z"))->start, run->start);
        starts.insert(run->start);
    }
    EXPECT_GT(starts.size(), 40U);
    const auto spread = *starts.rbegin() - *starts.begin();
    EXPECT_GT(spread, minutes(20));
}

TEST(Schedule, DelaysDifferFromDayToDay) {
    const auto daily = made({.job = "a", .cron = {"0 2 * * *"}, .jitter = hours(1)});
    std::set<seconds> delays;
    for (const auto& run : daily.occurrences(at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"), 100))
        delays.insert(run.start - run.due);
    EXPECT_GT(delays.size(), 25U);
}

TEST(Schedule, ADelayNeverReachesTheNextDueTimeOrABlackout) {
    const auto busy = made({.job = "a", .cron = {"* * * * *"}, .blackout = {"03:00-04:00"}, .jitter = hours(2)});
    Instant last{};
    for (const auto& run : busy.occurrences(at("2026-11-22T02:00:00Z"), at("2026-11-22T05:00:00Z"), 1000)) {
        EXPECT_LT(last, run.due);
        EXPECT_GE(run.start, run.due);
        EXPECT_FALSE(busy.blackout_end(run.start));
        last = run.start;
    }
}

TEST(Schedule, F30_MissedRunsCollapseIntoOne) {
    const auto daily = made({.cron = {"0 2 * * *"}});
    const auto next = daily.next_due(at("2026-11-18T02:00:00Z"), at("2026-11-22T09:00:00Z"));
    ASSERT_TRUE(next);
    EXPECT_EQ(next->run.due, at("2026-11-19T02:00:00Z"));
    EXPECT_EQ(next->missed, 3U);
    EXPECT_EQ(next->first_missed, at("2026-11-20T02:00:00Z"));
    EXPECT_EQ(next->covers, at("2026-11-22T02:00:00Z"));
    const auto after = daily.next_due(next->covers, at("2026-11-22T09:00:00Z"));
    ASSERT_TRUE(after);
    EXPECT_EQ(after->run.due, at("2026-11-23T02:00:00Z"));
    EXPECT_EQ(after->missed, 0U);
    EXPECT_EQ(after->covers, next->covers);
}

TEST(Schedule, F30_AYearOfMinutesIsCountedUpToALimit) {
    const auto busy = made({.cron = {"* * * * *"}});
    const auto next = busy.next_due(at("2025-11-22T00:00:00Z"), at("2026-11-22T00:00:30Z"));
    ASSERT_TRUE(next);
    EXPECT_EQ(next->missed, Schedule::kMaxMissed);
    EXPECT_EQ(next->covers, at("2026-11-22T00:00:30Z"));
}

TEST(Schedule, WithoutCatchUpMissedIsMissed) {
    const auto daily = made({.cron = {"0 2 * * *"}, .catch_up = false});
    const auto next = daily.next_due(at("2026-11-18T02:00:00Z"), at("2026-11-22T09:00:00Z"));
    ASSERT_TRUE(next);
    EXPECT_EQ(next->run.due, at("2026-11-23T02:00:00Z"));
    EXPECT_EQ(next->missed, 4U);
    EXPECT_EQ(next->first_missed, at("2026-11-19T02:00:00Z"));
    EXPECT_EQ(next->covers, at("2026-11-22T02:00:00Z"));
}

TEST(Schedule, WithoutCatchUpARunThatIsJustDueStillRuns) {
    const auto daily = made({.cron = {"0 2 * * *"}, .catch_up = false});
    const auto late = daily.next_due(at("2026-11-20T02:00:00Z"), at("2026-11-22T02:00:30Z"));
    ASSERT_TRUE(late);
    EXPECT_EQ(late->run.due, at("2026-11-22T02:00:00Z"));
    EXPECT_EQ(late->missed, 1U);
    EXPECT_EQ(late->covers, late->run.due);
    EXPECT_EQ(daily.next_due(at("2026-11-21T02:00:00Z"), at("2026-11-22T02:01:00Z"))->run.due, late->run.due);
    EXPECT_GT(daily.next_due(at("2026-11-21T02:00:00Z"), at("2026-11-22T02:01:01Z"))->run.due, late->run.due);
}

TEST(Schedule, WithoutCatchUpTheEndOfABlackoutIsOnTime) {
    const auto nightly = made({.cron = {"0 23 * * *"}, .blackout = {"22:00-06:00"}, .catch_up = false});
    const auto next = nightly.next_due(at("2026-10-01T06:00:00Z"), at("2026-11-22T06:00:10Z"));
    ASSERT_TRUE(next);
    EXPECT_EQ(next->run.due, at("2026-11-22T06:00:00Z"));
    EXPECT_EQ(next->run.nominal, at("2026-11-21T23:00:00Z"));
}

ScheduleOptions random_schedule(std::mt19937& random) {
    const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
    ScheduleOptions options{.job = "job" + std::to_string(pick(0, 99)), .zone = zone("America/Sao_Paulo")};
    if (pick(0, 1) == 0) options.every = minutes(pick(10, 2000));
    if (!options.every || pick(0, 2) == 0) {
        options.cron = {std::to_string(pick(0, 59)) + " */" + std::to_string(pick(1, 12)) + " * * *"};
    }
    if (pick(0, 1) == 0) options.blackout.push_back("22:00-0" + std::to_string(pick(0, 9)) + ":30");
    if (pick(0, 2) == 0) options.blackout.push_back("sat,sun");
    if (pick(0, 1) == 0) options.jitter = minutes(pick(1, 300));
    options.catch_up = pick(0, 1) == 0;
    return options;
}

TEST(Schedule, DueAndStartAscendWhateverItIsMadeOf) {
    std::mt19937 random(1);
    for (int round = 0; round < 100; ++round) {
        const auto schedule = made(random_schedule(random));
        auto last = schedule.first_after(at("2018-10-30T00:00:00Z"));
        for (int i = 0; i < 60 && last; ++i) {
            const auto next = schedule.first_after(last->due);
            ASSERT_TRUE(next);
            EXPECT_LE(last->nominal, last->due);
            EXPECT_LE(last->due, last->start);
            EXPECT_LT(last->start, next->due);
            EXPECT_FALSE(schedule.blackout_end(last->start));
            last = next;
        }
    }
}

TEST(Schedule, F30_EachDueTimeIsRunOrMissedExactlyOnce) {
    std::mt19937 random(2);
    const Instant from = at("2018-10-30T00:00:00Z");
    for (int round = 0; round < 100; ++round) {
        const auto schedule = made(random_schedule(random));
        Instant last = from;
        Instant now = from;
        std::size_t dealt_with = 0;
        for (int look = 0; look < 80; ++look) {
            // Mostly a look every few minutes, at times a long sleep.
            now += seconds(std::uniform_int_distribution<int>(1, random() % 8 == 0 ? 300'000 : 900)(random));
            auto next = schedule.next_due(last, now);
            for (; next && next->run.start <= now; next = schedule.next_due(last, now)) {
                EXPECT_GT(next->covers, last);
                dealt_with += next->missed + 1;
                last = next->covers;
            }
            ASSERT_TRUE(next);
            dealt_with += next->missed;
            last = next->covers;
        }
        EXPECT_EQ(schedule.occurrences(from, last, 100'000).size(), dealt_with) << round;
        EXPECT_GT(schedule.first_after(last)->start, now);
    }
}

TEST(Schedule, OverdueIsTheNextRunAndTheGrace) {
    const auto workdays = made({.cron = {"0 2 * * mon-fri"}, .grace = hours(3)});
    EXPECT_EQ(workdays.overdue_at(at("2026-11-19T02:00:00Z")), at("2026-11-20T05:00:00Z"));
    EXPECT_EQ(workdays.overdue_at(at("2026-11-20T02:00:00Z")), at("2026-11-23T05:00:00Z"));
}

TEST(Schedule, TheExpectedIntervalIsTheLargestGapAhead) {
    const auto from = at("2026-11-22T00:00:00Z");
    EXPECT_EQ(made({.cron = {"0 2 * * mon-fri"}, .grace = hours(3)}).expected_interval(from), hours(3 * 24 + 3));
    EXPECT_EQ(made({.every = minutes(10), .grace = seconds(0)}).expected_interval(from), minutes(10));
    EXPECT_EQ(made({.cron = {"0 0 29 2 *"}, .grace = seconds(0)}).expected_interval(from), hours(24) * 1461);
    // Spring in Lisbon: the short day and, in autumn, the long one.
    EXPECT_EQ(
        made({.cron = {"0 12 * * *"}, .grace = seconds(0), .zone = zone("Europe/Lisbon")}).expected_interval(from),
        hours(25));
    EXPECT_EQ(made({.run_at_start = true}).expected_interval(from), std::nullopt);
}

TEST(Schedule, OnlyAtTheStartIsNotPeriodic) {
    const auto once = made({.run_at_start = true});
    EXPECT_FALSE(once.is_periodic());
    EXPECT_FALSE(once.first_after(at("2026-11-22T00:00:00Z")));
    EXPECT_FALSE(once.next_due(at("2026-11-22T00:00:00Z"), at("2026-11-23T00:00:00Z")));
}

TEST(Schedule, RefusesNonsense) {
    const std::vector<ScheduleOptions> bad = {
        {},
        {.cron = {"0 0 31 2 *"}},
        {.every = seconds(0)},
        {.every = seconds(-5)},
        {.every = hours(24 * 4000)},
        {.every = hours(1), .anchor = at("1960-01-01T00:00:00Z")},
        {.cron = {"@daily"}, .blackout = {"00:00-24:00"}},
        {.cron = {"@daily"}, .jitter = seconds(-1)},
        {.cron = {"@daily"}, .jitter = hours(24 * 8)},
        {.cron = {"@daily"}, .grace = seconds(-1)},
    };
    for (const auto& options : bad) {
        const auto schedule = Schedule::create(options);
        ASSERT_FALSE(schedule) << &options - bad.data();
        EXPECT_EQ(schedule.error().code(), ErrorCode::kInvalidArgument);
    }
}

}  // namespace
}  // namespace cofre::schedule
