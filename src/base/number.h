#pragma once

/// @file
/// Decimal numbers in text that others wrote.

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace cofre {

/// The whole of `text` as a decimal number. nullopt: empty, blanks, a plus
/// sign, anything after the digits, or more than `Number` holds. No locale.
template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace cofre
