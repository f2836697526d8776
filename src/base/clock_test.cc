#include "base/clock.h"

#include <thread>

#include <gtest/gtest.h>

namespace cofre {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

TEST(SystemClock, SleepsAtLeastAsLongAsAsked) {
    const auto before = steady_clock::now();
    EXPECT_TRUE(system_clock().sleep({}, milliseconds(2)));
    EXPECT_GE(steady_clock::now() - before, milliseconds(2));
}

TEST(SystemClock, StopEndsTheSleep) {
    std::stop_source stop;
    const std::jthread stopper([&] { stop.request_stop(); });
    const auto status = system_clock().sleep({.stop = stop.get_token()}, hours(24));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kCancelled);
}

TEST(SystemClock, EarlierStopPreventsTheSleep) {
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(system_clock().sleep({.stop = stop.get_token()}, hours(24)).error().code(), ErrorCode::kCancelled);
    EXPECT_EQ(system_clock().sleep({.stop = stop.get_token()}, milliseconds(0)).error().code(), ErrorCode::kCancelled);
}

TEST(SystemClock, DoesNotSleepTowardsADeadlineItCannotKeep) {
    const CallContext ctx{.deadline = steady_clock::now() + hours(1)};
    const auto before = steady_clock::now();
    EXPECT_EQ(system_clock().sleep(ctx, hours(2)).error().code(), ErrorCode::kDeadlineExceeded);
    EXPECT_LT(steady_clock::now() - before, std::chrono::minutes(1));
}

TEST(SystemClock, NoWaitNeedsNoDeadline) {
    EXPECT_TRUE(system_clock().sleep({.deadline = steady_clock::time_point::min()}, milliseconds(0)));
}

// Each runs in a child, because the clock reads COFRE_NOW once.
TEST(SystemClockDeathTest, CofreNowFreezesTheWallClock) {
    const auto check = [] {
        ::setenv("COFRE_NOW", "2026-11-22T01:36:59.5Z", 1);
        const bool frozen = format_rfc3339(system_clock().wall_now()) == "2026-11-22T01:36:59.5Z";
        std::_Exit(frozen ? 0 : 1);
    };
    ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(check(), ::testing::ExitedWithCode(0), "");
}

TEST(SystemClockDeathTest, MalformedCofreNowStopsTheProcess) {
    ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_DEATH(
        {
            ::setenv("COFRE_NOW", "yesterday", 1);
            (void)system_clock().wall_now();
        },
        "check failed");
}

}  // namespace
}  // namespace cofre
