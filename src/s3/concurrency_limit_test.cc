#include "s3/concurrency_limit.h"

#include <vector>

#include <gtest/gtest.h>

namespace cofre::s3 {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::steady_clock::time_point;

TEST(ConcurrencyLimit, WidensByOneForEachRoundWhileItIsUsed) {
    ConcurrencyLimit limit(32);
    std::vector<Semaphore::Hold> held;
    for (int i = 0; i < ConcurrencyLimit::kFirst; ++i)
        held.push_back(*limit.acquire({}));
    for (int i = 0; i < ConcurrencyLimit::kFirst; ++i)
        limit.succeeded();
    EXPECT_EQ(limit.width(), ConcurrencyLimit::kFirst + 1);
}

TEST(ConcurrencyLimit, DoesNotWidenWhatNobodyUses) {
    ConcurrencyLimit limit(32);
    for (int i = 0; i < 1000; ++i)
        limit.succeeded();
    EXPECT_EQ(limit.width(), ConcurrencyLimit::kFirst);
}

TEST(ConcurrencyLimit, HalvesOnceForOneBurstOfThrottles) {
    ConcurrencyLimit limit(32);
    for (int i = 0; i < 10; ++i)
        limit.throttled(Time(1h + i * 50ms));
    EXPECT_EQ(limit.width(), ConcurrencyLimit::kFirst / 2);
    limit.throttled(Time(1h + 2s));
    EXPECT_EQ(limit.width(), ConcurrencyLimit::kFirst / 4);
}

TEST(ConcurrencyLimit, StaysBetweenItsBounds) {
    ConcurrencyLimit limit(32);
    for (int i = 0; i < 10; ++i)
        limit.throttled(Time(1h + i * 2s));
    EXPECT_EQ(limit.width(), ConcurrencyLimit::kLeast);

    ConcurrencyLimit single(1);
    single.throttled(Time(1h));
    EXPECT_EQ(single.width(), 1);
    const auto hold = *single.acquire({});
    for (int i = 0; i < 10; ++i)
        single.succeeded();
    EXPECT_EQ(single.width(), 1);
}

}  // namespace
}  // namespace cofre::s3
