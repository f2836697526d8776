#include "s3/concurrency_limit.h"

#include <algorithm>

#include "base/log.h"

namespace cofre::s3 {
namespace {

constexpr std::chrono::seconds kBetweenNarrowings{1};

}  // namespace

ConcurrencyLimit::ConcurrencyLimit(int maximum)
    : maximum_(maximum), slots_(static_cast<std::uint64_t>(std::min(kFirst, maximum))) {}

void ConcurrencyLimit::succeeded() {
    state_.with([this](State& state) {
        const int now = width();
        if (++state.successes < now || now >= maximum_) return;
        state.successes = 0;
        // What nobody waits for need not grow: the width would say nothing.
        if (slots_.used() >= static_cast<std::uint64_t>(now)) slots_.set_capacity(static_cast<std::uint64_t>(now) + 1);
    });
}

void ConcurrencyLimit::throttled(std::chrono::steady_clock::time_point now) {
    state_.with([&](State& state) {
        const bool is_first = state.narrowed_at == std::chrono::steady_clock::time_point{};
        if (!is_first && now - state.narrowed_at < kBetweenNarrowings) return;
        state.narrowed_at = now;
        state.successes = 0;
        const int narrower = std::min(maximum_, std::max(kLeast, width() / 2));
        if (narrower == width()) return;
        slots_.set_capacity(static_cast<std::uint64_t>(narrower));
        log_info("s3", "the store throttles: from now on " + std::to_string(narrower) + " requests at once");
    });
}

}  // namespace cofre::s3
