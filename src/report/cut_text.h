#pragma once

/// @file
/// Texts that must not be longer than a service allows.

#include <cstddef>
#include <string>
#include <string_view>

namespace cofre::report {

/// At most `max_bytes`, without a part of a code point at the end; what was cut
/// is replaced by "…" where there is room for it.
std::string cut_utf8(std::string_view text, std::size_t max_bytes);

/// The same in code points, which is what most services count.
std::string cut_code_points(std::string_view text, std::size_t max_points);

/// The same in UTF-16 units, as Telegram and Discord count.
std::string cut_utf16(std::string_view text, std::size_t max_units);

/// Without line breaks and other control characters: a space for each run.
std::string one_line(std::string_view text);

}  // namespace cofre::report
