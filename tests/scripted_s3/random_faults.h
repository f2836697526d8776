#pragma once

/// @file
/// Faults of a store at random, from a seed.

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>

#include "base/guarded.h"
#include "scripted_s3.h"

namespace cofre::scripted {

/// Of a thousand requests, so many fail in this way. Together: one in ten.
struct FaultRates {
    unsigned internal_error = 20;  ///< 500, no work done.
    unsigned slow_down = 20;       ///< 503 SlowDown, no work done.
    unsigned reset_request = 15;   ///< RST in the middle of the body; no work done.
    unsigned reset_reply = 10;     ///< RST in the middle of the answer.
    unsigned cut_reply = 15;       ///< The answer ends too early, in good order.
    unsigned lost_answer = 15;     ///< The work is done; nobody hears of it.
    unsigned slow = 20;            ///< The answer takes up to 300 ms.
};

/// A ScriptedS3::Hook. The order of requests of several clients is not the
/// same in each run: a seed repeats the dice, not the play. Thread-safe.
class RandomFaults {
public:
    explicit RandomFaults(std::uint64_t seed, const FaultRates& rates = {}) : rates_(rates), state_(State(seed)) {}

    std::optional<S3Fault> next(const Recorded& request);

    /// Of each kind, so far; "requests" are all.
    std::map<std::string, std::uint64_t> counts() const {
        return state_.with([](const State& state) { return state.counts; });
    }

private:
    struct State {
        explicit State(std::uint64_t seed) : random(seed) {}
        std::mt19937_64 random;
        std::map<std::string, std::uint64_t> counts;
    };
    const FaultRates rates_;
    Guarded<State> state_;
};

}  // namespace cofre::scripted
