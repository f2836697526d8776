#include "schedule/cron_expression.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "schedule/testing/schedule_times.h"

namespace cofre::schedule {
namespace {

CronExpression cron_of(const std::string& text) {
    auto parsed = CronExpression::parse(text);
    EXPECT_TRUE(parsed) << text << ": " << parsed.error().message();
    return *std::move(parsed);
}

std::vector<std::string> times_of(const std::string& text, const std::string& zone_name, const std::string& from,
                                  std::size_t count) {
    const auto expression = cron_of(text);
    const auto in = zone(zone_name);
    std::vector<std::string> times;
    auto due = expression.next(at(from), in);
    for (; due && times.size() < count; due = expression.next(*due, in))
        times.push_back(in.format(*due));
    return times;
}

using Times = std::vector<std::string>;

struct NextCase {
    std::string name;
    std::string expression;
    std::string zone;
    std::string from;
    Times next;
};

class CronNext : public ::testing::TestWithParam<NextCase> {};

TEST_P(CronNext, IsDue) {
    const auto& c = GetParam();
    EXPECT_EQ(times_of(c.expression, c.zone, c.from, c.next.size()), c.next) << c.expression;
}

std::string name_of(const ::testing::TestParamInfo<NextCase>& info) {
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Calendar, CronNext,
    ::testing::Values(
        NextCase{"StrictlyAfter", "0 2 * * *", "UTC", "2026-01-01T02:00:00Z", {"2026-01-02T02:00:00+00:00"}},
        NextCase{"ASecondBefore", "0 2 * * *", "UTC", "2026-01-01T01:59:59Z", {"2026-01-01T02:00:00+00:00"}},
        NextCase{"WithinTheMinute", "* * * * *", "UTC", "2026-01-01T02:00:30Z", {"2026-01-01T02:01:00+00:00"}},
        NextCase{"YearEnd",
                 "*/20 23,0 * * *",
                 "UTC",
                 "2026-12-31T23:30:00Z",
                 {"2026-12-31T23:40:00+00:00", "2027-01-01T00:00:00+00:00", "2027-01-01T00:20:00+00:00"}},
        NextCase{"LeapDay",
                 "0 12 29 2 *",
                 "UTC",
                 "2026-01-01T00:00:00Z",
                 {"2028-02-29T12:00:00+00:00", "2032-02-29T12:00:00+00:00"}},
        NextCase{"LeapDayOverACentury",
                 "0 0 29 2 *",
                 "UTC",
                 "2096-02-29T00:00:00Z",
                 {"2104-02-29T00:00:00+00:00", "2108-02-29T00:00:00+00:00"}},
        NextCase{"LeapDayOnASunday", "0 0 29 2 */7", "UTC", "2032-02-29T00:00:00Z", {"2060-02-29T00:00:00+00:00"}},
        NextCase{"ShortMonthsAreLeftOut",
                 "0 0 31 * *",
                 "UTC",
                 "2026-01-31T00:00:00Z",
                 {"2026-03-31T00:00:00+00:00", "2026-05-31T00:00:00+00:00", "2026-07-31T00:00:00+00:00"}},
        NextCase{"EitherDayWhereNeitherIsStarred",
                 "0 0 13 * fri",
                 "UTC",
                 "2026-11-01T00:00:00Z",
                 {"2026-11-06T00:00:00+00:00", "2026-11-13T00:00:00+00:00", "2026-11-20T00:00:00+00:00",
                  "2026-11-27T00:00:00+00:00", "2026-12-04T00:00:00+00:00", "2026-12-11T00:00:00+00:00",
                  "2026-12-13T00:00:00+00:00"}},
        NextCase{"BothDaysWhereTheDateIsStarred",
                 "0 0 */2 * mon",  // Odd days that are Mondays.
                 "UTC",
                 "2026-11-01T00:00:00Z",
                 {"2026-11-09T00:00:00+00:00", "2026-11-23T00:00:00+00:00", "2026-12-07T00:00:00+00:00"}},
        NextCase{"BothDaysWhereTheWeekdayIsStarred",
                 "0 0 1-7 * */7",  // The first Sunday of a month.
                 "UTC",
                 "2026-11-01T00:00:00Z",
                 {"2026-12-06T00:00:00+00:00", "2027-01-03T00:00:00+00:00"}},
        NextCase{"AStarInAListCountsIfItIsFirst",
                 "0 0 *,5 * mon",
                 "UTC",
                 "2026-11-01T00:00:00Z",
                 {"2026-11-02T00:00:00+00:00", "2026-11-09T00:00:00+00:00"}},
        NextCase{"AStarInAListDoesNotCountElsewhere",
                 "0 0 5,* * mon",
                 "UTC",
                 "2026-11-01T00:00:00Z",
                 {"2026-11-02T00:00:00+00:00", "2026-11-03T00:00:00+00:00"}},
        NextCase{"AnImpossibleDateWithAWeekday",
                 "0 0 31 2 mon",
                 "UTC",
                 "2026-01-01T00:00:00Z",
                 {"2026-02-02T00:00:00+00:00", "2026-02-09T00:00:00+00:00"}},
        NextCase{"Hourly", "@hourly", "UTC", "2026-01-01T00:30:00Z", {"2026-01-01T01:00:00+00:00"}},
        NextCase{"Daily", "@daily", "UTC", "2026-01-01T00:30:00Z", {"2026-01-02T00:00:00+00:00"}},
        NextCase{"Midnight", "@midnight", "UTC", "2026-01-01T00:30:00Z", {"2026-01-02T00:00:00+00:00"}},
        NextCase{"Weekly", "@weekly", "UTC", "2026-11-22T00:00:00Z", {"2026-11-29T00:00:00+00:00"}},
        NextCase{"Monthly", "@monthly", "UTC", "2026-11-22T00:00:00Z", {"2026-12-01T00:00:00+00:00"}},
        NextCase{"Yearly", "@yearly", "UTC", "2026-11-22T00:00:00Z", {"2027-01-01T00:00:00+00:00"}},
        NextCase{"Annually", "@annually", "UTC", "2026-11-22T00:00:00Z", {"2027-01-01T00:00:00+00:00"}},
        NextCase{
            "OffsetsOfMinutes", "0 9 * * *", "Asia/Kathmandu", "2026-01-01T00:00:00Z", {"2026-01-01T09:00:00+05:45"}}),
    name_of);

// Sao Paulo: 2018-11-04 00:00 -03 became 01:00 -02; 2018-02-18 00:00 -02 became 2018-02-17 23:00 -03.
// Lisbon: 01:00 UTC on the last Sundays of March (+1 h) and October (-1 h).
INSTANTIATE_TEST_SUITE_P(
    F29_DaylightSaving, CronNext,
    ::testing::Values(NextCase{"SkippedMidnightRunsRightAfter",
                               "0 0 * * *",
                               "America/Sao_Paulo",
                               "2018-11-03T00:00:00-03:00",
                               {"2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"}},
                      NextCase{"SkippedTimesRunOnceTogether",
                               "0,20,40 0 * * *",
                               "America/Sao_Paulo",
                               "2018-11-03T12:00:00-03:00",
                               {"2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"}},
                      NextCase{"ASkippedTimeAndTheGapsEndAreOne",
                               "0 0,1 * * *",
                               "America/Sao_Paulo",
                               "2018-11-03T12:00:00-03:00",
                               {"2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"}},
                      NextCase{"ASkippedStarredMinuteRunsOnce",
                               "*/30 0 * * *",
                               "America/Sao_Paulo",
                               "2018-11-03T12:00:00-03:00",
                               {"2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"}},
                      NextCase{"SixHoursLoseNoRunInAGap",
                               "0 */6 * * *",
                               "America/Sao_Paulo",
                               "2018-11-03T17:00:00-03:00",
                               {"2018-11-03T18:00:00-03:00", "2018-11-04T01:00:00-02:00", "2018-11-04T06:00:00-02:00"}},
                      NextCase{"ASkippedDayOfTheMonth",
                               "15 0 4 11 *",
                               "America/Sao_Paulo",
                               "2018-01-01T00:00:00-02:00",
                               {"2018-11-04T01:00:00-02:00", "2019-11-04T00:15:00-03:00"}},
                      NextCase{"EveryHourDoesNotNoticeAGap",
                               "30 * * * *",
                               "America/Sao_Paulo",
                               "2018-11-03T23:00:00-03:00",
                               {"2018-11-03T23:30:00-03:00", "2018-11-04T01:30:00-02:00", "2018-11-04T02:30:00-02:00"}},
                      NextCase{"RepeatedTimeRunsOnceInTheFirstPass",
                               "30 23 * * *",
                               "America/Sao_Paulo",
                               "2018-02-17T12:00:00-02:00",
                               {"2018-02-17T23:30:00-02:00", "2018-02-18T23:30:00-03:00"}},
                      NextCase{"FromWithinTheSecondPass",
                               "30 23 * * *",
                               "America/Sao_Paulo",
                               "2018-02-17T23:10:00-03:00",
                               {"2018-02-18T23:30:00-03:00"}},
                      NextCase{"EveryHourRunsInBothPasses",
                               "30 * * * *",
                               "America/Sao_Paulo",
                               "2018-02-17T23:00:00-02:00",
                               {"2018-02-17T23:30:00-02:00", "2018-02-17T23:30:00-03:00", "2018-02-18T00:30:00-03:00"}},
                      NextCase{"MidnightAfterARepeatedHour",
                               "0 0 * * *",
                               "America/Sao_Paulo",
                               "2018-02-17T12:00:00-02:00",
                               {"2018-02-18T00:00:00-03:00", "2018-02-19T00:00:00-03:00"}},
                      NextCase{"LisbonSpring",
                               "30 1 * * *",
                               "Europe/Lisbon",
                               "2026-03-28T12:00:00Z",
                               {"2026-03-29T02:00:00+01:00", "2026-03-30T01:30:00+01:00"}},
                      NextCase{"LisbonAutumn",
                               "30 1 * * *",
                               "Europe/Lisbon",
                               "2026-10-24T12:00:00Z",
                               {"2026-10-25T01:30:00+01:00", "2026-10-26T01:30:00+00:00"}},
                      NextCase{"LisbonAutumnAllHours",
                               "0 * * * *",
                               "Europe/Lisbon",
                               "2026-10-24T23:30:00Z",
                               {"2026-10-25T01:00:00+01:00", "2026-10-25T01:00:00+00:00", "2026-10-25T02:00:00+00:00"}},
                      NextCase{"HalfAnHour",  // Lord Howe Island, 02:00 +10:30 became 02:30 +11.
                               "15 2 * * *",
                               "Australia/Lord_Howe",
                               "2026-10-03T12:00:00+10:30",
                               {"2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"}},
                      NextCase{"AWholeDayIsSkipped",  // Samoa had no 2011-12-30.
                               "0 12 * * *",
                               "Pacific/Apia",
                               "2011-12-29T12:00:00-10:00",
                               {"2011-12-31T00:00:00+14:00", "2011-12-31T12:00:00+14:00"}},
                      NextCase{"UtcKnowsNothingOfIt",
                               "30 1 * * *",
                               "UTC",
                               "2026-03-28T12:00:00Z",
                               {"2026-03-29T01:30:00+00:00", "2026-03-30T01:30:00+00:00"}}),
    name_of);

TEST(CronExpression, BlanksDoNotMatter) {
    const auto expression = cron_of(" \t0  2\t* * 1-5 \n");
    EXPECT_EQ(expression.text(), "0  2\t* * 1-5");
    EXPECT_EQ(expression.next(at("2026-11-21T00:00:00Z"), TimeZone::utc()), at("2026-11-23T02:00:00Z"));
}

struct RefusedCase {
    std::string text;
    std::string message;
    std::string hint;
};

TEST(CronExpression, SaysWhatIsWrong) {
    const std::vector<RefusedCase> cases = {
        {"", "0 fields instead of five", ""},
        {"   ", "0 fields instead of five", ""},
        {"* * * *", "4 fields instead of five", ""},
        {"0 0 2 * * *", "6 fields instead of five", "no seconds"},
        {"0 0 0 ? * MON *", "7 fields", "no seconds and no years"},
        {"TZ=UTC 0 2 * * *", "6 fields", "key of its own"},
        {"0 24 * * *", "hour, at character 3: 24 is out of range; allowed: 0-23", ""},
        {"  0   24 * * *", "hour, at character 7: 24", ""},
        {"0 0 * * mon-xyz", "day of week, at character 13: \"xyz\"", ""},
        {"0 0 31 2 *", "it is never due: no month that it names has 31 days", "first of the next"},
        {"0 0 30,31 feb *", "it is never due: no month that it names has 30 days", ""},
        {"0 0 31 4,6,9,11 */2", "it is never due", ""},
        {"@reboot", "@reboot\" is not a nickname", "run_at_start"},
        {"@every 5m", "is not a nickname", "`every`"},
        {"@Daily", "allowed: @hourly, @daily", ""},
        {"@daily 5", "is not a nickname", ""},
        {std::string(2000, '*'), "2000 characters", ""},
        {std::string("0 0 * * *\0", 10), "day of week", ""},
    };
    for (const auto& c : cases) {
        const auto parsed = CronExpression::parse(c.text);
        ASSERT_FALSE(parsed) << c.text;
        EXPECT_EQ(parsed.error().code(), ErrorCode::kInvalidArgument);
        EXPECT_TRUE(parsed.error().message().starts_with("cron expression")) << parsed.error().message();
        EXPECT_NE(parsed.error().message().find(c.message), std::string::npos) << parsed.error().message();
        EXPECT_NE(parsed.error().hint().find(c.hint), std::string::npos) << parsed.error().hint();
    }
}

TEST(CronExpression, RareButPossibleDatesAreAccepted) {
    for (const auto* text : {"0 0 29 2 *", "0 0 31 2 1", "0 0 30 1,2 *", "0 0 31 * */7"})
        EXPECT_TRUE(CronExpression::parse(text)) << text;
}

TEST(CronExpression, EndsWithTheYearsThatTimesCanHold) {
    const auto yearly = cron_of("@yearly");
    EXPECT_EQ(yearly.next(at("2260-06-01T00:00:00Z"), TimeZone::utc()), at("2261-01-01T00:00:00Z"));
    EXPECT_EQ(yearly.next(at("2261-06-01T00:00:00Z"), TimeZone::utc()), std::nullopt);
    EXPECT_EQ(yearly.next(Instant::max(), zone("Europe/Lisbon")), std::nullopt);
    EXPECT_EQ(yearly.next(Instant::min(), TimeZone::utc()), at("1679-01-01T00:00:00Z"));
}

TEST(CronExpression, MatchesTheWallClock) {
    const auto expression = cron_of("*/15 8-17 * * mon-fri");
    const auto monday = std::chrono::local_days(std::chrono::year(2026) / 11 / 23);
    EXPECT_TRUE(expression.matches(monday + std::chrono::hours(8)));
    EXPECT_TRUE(expression.matches(monday + std::chrono::hours(17) + std::chrono::minutes(45)));
    EXPECT_FALSE(expression.matches(monday + std::chrono::hours(18)));
    EXPECT_FALSE(expression.matches(monday + std::chrono::hours(8) + std::chrono::minutes(1)));
    EXPECT_FALSE(expression.matches(monday - std::chrono::days(1) + std::chrono::hours(8)));
}

}  // namespace
}  // namespace cofre::schedule
