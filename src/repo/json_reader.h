#pragma once

/// @file
/// Reading JSON objects into structs by one table of fields for each, on
/// simdjson. For .cc files of this module only, because it includes simdjson.
/// Nothing here recurses; UTF-8 is checked.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "base/result.h"
#include "repo/tree_node.h"
#include "repo/zoned_time.h"

namespace cofre::repo {

/// What is wrong with a value, e.g. "is no number"; empty: nothing.
using Fault = std::string_view;

using JsonValue = simdjson::ondemand::value;
using JsonObject = simdjson::ondemand::object;

// One value each. As in Go, null leaves `out` as it is.
Fault read_text(JsonValue value, std::string& out);
Fault read_number(JsonValue value, std::uint64_t& out);
Fault read_number(JsonValue value, std::uint32_t& out);
Fault read_time(JsonValue value, ZonedTime& out);
Fault read_id(JsonValue value, std::optional<Id>& out);
Fault read_bytes(JsonValue value, std::string& out);  ///< Base64.
Fault read_texts(JsonValue value, std::vector<std::string>& out);
Fault read_ids(JsonValue value, std::optional<std::vector<Id>>& out);
/// The value as it stands. Checked, and not nested deeper than 100 levels.
Fault read_raw(JsonValue value, std::string& out);

template <typename T>
struct JsonField {
    std::string_view key;
    Fault (*read)(JsonValue value, T& out);
};

struct FieldFault {
    std::string field;  ///< Empty: of the object itself.
    Fault fault;        ///< Empty: nothing is wrong.
};

/// Unknown fields go to `unknown`. Fast if fields come in the table's order.
template <typename T>
FieldFault read_object(JsonObject object, std::span<const JsonField<T>> table, T& out,
                       std::vector<UnknownField>& unknown) {
    std::size_t next = 0;
    for (auto entry : object) {
        std::string_view key;
        JsonValue value;
        if (entry.unescaped_key().get(key) != simdjson::SUCCESS || entry.value().get(value) != simdjson::SUCCESS) {
            return {"", "is malformed"};
        }
        std::size_t looked_at = 0;
        while (looked_at < table.size() && table[next].key != key) {
            ++looked_at;
            next = next + 1 == table.size() ? 0 : next + 1;
        }
        Fault fault;
        if (looked_at < table.size()) {
            fault = table[next].read(value, out);
        } else {
            unknown.push_back({std::string(key), {}});
            fault = read_raw(value, unknown.back().json);
        }
        if (!fault.empty()) return {std::string(key), fault};
    }
    return {};
}

/// A text with the room behind it that simdjson needs, and its parser. Used
/// again and again, it keeps the memory of the largest text.
class JsonText {
public:
    /// The document, good until the next call. kCorruption: not JSON, not UTF-8.
    Result<simdjson::ondemand::document> open(std::string_view text);

    /// Whether nothing but white space follows what was read of the document.
    static bool is_at_end(simdjson::ondemand::document& document);

private:
    std::string padded_;
    simdjson::ondemand::parser parser_;
};

}  // namespace cofre::repo
