#pragma once

/// @file
/// A clock that tests own: waiting takes no time.

#include <atomic>
#include <chrono>

#include "base/clock.h"

namespace cofre::testing {

/// sleep() moves both clocks forward and returns at once. Thread-safe.
class FakeClock final : public Clock {
public:
    explicit FakeClock(WallTime wall = WallTime(std::chrono::seconds(1'800'000'000))) : wall_start_(wall) {}

    std::chrono::steady_clock::time_point now() const override { return start_ + passed(); }
    WallTime wall_now() const override { return wall_start_ + passed(); }

    Status sleep(const CallContext& ctx, std::chrono::milliseconds wait) override {
        if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "sleep");
        if (now() + wait > ctx.deadline) return Error(ErrorCode::kDeadlineExceeded, "sleep");
        advance(wait);
        return {};
    }

    void advance(std::chrono::milliseconds by) { passed_ms_ += by.count(); }
    std::chrono::milliseconds passed() const { return std::chrono::milliseconds(passed_ms_.load()); }

private:
    /// The machine's: a deadline that is made of now() holds for stores, too.
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    WallTime wall_start_;
    std::atomic<std::int64_t> passed_ms_{0};
};

}  // namespace cofre::testing
