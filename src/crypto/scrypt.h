#pragma once

/// @file
/// Keys from passwords. Source: RFC 7914, computed by OpenSSL.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace cofre::crypto {

/// Cost: time grows with n * r * p, memory is 128 * n * r bytes.
struct ScryptCost {
    std::uint64_t n = 32768;  ///< A power of two above 1.
    std::uint32_t r = 8;
    std::uint32_t p = 6;
    friend bool operator==(const ScryptCost&, const ScryptCost&) = default;
};

/// What we are ready to spend on a key file that somebody else wrote. Sixteen
/// times what restic ever chooses; more can only be an attack on our memory.
constexpr std::uint64_t kMaxScryptMemory = 1ULL << 30U;

/// Fills `out`. Blocks for as long as the cost says, usually half a second.
/// kInvalidArgument: the cost breaks a rule of RFC 7914. kUnsupported: it needs
/// more than kMaxScryptMemory. kResourceExhausted: the memory is not there.
Status scrypt(const Secret& password, std::span<const std::byte> salt, const ScryptCost& cost,
              std::span<std::byte> out);

/// The cost that takes about `time` on this machine within `memory` bytes:
/// r = 8, the largest n that fits, then as many p as there is time for. restic
/// asks for 500 ms and 60 MiB. Takes one trial, well below `time`.
ScryptCost calibrate_scrypt(Clock& clock, std::chrono::milliseconds time, std::uint64_t memory);

}  // namespace cofre::crypto
