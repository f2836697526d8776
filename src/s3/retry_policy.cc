#include "s3/retry_policy.h"

#include <algorithm>

#include "crypto/random.h"

namespace cofre::s3 {
namespace {

using std::chrono::milliseconds;

constexpr int kMaxBackoffSeconds = 20;

}  // namespace

milliseconds backoff(int retry, double jitter, std::optional<milliseconds> retry_after) {
    const int ceiling = retry >= 5 ? kMaxBackoffSeconds : std::min(1 << retry, kMaxBackoffSeconds);
    const auto wait = milliseconds(static_cast<std::int64_t>(jitter * ceiling * 1000));
    return std::max(wait, retry_after.value_or(milliseconds(0)));
}

bool RetryBudget::take(int cost) {
    return tokens_.with([&](int& tokens) {
        if (tokens < cost) return false;
        tokens -= cost;
        return true;
    });
}

void RetryBudget::give_back(int cost) {
    // The published algorithm: a success that needed no retry gives back one.
    tokens_.with([&](int& tokens) { tokens = std::min(kCapacity, tokens + std::max(cost, 1)); });
}

std::optional<milliseconds> RetrySession::next_wait(FaultKind kind, std::chrono::steady_clock::time_point now,
                                                    std::optional<milliseconds> retry_after) {
    const bool throttled = kind == FaultKind::kThrottle;
    if (!throttled && attempts_ + 1 >= policy_.max_attempts) return std::nullopt;
    const milliseconds wait = backoff(attempts_ + throttles_, crypto::random_fraction(), retry_after);
    if (now + wait > give_up_at_) return std::nullopt;
    if (throttled) {
        ++throttles_;
        return wait;
    }
    const int cost = kind == FaultKind::kTimeout ? RetryBudget::kTimeoutCost : RetryBudget::kRetryCost;
    if (!budget_.take(cost)) return std::nullopt;
    last_cost_ = cost;
    ++attempts_;
    return wait;
}

void RetrySession::succeeded() {
    budget_.give_back(last_cost_);
}

}  // namespace cofre::s3
