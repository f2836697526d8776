#pragma once

/// @file
/// Bytes as text: hexadecimal, base64 and percent-encoding.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cofre {

/// Lower-case hexadecimal.
std::string hex_encode(std::span<const std::byte> bytes);

/// Accepts both cases. kInvalidArgument: odd length or another character.
Result<std::vector<std::byte>> hex_decode(std::string_view text);

/// RFC 4648 section 4, with padding.
std::string base64_encode(std::span<const std::byte> bytes);

/// Strict: padding required, no white space. kInvalidArgument otherwise.
Result<std::vector<std::byte>> base64_decode(std::string_view text);

enum class SlashRule { kEncode, kKeep };

/// Escapes every byte but the unreserved ones of RFC 3986 (A-Z a-z 0-9 - . _ ~)
/// as %XX with upper-case digits, which is what Signature Version 4 asks for.
std::string percent_encode(std::string_view text, SlashRule slash = SlashRule::kEncode);

/// kInvalidArgument: a '%' that two hexadecimal digits do not follow. '+' stays.
Result<std::string> percent_decode(std::string_view text);

/// A view of text as bytes, and back.
std::span<const std::byte> as_bytes(std::string_view text);
std::string to_text(std::span<const std::byte> bytes);

}  // namespace cofre
