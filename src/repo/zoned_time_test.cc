#include "repo/zoned_time.h"

#include <cstdlib>
#include <ctime>
#include <string>

#include <gtest/gtest.h>

namespace cofre::repo {
namespace {

std::string written(const ZonedTime& time) {
    std::string out;
    append_zoned_time(out, time);
    return out;
}

ZonedTime zoned(std::string_view text) {
    const auto time = parse_zoned_time(text);
    EXPECT_TRUE(time) << text;
    return time ? *time : ZonedTime{};
}

// Puts TZ back.
class LocalZone {
public:
    explicit LocalZone(const char* name) {
        if (const char* const old = std::getenv("TZ")) old_ = old;  // NOLINT(concurrency-mt-unsafe)
        set(name);
    }
    ~LocalZone() { set(old_.empty() ? nullptr : old_.c_str()); }
    LocalZone(const LocalZone&) = delete;
    LocalZone& operator=(const LocalZone&) = delete;

private:
    static void set(const char* name) {
        if (name == nullptr) {
            ::unsetenv("TZ");  // NOLINT(concurrency-mt-unsafe)
        } else {
            ::setenv("TZ", name, 1);  // NOLINT(concurrency-mt-unsafe)
        }
        ::tzset();  // NOLINT(concurrency-mt-unsafe)
    }
    std::string old_;
};

TEST(ZonedTime, ReadsAndWritesTheSame) {
    for (const char* text :
         {"2026-11-22T01:36:59.123456789-03:00", "2026-11-22T01:36:59.1Z", "2026-11-22T01:36:59+05:45",
          "1969-12-31T23:59:59.999999999Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.9Z", "0001-01-01T00:00:00Z",
          "2024-02-29T12:00:00.00000001+14:00", "1901-12-13T20:45:52Z"})
        EXPECT_EQ(written(zoned(text)), text);
}

TEST(ZonedTime, KnowsTheInstant) {
    EXPECT_EQ(zoned("1970-01-01T00:00:00Z").seconds, 0);
    EXPECT_EQ(zoned("1970-01-01T00:00:00-03:00").seconds, 3 * 3600);
    EXPECT_EQ(zoned("2001-09-09T03:46:40+02:00").seconds, 1'000'000'000);
    EXPECT_EQ(zoned("0001-01-01T00:00:00Z"), kZeroTime);
}

TEST(ZonedTime, WritesZeroOffsetAsZ) {
    EXPECT_EQ(written(zoned("2026-01-01T00:00:00+00:00")), "2026-01-01T00:00:00Z");
}

TEST(ZonedTime, CutsDigitsBelowANanosecond) {
    EXPECT_EQ(zoned("2026-01-01T00:00:00.1234567899999Z").nanoseconds, 123456789U);
}

TEST(ZonedTime, ForcesYearsIntoFourDigits) {
    EXPECT_EQ(written({.seconds = 253'402'300'800 + 59 * 86'400}), "9999-03-01T00:00:00Z");  // 29 February 10000.
    EXPECT_EQ(written({.seconds = -62'167'219'201}), "0000-12-31T23:59:59Z");
    EXPECT_EQ(written({.seconds = INT64_MAX}).substr(0, 5), "9999-");
    EXPECT_EQ(written({.seconds = INT64_MIN}).substr(0, 5), "0000-");
}

TEST(ZonedTime, RefusesOtherForms) {
    for (const char* text :
         {"", "2026", "2026-11-22", "2026-11-22 01:36:59Z", "2026-11-22T01:36:59", "2026-13-01T00:00:00Z",
          "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.Z",
          "2026-01-01T00:00:00Z ", "2026-01-01T00:00:00+0300", "-001-01-01T00:00:00Z", "2026-01-00T00:00:00Z"})
        EXPECT_FALSE(parse_zoned_time(text)) << text;
}

TEST(ZonedTime, FindsIsoWeeks) {
    // https://en.wikipedia.org/wiki/ISO_week_date, examples.
    const struct {
        const char* time;
        std::int64_t year;
        int week;
    } cases[] = {{"1977-01-01T00:00:00Z", 1976, 53}, {"1978-01-02T00:00:00Z", 1978, 1},
                 {"1979-12-31T00:00:00Z", 1980, 1},  {"1981-12-31T00:00:00Z", 1981, 53},
                 {"1982-01-03T23:00:00Z", 1981, 53}, {"2026-11-22T00:00:00Z", 2026, 47}};
    for (const auto& c : cases) {
        EXPECT_EQ(to_iso_week(zoned(c.time)).year, c.year) << c.time;
        EXPECT_EQ(to_iso_week(zoned(c.time)).week, c.week) << c.time;
    }
}

TEST(ZonedTime, TakesTheDayOfItsOwnZone) {
    EXPECT_EQ(to_civil(zoned("2026-11-22T23:30:00-03:00")).day, 22);
    EXPECT_EQ(to_civil(zoned("2026-11-22T23:30:00-03:00")).hour, 23);
}

TEST(ZonedTime, RollsOverOnTheCalendar) {
    const auto add = [](const char* time, int years, int months, int days, int hours) {
        return written(add_calendar(zoned(time), years, months, days, hours, Zone::utc()));
    };
    EXPECT_EQ(add("2026-03-31T10:00:00Z", 0, -1, 0, 0), "2026-03-03T10:00:00Z");
    EXPECT_EQ(add("2024-02-29T10:00:00Z", -1, 0, 0, 0), "2023-03-01T10:00:00Z");
    EXPECT_EQ(add("2026-01-15T10:00:00Z", 0, -13, 0, 0), "2024-12-15T10:00:00Z");
    EXPECT_EQ(add("2026-01-01T00:00:00.5-03:00", 0, 0, -1, -1), "2025-12-30T23:00:00.5-03:00");
}

TEST(ZonedTime, KeepsTheTimeOfDayOverAChangeOfClocks) {
    const LocalZone zone("Europe/Berlin");
    // Clocks went forward on 29 March 2026.
    EXPECT_EQ(written(add_calendar(zoned("2026-03-30T12:00:00+02:00"), 0, 0, -2, 0, Zone::local())),
              "2026-03-28T12:00:00+01:00");
    EXPECT_EQ(written(add_calendar(zoned("2026-03-30T12:00:00+03:00"), 0, 0, -2, 0, Zone::local())),
              "2026-03-28T12:00:00+03:00");
}

TEST(ZonedTime, HasTheLocalOffset) {
    const LocalZone zone("America/Sao_Paulo");
    EXPECT_EQ(written(Zone::local().at(1'700'000'000, 5)), "2023-11-14T19:13:20.000000005-03:00");
    EXPECT_EQ(written(Zone::utc().at(1'700'000'000, 0)), "2023-11-14T22:13:20Z");
    EXPECT_EQ(written(Zone::local().at(WallTime(std::chrono::nanoseconds(-1)))), "1969-12-31T20:59:59.999999999-03:00");
}

TEST(ZonedTime, AgreesWithTheLibraryOnEveryDay) {
    for (std::int64_t day = -200'000; day < 200'000; day += 37) {
        const ZonedTime time{.seconds = day * 86'400 + 4'711};
        const auto when = static_cast<std::time_t>(time.seconds);
        std::tm parts{};
        ASSERT_NE(::gmtime_r(&when, &parts), nullptr);
        const CivilTime civil = to_civil(time);
        ASSERT_EQ(civil.year, parts.tm_year + 1900);
        ASSERT_EQ(civil.month, parts.tm_mon + 1);
        ASSERT_EQ(civil.day, parts.tm_mday);
        char week[16];
        ASSERT_NE(std::strftime(week, sizeof week, "%V", &parts), 0U);
        ASSERT_EQ(to_iso_week(time).week, std::stoi(week));
        ASSERT_EQ(zoned(written(time)), time);
    }
}

}  // namespace
}  // namespace cofre::repo
