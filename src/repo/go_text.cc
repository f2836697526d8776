#include "repo/go_text.h"

#include <array>
#include <cstdint>
#include <optional>

#include "base/encoding.h"
#include "base/utf8.h"

namespace cofre::repo {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

void append_hex_digits(std::string& out, std::uint32_t value, unsigned digits) {
    for (unsigned i = digits; i-- > 0;)
        out += kHexDigits[value >> (4 * i) & 0xFU];
}

// The letter of \a, \b, ... or 0.
char short_escape(char32_t c) {
    constexpr std::string_view kLetters = "abtnvfr";  // From U+0007 on.
    return c >= 7 && c <= 13 ? kLetters[c - 7] : '\0';
}

void append_escaped_rune(std::string& out, char32_t c) {
    const auto value = static_cast<std::uint32_t>(c);
    out += '\\';
    if (const char letter = short_escape(c); letter != '\0') {
        out += letter;
    } else if (value < 0x80) {
        out += 'x';
        append_hex_digits(out, value, 2);
    } else if (value < 0x10000) {
        out += 'u';
        append_hex_digits(out, value, 4);
    } else {
        out += 'U';
        append_hex_digits(out, value, 8);
    }
}

// Characters that neither strconv.Quote nor encoding/json touch, which names of
// files mostly consist of.
constexpr std::array<bool, 256> make_plain_table() {
    std::array<bool, 256> table{};
    for (std::size_t i = 0x20; i < 0x7F; ++i)
        table[i] = i != '"' && i != '\\' && i != '<' && i != '>' && i != '&';
    return table;
}
constexpr std::array<bool, 256> kIsPlain = make_plain_table();

std::size_t count_plain(std::string_view text, std::size_t from) {
    std::size_t at = from;
    while (at < text.size() && kIsPlain[static_cast<unsigned char>(text[at])])
        ++at;
    return at - from;
}

// One ASCII character that is not plain.
void append_json_ascii(std::string& out, char c) {
    const auto value = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
    } else if (value == 0x7F) {
        out += c;
    } else if (const char letter = short_escape(value); letter != '\0' && letter != 'a' && letter != 'v') {
        out += '\\';
        out += letter;
    } else {  // Controls, and the <, > and & of HTML.
        out += "\\u";
        append_hex_digits(out, value, 4);
    }
}

void append_json_content(std::string& out, std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        if (const std::size_t plain = count_plain(text, at); plain != 0) {
            out += text.substr(at, plain);
            at += plain;
            continue;
        }
        const auto point = decode_utf8(text, at);
        if (!point) {
            out += "\\ufffd";
            ++at;
            continue;
        }
        if (point->value < 0x80) {
            append_json_ascii(out, text[at]);
        } else if (point->value == 0x2028 || point->value == 0x2029) {
            out += "\\u";
            append_hex_digits(out, static_cast<std::uint32_t>(point->value), 4);
        } else {
            out += text.substr(at, point->bytes);
        }
        at += point->bytes;
    }
}

// Reads what follows a backslash. Not thread-safe.
class EscapeReader {
public:
    explicit EscapeReader(std::string_view text) : text_(text) {}

    std::size_t at() const { return at_; }

    // `at` is behind the backslash. False: malformed.
    bool append(std::string& out, std::size_t at) {
        at_ = at;
        if (at_ >= text_.size()) return false;
        const char kind = text_[at_++];
        constexpr std::string_view kLetters = "abtnvfr";
        if (const auto letter = kLetters.find(kind); letter != std::string_view::npos) {
            out += static_cast<char>(7 + letter);
            return true;
        }
        switch (kind) {
            case '\\':
            case '"': out += kind; return true;
            case 'x': return append_byte(out, read_number(2, 16));
            case 'u': return append_rune(out, read_number(4, 16));
            case 'U': return append_rune(out, read_number(8, 16));
            default: --at_; return append_byte(out, read_number(3, 8));
        }
    }

private:
    std::optional<std::uint32_t> read_number(unsigned digits, std::uint32_t base) {
        std::uint32_t value = 0;
        for (; digits > 0; --digits, ++at_) {
            if (at_ >= text_.size()) return std::nullopt;
            const char c = text_[at_];
            const auto digit = static_cast<std::uint32_t>(c >= '0' && c <= '9'   ? c - '0'
                                                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                                                 : 16);
            if (digit >= base) return std::nullopt;
            value = value * base + digit;
        }
        return value;
    }

    static bool append_byte(std::string& out, std::optional<std::uint32_t> value) {
        if (!value || *value > 0xFF) return false;
        out += static_cast<char>(*value);
        return true;
    }

    static bool append_rune(std::string& out, std::optional<std::uint32_t> value) {
        if (!value || *value > 0x10FFFF || (*value >= 0xD800 && *value <= 0xDFFF)) return false;
        append_utf8(out, *value);
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

Error bad_quoting(std::string_view quoted) {
    constexpr std::size_t kShown = 200;
    return Error(ErrorCode::kCorruption,
                 "unquote \"" + escape_for_display(quoted.substr(0, kShown)) + "\": not what strconv.Quote writes");
}

}  // namespace

void append_go_quoted(std::string& out, std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        if (const std::size_t plain = count_plain(bytes, at); plain != 0) {
            out += bytes.substr(at, plain);
            at += plain;
            continue;
        }
        const auto point = decode_utf8(bytes, at);
        if (!point) {
            out += "\\x";
            append_hex_digits(out, static_cast<unsigned char>(bytes[at]), 2);
            ++at;
            continue;
        }
        if (point->value == '"' || point->value == '\\') {
            out += '\\';
            out += bytes[at];
        } else if (is_go_printable(point->value)) {
            out += bytes.substr(at, point->bytes);
        } else {
            append_escaped_rune(out, point->value);
        }
        at += point->bytes;
    }
}

Result<std::string> unquote_go(std::string_view quoted) {
    std::string out;
    out.reserve(quoted.size());
    EscapeReader escape(quoted);
    for (std::size_t at = 0; at < quoted.size();) {
        const char c = quoted[at];
        if (c == '"' || c == '\n') return bad_quoting(quoted);
        if (c == '\\') {
            if (!escape.append(out, at + 1)) return bad_quoting(quoted);
            at = escape.at();
            continue;
        }
        // Go reads runes, so that a stray byte becomes the replacement character.
        const auto point = decode_utf8(quoted, at);
        out += point ? quoted.substr(at, point->bytes) : kReplacement;
        at += point ? point->bytes : 1;
    }
    return out;
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    append_json_content(out, text);
    out += '"';
}

void append_quoted_json_string(std::string& out, std::string_view bytes) {
    out += '"';
    if (const std::size_t plain = count_plain(bytes, 0); plain == bytes.size()) {
        out += bytes;
    } else {
        std::string quoted;
        append_go_quoted(quoted, bytes);
        append_json_content(out, quoted);
    }
    out += '"';
}

}  // namespace cofre::repo
