#include "report/shell_line.h"

#include <algorithm>

namespace cofre::report {
namespace {

constexpr std::string_view kContinuation = " \\";
constexpr std::string_view kNextLine = "\n  ";

bool needs_no_quotes(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./:=@%+,").find(c) != std::string_view::npos;
}

std::string in_single_quotes(std::string_view word) {
    std::string out = "'";
    for (const char c : word)
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + '\'';
}

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// The longest beginning of `value` that is at most `room` long in quotes; at
/// least one character.
std::size_t fitting_length(std::string_view value, std::size_t room) {
    std::size_t used = 2;
    std::size_t end = 0;
    while (end < value.size()) {
        std::size_t next = end + 1;
        while (next < value.size() && continues_character(value[next]))
            ++next;
        used += value[end] == '\'' ? 4 : next - end;
        if (used > room && end != 0) break;
        end = next;
    }
    return end;
}

}  // namespace

std::string shell_quote(std::string_view word) {
    const bool is_plain = !word.empty() && std::all_of(word.begin(), word.end(), needs_no_quotes);
    return is_plain ? std::string(word) : in_single_quotes(word);
}

std::string shell_command(std::span<const std::string> words, std::size_t columns) {
    std::string out;
    std::size_t column = 0;
    for (const auto& word : words) {
        if (column != 0) {
            const bool fits = column + 1 + word.size() + kContinuation.size() <= columns;
            out += fits ? std::string(" ") : std::string(kContinuation) + std::string(kNextLine);
            column = fits ? column + 1 : 2;
        }
        out += word;
        column += word.size();
    }
    return out;
}

std::string shell_export(std::string_view name, std::string_view value, std::size_t columns) {
    std::string line = "export " + std::string(name) + '=';
    std::string out;
    do {
        const auto room = columns > line.size() ? columns - line.size() : 0;
        const auto length = fitting_length(value, room);
        out += line + in_single_quotes(value.substr(0, length));
        value.remove_prefix(length);
        line = '\n' + std::string(name) + "=$" + std::string(name);
    } while (!value.empty());
    return out;
}

}  // namespace cofre::report
