#include "base/utf8.h"

#include <cstdint>

namespace cofre {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) {
    return static_cast<unsigned char>(text[i]);
}

// What the first byte promises; `smallest` is what a shorter form could hold,
// so anything below it is overlong.
struct Lead {
    std::size_t bytes;
    unsigned payload;
    char32_t smallest;
};

std::optional<Lead> read_lead(unsigned first) {
    if (first < 0x80) return Lead{1, first, 0};
    if (first >= 0xC0 && first < 0xE0) return Lead{2, first & 0x1FU, 0x80};
    if (first >= 0xE0 && first < 0xF0) return Lead{3, first & 0x0FU, 0x800};
    if (first >= 0xF0 && first < 0xF8) return Lead{4, first & 0x07U, 0x10000};
    return std::nullopt;
}

bool is_between(char32_t c, char32_t low, char32_t high) {
    return c >= low && c <= high;
}

// Moves the cursor, breaks the line or turns the writing direction round.
bool is_dangerous(char32_t c) {
    return c < 0x20 || is_between(c, 0x7F, 0x9F) || c == 0x061C || is_between(c, 0x200E, 0x200F) ||
           is_between(c, 0x2028, 0x202E) || is_between(c, 0x2066, 0x2069);
}

void append_hex(std::string& out, std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const char c : bytes) {
        const auto value = static_cast<unsigned char>(c);
        out += "\\x";
        out += kDigits[value >> 4U];
        out += kDigits[value & 0xFU];
    }
}

std::string escape(std::string_view bytes, std::string_view backslash) {
    std::string out;
    out.reserve(bytes.size());
    for (std::size_t i = 0; i < bytes.size();) {
        const auto point = decode_utf8(bytes, i);
        const std::string_view raw = bytes.substr(i, point ? point->bytes : 1);
        i += raw.size();
        if (raw == "\n") {
            out += "\\n";
        } else if (raw == "\t") {
            out += "\\t";
        } else if (raw == "\\") {
            out += backslash;
        } else if (!point || is_dangerous(point->value)) {
            append_hex(out, raw);
        } else {
            out += raw;
        }
    }
    return out;
}

}  // namespace

std::string_view without_byte_order_mark(std::string_view text) {
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
    return text;
}

std::optional<CodePoint> decode_utf8(std::string_view text, std::size_t at) {
    const auto lead = read_lead(byte_at(text, at));
    if (!lead || lead->bytes > text.size() - at) return std::nullopt;
    char32_t value = lead->payload;
    for (std::size_t k = 1; k < lead->bytes; ++k) {
        const unsigned next = byte_at(text, at + k);
        if ((next & 0xC0U) != 0x80U) return std::nullopt;
        value = value << 6U | (next & 0x3FU);
    }
    const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < lead->smallest || is_surrogate || value > 0x10FFFF) return std::nullopt;
    return CodePoint{value, lead->bytes};
}

void append_utf8(std::string& out, char32_t code_point) {
    const auto value = static_cast<std::uint32_t>(code_point);
    const auto push = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (value < 0x80) {
        push(value);
    } else if (value < 0x800) {
        push(0xC0U | value >> 6U);
        push(0x80U | (value & 0x3FU));
    } else if (value < 0x10000) {
        push(0xE0U | value >> 12U);
        push(0x80U | (value >> 6U & 0x3FU));
        push(0x80U | (value & 0x3FU));
    } else {
        push(0xF0U | value >> 18U);
        push(0x80U | (value >> 12U & 0x3FU));
        push(0x80U | (value >> 6U & 0x3FU));
        push(0x80U | (value & 0x3FU));
    }
}

bool is_utf8(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size();) {
        const auto point = decode_utf8(bytes, i);
        if (!point) return false;
        i += point->bytes;
    }
    return true;
}

std::string escape_for_display(std::string_view bytes) {
    return escape(bytes, "\\\\");
}

std::string escape_controls(std::string_view bytes) {
    return escape(bytes, "\\");
}

}  // namespace cofre
