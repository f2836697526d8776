#pragma once

/// @file
/// How far a long step of maintenance is.

#include <cstdint>
#include <functional>
#include <string_view>

namespace cofre::repo {

struct StepProgress {
    std::string_view step;    ///< A constant: "load index", "read packs".
    std::uint64_t done = 0;   ///< Items; what they are depends on the step.
    std::uint64_t total = 0;  ///< 0: not known.
    std::uint64_t bytes_done = 0;
    std::uint64_t bytes_total = 0;  ///< 0: bytes are not counted.
};

/// Called from any thread, also from several at once; must not block for long.
using OnStep = std::function<void(const StepProgress&)>;

}  // namespace cofre::repo
