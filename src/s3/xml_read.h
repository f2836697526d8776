#pragma once

/// @file
/// Private to s3: reading XML strictly. Only this header includes pugixml,
/// which reads no DTD: entities beyond XML's own five do not exist here.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <pugixml.hpp>

#include "base/number.h"
#include "base/result.h"
#include "base/time_format.h"

namespace cofre::s3::xml {

/// kCorruption: "the store's answer cannot be understood: ...".
Error malformed(std::string_view what);

/// False: not well-formed.
bool load(pugi::xml_document& document, std::string_view text);

/// The root element, whose name must be `name`.
Result<pugi::xml_node> load_root(pugi::xml_document& document, std::string_view text, std::string_view name);

/// Of the child of that name; empty if there is none.
std::string_view text_of(const pugi::xml_node& node, const char* name);

template <typename Number>
Result<Number> number_in(std::string_view text, std::string_view what) {
    const auto number = parse_number<Number>(text);
    if (!number) return malformed(std::string(what) + " is not a number");
    return *number;
}

/// Absent if there is no such child.
template <typename Number>
Result<std::optional<Number>> optional_number(const pugi::xml_node& node, const char* name) {
    if (!node.child(name)) return std::optional<Number>();
    COFRE_ASSIGN(const auto number, number_in<Number>(text_of(node, name), name));
    return std::optional<Number>(number);
}

Result<bool> parse_bool(std::string_view text, std::string_view what);
Result<WallTime> parse_time(std::string_view text, std::string_view what);

/// encoding-type=url writes a blank as '+', as HTML forms do.
Result<std::string> decode_name(std::string_view text, bool url_encoded);

void append_escaped(std::string& out, std::string_view text);

}  // namespace cofre::s3::xml
