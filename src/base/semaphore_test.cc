#include "base/semaphore.h"

#include <atomic>

#include <gtest/gtest.h>

#include "base/task_group.h"

namespace cofre {
namespace {

TEST(Semaphore, GivesOutNoMoreThanItHas) {
    Semaphore semaphore(10);
    auto six = *semaphore.acquire(6, {});
    EXPECT_EQ(semaphore.try_acquire(5).units(), 0U);
    const auto four = semaphore.try_acquire(4);
    EXPECT_EQ(four.units(), 4U);
    six.release();
    EXPECT_EQ(semaphore.used(), 4U);
}

TEST(Semaphore, LetsTheLargestPassWhenNobodyElseHoldsAny) {
    Semaphore semaphore(10);
    {
        const auto one = *semaphore.acquire(1, {});
        EXPECT_EQ(semaphore.try_acquire(100).units(), 0U);
    }
    EXPECT_EQ(semaphore.try_acquire(100).units(), 100U);
}

TEST(Semaphore, WakesWhoWaitsAndCountsRight) {
    Semaphore semaphore(3);
    std::atomic<int> inside{0};
    std::atomic<int> most{0};
    TaskGroup group{std::stop_token()};
    for (int i = 0; i < 8; ++i) {
        group.spawn([&](const std::stop_token& stop) -> Status {
            for (int k = 0; k < 200; ++k) {
                COFRE_ASSIGN(const auto hold, semaphore.acquire(1, stop));
                const int now = ++inside;
                int seen = most;
                while (now > seen && !most.compare_exchange_weak(seen, now)) {
                }
                --inside;
            }
            return {};
        });
    }
    ASSERT_TRUE(group.wait());
    EXPECT_LE(most, 3);
    EXPECT_EQ(semaphore.used(), 0U);
}

TEST(Semaphore, AStopEndsTheWait) {
    Semaphore semaphore(1);
    const auto held = *semaphore.acquire(1, {});
    std::stop_source source;
    source.request_stop();
    EXPECT_EQ(semaphore.acquire(1, source.get_token()).error().code(), ErrorCode::kCancelled);
}

TEST(Semaphore, AWiderOneLetsMoreIn) {
    Semaphore semaphore(1);
    const auto held = *semaphore.acquire(1, {});
    EXPECT_EQ(semaphore.try_acquire(1).units(), 0U);
    semaphore.set_capacity(2);
    EXPECT_EQ(semaphore.try_acquire(1).units(), 1U);
}

}  // namespace
}  // namespace cofre
