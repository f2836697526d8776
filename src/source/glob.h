#pragma once

/// @file
/// Shell wildcards within one name.

#include <optional>
#include <string_view>

namespace cofre::source {

/// Why `pattern` is malformed, e.g. "unclosed '['"; nullopt if it is not.
std::optional<std::string_view> find_glob_fault(std::string_view pattern);

/// True if `pattern`, which must be well-formed, matches all of `name`. `*`
/// stands for any bytes, `?` and `[...]` for one code point or one byte that is
/// not UTF-8. Names hold no '/'. Time: at most the product of both lengths.
/// Source: Go, documentation of path/filepath.Match.
bool glob_matches(std::string_view pattern, std::string_view name);

}  // namespace cofre::source
