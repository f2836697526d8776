#pragma once

/// @file
/// Code points as Go's runes: what wildcards and case folding count in.

#include <cstddef>
#include <string>
#include <string_view>

namespace cofre::source {

/// What a byte that begins no well-formed sequence counts as.
inline constexpr char32_t kReplacementRune = 0xFFFD;

struct Rune {
    char32_t value;
    std::size_t bytes;  ///< 1 for a byte that is not UTF-8.
    bool is_malformed() const { return value == kReplacementRune && bytes == 1; }
};

/// The first code point of `text`, which must not be empty.
Rune first_rune(std::string_view text);

/// Maps each code point to its lower case, one to one; other bytes stay. The
/// locale plays no part. Source: Unicode 15.0, UnicodeData.txt, field
/// Simple_Lowercase_Mapping.
std::string to_lower_case(std::string_view text);

}  // namespace cofre::source
