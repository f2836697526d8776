#include "base/clock.h"

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <optional>

#include "base/check.h"

namespace cofre {
namespace {

using std::chrono::steady_clock;

// Longer waits are cut, because adding them to a time point could overflow.
constexpr std::chrono::milliseconds kLongestSleep = std::chrono::hours(24 * 365);

std::optional<WallTime> frozen_time() {
#ifdef COFRE_TEST_HOOKS
    const char* text = std::getenv("COFRE_NOW");  // NOLINT(concurrency-mt-unsafe): once, in a static's constructor
    if (text == nullptr) return std::nullopt;
    const auto time = parse_rfc3339(text);
    COFRE_CHECK(time.has_value());  // A test that sets a wrong time must not pass by accident.
    return *time;
#else
    return std::nullopt;
#endif
}

class SystemClock final : public Clock {
public:
    steady_clock::time_point now() const override { return steady_clock::now(); }

    WallTime wall_now() const override {
        if (frozen_) return *frozen_;
        return std::chrono::time_point_cast<WallTime::duration>(std::chrono::system_clock::now());
    }

    Status sleep(const CallContext& ctx, std::chrono::milliseconds wait) override {
        if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "sleep");
        if (wait <= std::chrono::milliseconds(0)) return {};
        if (ctx.deadline - steady_clock::now() < wait) {
            return Error(ErrorCode::kDeadlineExceeded, "sleep: the deadline passes first");
        }
        // Never notified: only the stop token or the time ends the wait.
        std::mutex mutex;
        std::condition_variable_any never;
        std::unique_lock lock(mutex);
        never.wait_for(lock, ctx.stop, std::min(wait, kLongestSleep), [] { return false; });
        if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "sleep");
        return {};
    }

private:
    const std::optional<WallTime> frozen_ = frozen_time();
};

}  // namespace

Clock& system_clock() {
    static SystemClock clock;
    return clock;
}

}  // namespace cofre
