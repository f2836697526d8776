#include "base/parallel.h"

#include <atomic>
#include <set>

#include <gtest/gtest.h>

#include "base/guarded.h"

namespace cofre {
namespace {

TEST(ParallelFor, VisitsEachIndexOnce) {
    Guarded<std::multiset<std::size_t>> seen;
    ASSERT_TRUE(parallel_for({}, 1000, 4, [&](const CallContext&, std::size_t i) -> Status {
        seen.with([&](auto& set) { set.insert(i); });
        return {};
    }));
    seen.with([](auto& set) {
        EXPECT_EQ(set.size(), 1000U);
        EXPECT_EQ(std::set<std::size_t>(set.begin(), set.end()).size(), 1000U);
    });
}

TEST(ParallelFor, ReturnsTheFirstErrorAndStops) {
    std::atomic<int> calls = 0;
    const Status status = parallel_for({}, 1'000'000, 2, [&](const CallContext&, std::size_t i) -> Status {
        ++calls;
        if (i == 10) return Error(ErrorCode::kCorruption, "item 10");
        return {};
    });
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().message(), "item 10");
    EXPECT_LT(calls, 1'000'000);
}

TEST(ParallelFor, AStopIsAnError) {
    std::stop_source stop;
    stop.request_stop();
    const Status status =
        parallel_for({stop.get_token()}, 3, 1, [](const CallContext&, std::size_t) -> Status { return {}; });
    EXPECT_EQ(status.error().code(), ErrorCode::kCancelled);
}

TEST(ParallelFor, NothingToDoIsSuccess) {
    EXPECT_TRUE(parallel_for(
        {}, 0, 4, [](const CallContext&, std::size_t) -> Status { return Error(ErrorCode::kInternal, "called"); }));
}

}  // namespace
}  // namespace cofre
