#include "base/utf8.h"

#include <cstddef>
#include <optional>

namespace cofre {
namespace {

struct CodePoint {
    char32_t value = 0;
    std::size_t bytes = 0;
};

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

// The code point that starts at text[i], or nothing if the bytes are not one.
std::optional<CodePoint> decode(std::string_view text, std::size_t i) {
    const auto lead = read_lead(byte_at(text, i));
    if (!lead || lead->bytes > text.size() - i) return std::nullopt;
    char32_t value = lead->payload;
    for (std::size_t k = 1; k < lead->bytes; ++k) {
        const unsigned next = byte_at(text, i + k);
        if ((next & 0xC0U) != 0x80U) return std::nullopt;
        value = value << 6U | (next & 0x3FU);
    }
    const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < lead->smallest || is_surrogate || value > 0x10FFFF) return std::nullopt;
    return CodePoint{value, lead->bytes};
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
        const auto point = decode(bytes, i);
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

bool is_utf8(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size();) {
        const auto point = decode(bytes, i);
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
