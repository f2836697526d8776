#include "schedule/time_zone.h"

#include <gtest/gtest.h>

#include "schedule/testing/schedule_times.h"

namespace cofre::schedule {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

LocalTime shown(int year, unsigned month, unsigned day, int hour, int minute) {
    return std::chrono::local_days(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day)) +
           hours(hour) + minutes(minute);
}

TEST(TimeZone, RefusesUnknownNames) {
    for (const auto* name : {"", "Europe/Atlantis", "../etc/passwd", "europe/lisbon", "GMT+25"}) {
        const auto found = TimeZone::find(name);
        ASSERT_FALSE(found) << name;
        EXPECT_EQ(found.error().code(), ErrorCode::kNotFound);
        EXPECT_NE(found.error().hint().find("IANA"), std::string::npos);
    }
}

TEST(TimeZone, FormatsWithANumericOffset) {
    EXPECT_EQ(zone("UTC").format(at("2026-11-22T01:02:03Z")), "2026-11-22T01:02:03+00:00");
    EXPECT_EQ(zone("Europe/Lisbon").format(at("2026-07-01T12:00:00Z")), "2026-07-01T13:00:00+01:00");
    EXPECT_EQ(zone("America/Sao_Paulo").format(at("2018-11-04T03:00:00Z")), "2018-11-04T01:00:00-02:00");
    EXPECT_EQ(zone("Asia/Kathmandu").format(at("2026-01-01T00:00:00Z")), "2026-01-01T05:45:00+05:45");
}

TEST(TimeZone, OffsetsWithSecondsStillMeanTheSameInstant) {
    const auto time = at("1900-01-01T00:00:00Z");
    const auto text = zone("America/Sao_Paulo").format(time);  // Local mean time, -03:06:28.
    EXPECT_EQ(text, "1899-12-31T20:54:00-03:06");
    EXPECT_EQ(at(text), time);
}

TEST(TimeZone, AGapIsItsEnd) {
    const auto sao_paulo = zone("America/Sao_Paulo");
    const auto end = at("2018-11-04T01:00:00-02:00");
    EXPECT_EQ(sao_paulo.first_at(shown(2018, 11, 4, 0, 0)), end);
    EXPECT_EQ(sao_paulo.first_at(shown(2018, 11, 4, 0, 59)), end);
    EXPECT_EQ(sao_paulo.last_at(shown(2018, 11, 4, 0, 30)), end);
}

TEST(TimeZone, ARepeatedTimeHasAFirstAndALast) {
    const auto lisbon = zone("Europe/Lisbon");
    EXPECT_EQ(lisbon.first_at(shown(2026, 10, 25, 1, 30)), at("2026-10-25T01:30:00+01:00"));
    EXPECT_EQ(lisbon.last_at(shown(2026, 10, 25, 1, 30)), at("2026-10-25T01:30:00+00:00"));
    EXPECT_EQ(lisbon.first_at(shown(2026, 10, 25, 2, 0)), at("2026-10-25T02:00:00+00:00"));
}

TEST(TimeZone, SpansFollowEachOther) {
    const auto lisbon = zone("Europe/Lisbon");
    const auto summer = lisbon.span_at(at("2026-07-01T00:00:00Z"));
    EXPECT_EQ(summer.begin, at("2026-03-29T01:00:00Z"));
    EXPECT_EQ(summer.end, at("2026-10-25T01:00:00Z"));
    EXPECT_EQ(summer.offset, hours(1));
    EXPECT_EQ(lisbon.span_at(summer.end).begin, summer.end);
    EXPECT_EQ(lisbon.span_at(summer.end - seconds(1)).begin, summer.begin);
}

TEST(TimeZone, TheMachineHasOne) {
    EXPECT_FALSE(TimeZone::machine().name().empty());
}

}  // namespace
}  // namespace cofre::schedule
