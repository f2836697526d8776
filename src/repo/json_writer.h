#pragma once

/// @file
/// Writing a JSON object as encoding/json does: fields in a fixed order, no
/// white space. For the .cc files of this module.

#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "repo/go_text.h"
#include "repo/tree_node.h"
#include "repo/zoned_time.h"

namespace cofre::repo {

inline void append_number(std::string& out, std::uint64_t value) {
    char digits[20];  // 2^64 has as many.
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out.append(digits, static_cast<std::size_t>(end - digits));
}

/// 64 digits, without quotes.
void append_hex_id(std::string& out, const Id& id);

/// One object, open until close(). The names of fields are given with the quotes
/// and the colon, so that they are copied in one piece.
class ObjectWriter {
public:
    explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
    void close() { out_ += '}'; }

    std::string& value(std::string_view key) {
        if (!is_first_) out_ += ',';
        is_first_ = false;
        out_ += key;
        return out_;
    }

    void text(std::string_view key, std::string_view value) { append_json_string(this->value(key), value); }
    void number(std::string_view key, std::uint64_t value) { append_number(this->value(key), value); }
    void id(std::string_view key, const Id& value) {
        std::string& out = this->value(key);
        out += '"';
        append_hex_id(out, value);
        out += '"';
    }
    void time(std::string_view key, const ZonedTime& value) {
        std::string& out = this->value(key);
        out += '"';
        append_zoned_time(out, value);
        out += '"';
    }
    void texts(std::string_view key, std::span<const std::string> values);
    void unknown(std::span<const UnknownField> fields);

    // As above, unless empty or 0.
    void some_text(std::string_view key, std::string_view value) {
        if (!value.empty()) text(key, value);
    }
    void some_number(std::string_view key, std::uint64_t value) {
        if (value != 0) number(key, value);
    }
    void some_id(std::string_view key, const std::optional<Id>& value) {
        if (value) id(key, *value);
    }
    void some_texts(std::string_view key, std::span<const std::string> values) {
        if (!values.empty()) texts(key, values);
    }

private:
    std::string& out_;
    bool is_first_ = true;
};

}  // namespace cofre::repo
