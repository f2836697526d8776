#pragma once

/// @file
/// "Did you mean".

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cofre {

/// Insertions, deletions and substitutions between two texts, and swaps of
/// neighbours, which are typing errors too. Source: Damerau (1964), Levenshtein
/// (1966), in the variant that edits no part twice.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The first of the nearest; nullopt if even that has little in common with
/// `name` (more than half of its letters differ).
std::optional<std::string> nearest_name(std::string_view name, const std::vector<std::string>& known);

/// `; did you mean "x"?`, or nothing.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& known);

}  // namespace cofre
