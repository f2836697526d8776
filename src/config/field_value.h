#pragma once

/// @file
/// Values between text and struct. Private.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/expansion.h"
#include "config/field.h"

namespace cofre::config {

/// What was written for a key, after ${...}.
struct Written {
    std::vector<Expanded> items;
    bool is_list = false;
    std::vector<std::string> names;  ///< Of a map: one for each item.
    bool is_map = false;
};

/// Stores it. A single text is accepted as a list of one. kInvalidArgument:
/// "expected a whole number, found \"abc\"": without the key, and without the
/// value if that came from elsewhere or is a secret.
Status store_value(const BoundField& field, const Written& written, const PathBase& base);

/// As JSON, which is also YAML; "null" if it is not set. A secret that is set
/// is "********". Passwords in URLs are masked.
std::string value_json(const BoundField& field);

ValueType type_of(const BoundField& field);
std::vector<std::string> choices_of(const BoundField& field);

/// `text` as a JSON string. Bytes that are not UTF-8 are replaced by U+FFFD.
std::string json_string(std::string_view text);

}  // namespace cofre::config
