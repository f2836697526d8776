#pragma once

/// @file
/// Reading one JSON object field by field, without building a tree of it.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cofre::objects {

enum class JsonKind : std::uint8_t { kText, kUnsigned, kBoolean, kObject, kArray, kOther };

struct JsonValue {
    JsonKind kind = JsonKind::kOther;
    std::string* text = nullptr;  ///< kText: UTF-8, may be moved from. Else null.
    std::uint64_t number = 0;     ///< kUnsigned.
    bool truth = false;           ///< kBoolean.
};

/// `name` is that of a member; "outer.inner" for a member of an object inside,
/// "list[]" for an element of an array. A name of the document that holds one
/// of '.', '[' comes as "?", so that it cannot pass for another. kObject and
/// kArray come before what they hold. Valid during the call only.
using JsonFieldVisitor = std::function<Status(std::string_view name, const JsonValue& value)>;

/// Calls `visit` for each field of the object that `json` is, in order.
/// kCorruption: malformed, not UTF-8, not an object, or deeper than 16 levels.
/// Errors of `visit` are returned as they are. Safe on hostile input.
Status visit_json_fields(std::string_view json, const JsonFieldVisitor& visit);

}  // namespace cofre::objects
