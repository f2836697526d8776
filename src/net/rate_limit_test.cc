#include "net/rate_limit.h"

#include <string>

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"

namespace cofre::net {
namespace {

using namespace std::chrono_literals;

/// The rate at a time of the machine's own zone, as the table sees it.
std::string rate_at(const char* table, int weekday, int hour, int minute) {
    std::tm local{};
    local.tm_year = 126;  // 2026-11-22 is a Sunday.
    local.tm_mon = 10;
    local.tm_mday = 22 + weekday;
    local.tm_hour = hour;
    local.tm_min = minute;
    local.tm_isdst = -1;
    const auto rate = RateTable::parse(table)->rate_at(std::chrono::system_clock::from_time_t(std::mktime(&local)));
    return rate ? std::to_string(*rate) : "off";
}

TEST(RateTable, OneRateHoldsAlways) {
    EXPECT_EQ(rate_at("10M", 3, 12, 0), "10485760");
    EXPECT_EQ(rate_at("10MB", 3, 12, 0), "10000000");
    EXPECT_EQ(rate_at("512", 0, 0, 0), "524288");  // KiB.
    EXPECT_EQ(rate_at("off", 0, 0, 0), "off");
    EXPECT_EQ(rate_at("0", 0, 0, 0), "off");
}

TEST(RateTable, ATimetableGoesRoundTheDay) {
    constexpr auto kTable = "19:00,10M 08:00,512K 23:00,off";
    EXPECT_EQ(rate_at(kTable, 2, 8, 0), "524288");
    EXPECT_EQ(rate_at(kTable, 2, 18, 59), "524288");
    EXPECT_EQ(rate_at(kTable, 2, 19, 0), "10485760");
    EXPECT_EQ(rate_at(kTable, 2, 23, 30), "off");
    EXPECT_EQ(rate_at(kTable, 0, 0, 0), "off");  // Since Saturday 23:00.
}

TEST(RateTable, ATimetableGoesRoundTheWeek) {
    constexpr auto kTable = "Mon-08:00,1M Fri-18:00,off";
    EXPECT_EQ(rate_at(kTable, 1, 8, 0), "1048576");
    EXPECT_EQ(rate_at(kTable, 5, 17, 59), "1048576");
    EXPECT_EQ(rate_at(kTable, 5, 18, 0), "off");
    EXPECT_EQ(rate_at(kTable, 1, 7, 59), "off");
}

TEST(RateTable, RefusesWhatItCannotRead) {
    for (const char* text : {"", "fast", "25:00,1M 08:00,1M", "8:00,1M", "Mo-08:00,1M", "08:00,", ",1M",
                             "08:00,1M 09:00", "08:00;1M", "-1"}) {
        const auto table = RateTable::parse(text);
        ASSERT_FALSE(table) << text;
        EXPECT_EQ(table.error().code(), ErrorCode::kInvalidArgument) << text;
    }
}

TEST(RateLimiter, LetsPassAsMuchAsItsRate) {
    cofre::testing::FakeClock clock;
    RateLimiter limiter(*RateTable::parse("1M"), clock);
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(limiter.take({}, limiter.piece(100'000)));
    const auto expected = 10'000'000 * 1000ms / 1'048'576;
    EXPECT_GE(clock.passed(), expected - 200ms);
    EXPECT_LE(clock.passed(), expected + 200ms);
}

TEST(RateLimiter, NeverWaitsWithoutALimit) {
    cofre::testing::FakeClock clock;
    RateLimiter limiter(*RateTable::parse("off"), clock);
    ASSERT_TRUE(limiter.take({}, 1'000'000'000));
    EXPECT_EQ(clock.passed(), 0ms);
    EXPECT_EQ(limiter.piece(77), 77U);
}

TEST(RateLimiter, AStopEndsTheWait) {
    RateLimiter limiter(*RateTable::parse("1"));
    std::stop_source source;
    source.request_stop();
    EXPECT_EQ(limiter.take({source.get_token()}, 1'000'000).error().code(), ErrorCode::kCancelled);
}

TEST(RateLimiter, UsesFewConnectionsForALittle) {
    EXPECT_EQ(RateLimiter(*RateTable::parse("10K")).useful_connections(), 1);
    EXPECT_EQ(RateLimiter(*RateTable::parse("1M")).useful_connections(), 16);
}

}  // namespace
}  // namespace cofre::net
