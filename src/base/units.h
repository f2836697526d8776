#pragma once

/// @file
/// Sizes and durations as people write and read them.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cofre {

constexpr std::uint64_t operator""_KiB(unsigned long long n) {
    return n << 10U;
}
constexpr std::uint64_t operator""_MiB(unsigned long long n) {
    return n << 20U;
}
constexpr std::uint64_t operator""_GiB(unsigned long long n) {
    return n << 30U;
}
constexpr std::uint64_t operator""_MB(unsigned long long n) {
    return n * 1'000'000;
}

/// "0", "1048576", "50MB" (10^6), "50MiB" or "50M" (2^20, as restic and
/// coreutils read a bare letter); units B K M G T P, case-insensitive, fractions
/// allowed ("1.5GiB"). kInvalidArgument: anything else, or above 2^63.
Result<std::uint64_t> parse_size(std::string_view text);

/// "30s", "15m", "1h30m", "7d", "250ms", or a bare number of seconds.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "0 B", "999 B", "1.5 MiB": binary units, three significant digits.
std::string format_bytes(std::uint64_t bytes);

/// "0.4s", "12s", "3m05s", "2h07m", "4d03h".
std::string format_duration(std::chrono::milliseconds duration);

/// "12,345": thousands separated, for counts that people read.
std::string format_count(std::uint64_t count);

}  // namespace cofre
