#pragma once

/// @file
/// The only source of time and sleep. Tests pass a FakeClock.

#include <chrono>

#include "base/call_context.h"
#include "base/result.h"
#include "base/time_format.h"

namespace cofre {

/// Thread-safe.
class Clock {
public:
    virtual ~Clock() = default;

    /// Monotonic: for timeouts, rates and leases.
    virtual std::chrono::steady_clock::time_point now() const = 0;

    /// Civil time, which may jump: for what is written down or signed.
    virtual WallTime wall_now() const = 0;

    /// Waits for `wait`. kCancelled on a stop request; kDeadlineExceeded at
    /// once, without sleeping, if the deadline would pass first.
    virtual Status sleep(const CallContext& ctx, std::chrono::milliseconds wait) = 0;
};

/// The machine's clocks. COFRE_NOW, an RFC 3339 time, freezes wall_now() in
/// builds with tests; libfaketime works in every build.
Clock& system_clock();

}  // namespace cofre
