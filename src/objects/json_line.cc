#include "objects/json_line.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/encoding.h"
#include "base/time_format.h"
#include "base/utf8.h"

namespace cofre::objects {
namespace {

bool needs_escape(char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

void append_escaped(std::string& out, char c) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    switch (c) {
        case '"':
        case '\\':
            out += '\\';
            out += c;
            return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    const auto value = static_cast<unsigned char>(c);
    out += "\\u00";
    out += kDigits[value >> 4U];
    out += kDigits[value & 0xFU];
}

std::string base64_of(std::string_view bytes) {
    return base64_encode(as_bytes(bytes));
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    for (;;) {
        const auto plain_end = std::find_if(text.begin(), text.end(), needs_escape);
        const auto plain = static_cast<std::size_t>(plain_end - text.begin());
        out += text.substr(0, plain);
        if (plain == text.size()) break;
        append_escaped(out, text[plain]);
        text.remove_prefix(plain + 1);
    }
    out += '"';
}

void JsonLine::member(std::string_view name, std::string_view suffix) {
    if (out_.back() != '{') out_ += ',';
    out_ += '"';
    out_ += name;
    out_ += suffix;
    out_ += "\":";
}

void JsonLine::text(std::string_view name, std::string_view bytes) {
    member(name);
    if (is_utf8(bytes)) return append_json_string(out_, bytes);
    append_json_string(out_, escape_for_display(bytes));
    member(name, "_base64");
    append_json_string(out_, base64_of(bytes));
}

void JsonLine::optional_text(std::string_view name, std::string_view bytes) {
    if (!bytes.empty()) text(name, bytes);
}

void JsonLine::texts(std::string_view name, const std::vector<std::string>& list) {
    const bool is_plain = std::all_of(list.begin(), list.end(), is_utf8);
    const auto append_list = [&](auto to_text) {
        out_ += '[';
        for (const std::string& bytes : list) {
            if (out_.back() != '[') out_ += ',';
            append_json_string(out_, to_text(bytes));
        }
        out_ += ']';
    };
    member(name);
    append_list([](const std::string& bytes) { return is_utf8(bytes) ? bytes : escape_for_display(bytes); });
    if (is_plain) return;
    member(name, "_base64");
    append_list(base64_of);
}

void JsonLine::number(std::string_view name, std::uint64_t value) {
    member(name);
    char digits[20];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
    out_.append(digits, end);
}

void JsonLine::time(std::string_view name, std::int64_t nanoseconds) {
    member(name);
    append_json_string(out_, format_rfc3339(WallTime(std::chrono::nanoseconds(nanoseconds))));
}

void JsonLine::flag(std::string_view name) {
    member(name);
    out_ += "true";
}

void JsonLine::begin_object(std::string_view name) {
    member(name);
    out_ += '{';
}

void JsonLine::end_object() {
    out_ += '}';
}

void JsonLine::open_array(std::string_view name) {
    member(name);
    out_ += '[';
}

}  // namespace cofre::objects
