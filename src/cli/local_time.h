#pragma once

/// @file
/// Times that people type.

#include <string>

#include "base/result.h"
#include "base/time_format.h"
#include "cli/app.h"
#include "repo/zoned_time.h"

namespace cofre::cli {

/// "2026-01-31", "2026-01-31 12:00", "2026-01-31 12:00:00", with '/' for '-' and
/// 'T' for ' ' too, in this process's zone; or RFC 3339.
Result<repo::ZonedTime> parse_local_time(const std::string& text);

/// The same, or how long ago: "36h", "7d".
Result<WallTime> parse_since(const App& app, const std::string& text);

/// Cut to the years that it holds (1678 to 2261).
WallTime wall_time_of(const repo::ZonedTime& time);

}  // namespace cofre::cli
