#pragma once

/// @file
/// Private to s3: how many requests a store is sent at once. Additive increase,
/// multiplicative decrease, as TCP finds what a link carries (Chiu and Jain, 1989).

#include <chrono>

#include "base/guarded.h"
#include "base/semaphore.h"

namespace cofre::s3 {

/// Begins at kFirst, or `maximum` if that is less. Each round of answers widens
/// it by one as long as somebody waits; a throttle halves it, at most once a
/// second, because the requests that were under way then are refused as well.
/// Thread-safe.
class ConcurrencyLimit {
public:
    static constexpr int kFirst = 16;
    static constexpr int kLeast = 2;

    explicit ConcurrencyLimit(int maximum);

    /// Held while a request is under way, and never while one waits for its
    /// next attempt. kCancelled: `stop`.
    Result<Semaphore::Hold> acquire(const std::stop_token& stop) { return slots_.acquire(1, stop); }

    void succeeded();
    void throttled(std::chrono::steady_clock::time_point now);

    int width() const { return static_cast<int>(slots_.capacity()); }

private:
    struct State {
        int successes = 0;  // Since the width last changed.
        std::chrono::steady_clock::time_point narrowed_at{};
    };
    const int maximum_;
    Semaphore slots_;
    Guarded<State> state_;
};

}  // namespace cofre::s3
