#pragma once

/// @file
/// Points in time as text, always in UTC here.

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cofre {

using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// "2026-11-22T01:36:59.123456789Z"; trailing zeros of the fraction, and an
/// empty fraction, are left out. RFC 3339.
std::string format_rfc3339(WallTime time);

/// Any RFC 3339 time, with offset and up to nine digits of fraction.
/// kInvalidArgument: malformed, or outside the years 1678..2261 (64-bit ns).
Result<WallTime> parse_rfc3339(std::string_view text);

/// "20261122T013659Z", the basic format that Signature Version 4 and our own
/// object names use; seconds are truncated.
std::string format_basic(WallTime time);

/// "Sun, 22 Nov 2026 01:36:59 +0000", as in a mail's Date header. RFC 5322, 3.3.
std::string format_mail_date(WallTime time);

/// "Sun, 22 Nov 2026 01:36:59 GMT" (IMF-fixdate of RFC 9110), as in a Date or
/// Last-Modified header.
Result<WallTime> parse_http_date(std::string_view text);

}  // namespace cofre
