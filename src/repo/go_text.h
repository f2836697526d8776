#pragma once

/// @file
/// Text as Go writes it, byte for byte: names of files are quoted by
/// strconv.Quote and then escaped by encoding/json. A tree's id is the hash of
/// its text, so one escape that differs makes another tree of the same files.
///
/// Source: Go 1.22, strconv/quote.go and encoding/json/encode.go. Go before
/// 1.22 wrote \b and \f in JSON as \u0008 and \u000c; that concerns link
/// targets and names of users, never names of files, and both are read here.

#include <string>
#include <string_view>

#include "base/result.h"

namespace cofre::repo {

/// Unicode's version behind unicode.IsPrint, on which the escaping of names
/// depends: that of Go 1.21 to 1.25. The code points that became
/// printable with Unicode 14 and 15 are escaped by older builds of restic; such
/// a name is read as the same, but its tree gets another id.
inline constexpr std::string_view kGoUnicodeVersion = "15.0.0";

/// unicode.IsPrint: letters, marks, numbers, punctuation, symbols and U+0020.
bool is_go_printable(char32_t code_point);

/// What strconv.Quote puts between its quotes. Any bytes; the result is UTF-8.
void append_go_quoted(std::string& out, std::string_view bytes);

/// The inverse, as strconv.Unquote. kCorruption: a malformed escape, a bare '"'
/// or a newline.
Result<std::string> unquote_go(std::string_view quoted);

/// A JSON string with its quotes, as json.Marshal: '<', '>', '&', U+2028 and
/// U+2029 come as \uXXXX, a byte that is not UTF-8 as \ufffd.
void append_json_string(std::string& out, std::string_view text);

/// append_go_quoted() inside append_json_string(), fast for common names.
void append_quoted_json_string(std::string& out, std::string_view bytes);

}  // namespace cofre::repo
