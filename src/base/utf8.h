#pragma once

/// @file
/// Names are bytes; these functions show them to people and to JSON.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cofre {

struct CodePoint {
    char32_t value = 0;
    std::size_t bytes = 0;
};

/// The code point that starts at text[at], which must be inside; nullopt if the
/// bytes are not well-formed.
std::optional<CodePoint> decode_utf8(std::string_view text, std::size_t at);

/// Appends a code point, which must be one: at most U+10FFFF, no surrogate.
void append_utf8(std::string& out, char32_t code_point);

/// Well-formed by RFC 3629: no overlong forms, no surrogates, at most U+10FFFF.
bool is_utf8(std::string_view bytes);

/// Without the U+FEFF that editors of some systems put first.
std::string_view without_byte_order_mark(std::string_view text);

/// For terminals, logs and JSON: well-formed UTF-8 stays, and bytes that are
/// not, control characters, U+2028/9 and bidirectional overrides come as \xNN
/// (each byte), newline as \n, tab as \t, backslash as "\\". Unambiguous, one
/// line, cannot move the cursor.
std::string escape_for_display(std::string_view bytes);

/// The same, but a backslash stays single: for text in which names have been
/// escaped already, such as a log message.
std::string escape_controls(std::string_view bytes);

}  // namespace cofre
