#pragma once

/// @file
/// Times and zones in tests, short to write.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/time_format.h"
#include "schedule/time_zone.h"

namespace cofre::schedule {

/// "2018-11-04T00:30:00-03:00".
inline Instant at(std::string_view text) {
    const auto time = parse_rfc3339(text);
    if (!time) {
        std::fprintf(stderr, "not a time: %s\n", std::string(text).c_str());
        std::abort();
    }
    return std::chrono::floor<std::chrono::seconds>(*time);
}

inline TimeZone zone(std::string_view name) {
    auto found = TimeZone::find(name);
    if (!found) {
        std::fprintf(stderr, "%s\n", found.error().message().c_str());
        std::abort();
    }
    return *std::move(found);
}

}  // namespace cofre::schedule
