#pragma once

/// @file
/// When a failed request is sent again. Source: AWS SDKs and Tools Reference
/// Guide, "Retry behavior", standard mode.

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/guarded.h"

namespace cofre::s3 {

struct RetryPolicy {
    int max_attempts = 3;
    /// No attempt begins later than this after the first one. One that runs,
    /// and moves, is never cut.
    std::chrono::milliseconds part_deadline{900'000};
};

/// `jitter` times min(2^retry, 20) seconds. `retry` counts from 0, `jitter` is
/// in [0, 1]. A server's own minimum wins if it is longer.
std::chrono::milliseconds backoff(int retry, double jitter, std::optional<std::chrono::milliseconds> retry_after);

/// Tokens that retries of all requests of a store draw on: when nearly every
/// request fails, attempts stop multiplying the load. Thread-safe.
class RetryBudget {
public:
    static constexpr int kCapacity = 500;
    static constexpr int kRetryCost = 5;
    static constexpr int kTimeoutCost = 10;

    /// False: the budget is used up, and nothing was taken.
    bool take(int cost);
    /// A request succeeded; `cost` is what its last retry took, 0 if it had none.
    void give_back(int cost);

private:
    Guarded<int> tokens_{kCapacity};
};

enum class FaultKind : std::uint8_t { kPassing, kTimeout, kThrottle };

/// The attempts of one request. Not thread-safe.
class RetrySession {
public:
    /// `budget` must outlive it.
    RetrySession(const RetryPolicy& policy, RetryBudget& budget, std::chrono::steady_clock::time_point now)
        : policy_(policy), budget_(budget), give_up_at_(now + policy.part_deadline) {}

    /// How long to wait before the next attempt; nullopt: no more of them.
    /// Throttles are not counted as attempts and end with the deadline only.
    std::optional<std::chrono::milliseconds> next_wait(FaultKind kind, std::chrono::steady_clock::time_point now,
                                                       std::optional<std::chrono::milliseconds> retry_after);
    void succeeded();

    int attempts() const { return attempts_ + throttles_ + 1; }  ///< So far, the first included.

private:
    const RetryPolicy policy_;
    RetryBudget& budget_;
    const std::chrono::steady_clock::time_point give_up_at_;
    int attempts_ = 0;   // Failed ones that count.
    int throttles_ = 0;  // Failed ones that do not.
    int last_cost_ = 0;
};

}  // namespace cofre::s3
