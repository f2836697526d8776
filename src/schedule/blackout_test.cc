#include "schedule/blackout.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "schedule/testing/schedule_times.h"

namespace cofre::schedule {
namespace {

std::string end_of(const std::vector<std::string>& windows, const std::string& zone_name, const std::string& time) {
    const auto blackout = Blackout::parse(windows);
    EXPECT_TRUE(blackout) << blackout.error().message();
    const auto in = zone(zone_name);
    const auto end = blackout->end_at(at(time), in);
    return end ? in.format(*end) : "none";
}

TEST(Blackout, OverMidnight) {
    const std::vector<std::string> night = {"22:00-06:00"};
    EXPECT_EQ(end_of(night, "UTC", "2026-11-22T21:59:59Z"), "none");
    EXPECT_EQ(end_of(night, "UTC", "2026-11-22T22:00:00Z"), "2026-11-23T06:00:00+00:00");
    EXPECT_EQ(end_of(night, "UTC", "2026-11-23T05:59:59Z"), "2026-11-23T06:00:00+00:00");
    EXPECT_EQ(end_of(night, "UTC", "2026-11-23T06:00:00Z"), "none");
}

TEST(Blackout, DaysAreThoseOnWhichItBegins) {
    const std::vector<std::string> friday = {"fri 22:00-06:00"};
    EXPECT_EQ(end_of(friday, "UTC", "2026-11-27T23:00:00Z"), "2026-11-28T06:00:00+00:00");
    EXPECT_EQ(end_of(friday, "UTC", "2026-11-28T05:00:00Z"), "2026-11-28T06:00:00+00:00");
    EXPECT_EQ(end_of(friday, "UTC", "2026-11-27T05:00:00Z"), "none");
    EXPECT_EQ(end_of(friday, "UTC", "2026-11-28T23:00:00Z"), "none");
}

TEST(Blackout, WholeDaysAndNeighboursAreOne) {
    EXPECT_EQ(end_of({"sat,sun"}, "UTC", "2026-11-21T10:00:00Z"), "2026-11-23T00:00:00+00:00");
    EXPECT_EQ(end_of({"sat-sun", "mon 00:00-08:00", "fri 20:00-24:00"}, "UTC", "2026-11-20T21:00:00Z"),
              "2026-11-23T08:00:00+00:00");
    EXPECT_EQ(end_of({"0,7"}, "UTC", "2026-11-22T23:59:00Z"), "2026-11-23T00:00:00+00:00");
}

TEST(Blackout, IsOfTheWallClock) {
    EXPECT_EQ(end_of({"08:00-18:00"}, "America/Sao_Paulo", "2026-11-22T12:00:00Z"), "2026-11-22T18:00:00-03:00");
    // 01:30-02:30, and 01:30 to 02:00 comes twice.
    EXPECT_EQ(end_of({"01:30-02:30"}, "Europe/Lisbon", "2026-10-25T00:30:00Z"), "2026-10-25T02:30:00+00:00");
    EXPECT_EQ(end_of({"01:00-01:30"}, "Europe/Lisbon", "2026-10-25T00:15:00Z"), "2026-10-25T01:30:00+00:00");
    // From midnight, which there is not on that day.
    EXPECT_EQ(end_of({"00:00-02:00"}, "America/Sao_Paulo", "2018-11-04T03:00:00Z"), "2018-11-04T02:00:00-02:00");
    EXPECT_EQ(end_of({"00:00-00:30"}, "America/Sao_Paulo", "2018-11-04T03:00:00Z"), "none");
}

TEST(Blackout, RefusesWhatIsNotAWindow) {
    for (const auto* text : {"", " ", "22:00", "22:00-", "-06:00", "22-06", "25:00-06:00", "22:60-06:00", "24:00-06:00",
                             "22:00-06:00-07:00", "22:00-22:00", "xyz 22:00-06:00", "8 22:00-06:00", "fri-mon",
                             "mon 22:00-06:00 x", "22:00-6:0", "022:00-06:00", "22:00-24:30", "mon tue"}) {
        const auto blackout = Blackout::parse({text});
        ASSERT_FALSE(blackout) << text;
        EXPECT_EQ(blackout.error().code(), ErrorCode::kInvalidArgument);
        EXPECT_TRUE(blackout.error().message().starts_with("blackout \"")) << blackout.error().message();
    }
}

TEST(Blackout, MayNotLeaveNothing) {
    EXPECT_FALSE(Blackout::parse({"*"}));
    EXPECT_FALSE(Blackout::parse({"00:00-24:00"}));
    EXPECT_FALSE(Blackout::parse({"06:00-22:00", "22:00-06:00"}));
    EXPECT_FALSE(Blackout::parse({"mon-fri", "sat", "7"}));
    EXPECT_TRUE(Blackout::parse({"06:00-22:00", "22:00-05:59"}));
    EXPECT_TRUE(Blackout::parse({}));
}

}  // namespace
}  // namespace cofre::schedule
