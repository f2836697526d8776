#include "report/cut_text.h"

#include "base/utf8.h"

namespace cofre::report {
namespace {

constexpr std::string_view kEllipsis = "\u2026";

/// Where the longest prefix ends whose weight is at most `max`, and whether that
/// is all of it.
template <typename Weight>
std::string cut_by(std::string_view text, std::size_t max, std::size_t ellipsis_weight, Weight weight) {
    std::size_t used = 0;
    std::size_t at = 0;
    std::size_t with_room = 0;  // The end of what fits with the ellipsis behind it.
    while (at < text.size()) {
        const auto point = decode_utf8(text, at);
        const std::size_t bytes = point ? point->bytes : 1;
        used += weight(point ? point->value : U'?', bytes);
        if (used > max) break;
        at += bytes;
        if (used + ellipsis_weight <= max) with_room = at;
    }
    if (at == text.size()) return std::string(text);
    if (ellipsis_weight > max) return std::string(text.substr(0, at));
    return std::string(text.substr(0, with_room)) + std::string(kEllipsis);
}

}  // namespace

std::string cut_utf8(std::string_view text, std::size_t max_bytes) {
    return cut_by(text, max_bytes, kEllipsis.size(), [](char32_t, std::size_t bytes) { return bytes; });
}

std::string cut_code_points(std::string_view text, std::size_t max_points) {
    return cut_by(text, max_points, 1, [](char32_t, std::size_t) { return std::size_t{1}; });
}

std::string cut_utf16(std::string_view text, std::size_t max_units) {
    return cut_by(text, max_units, 1,
                  [](char32_t point, std::size_t) { return point > 0xFFFF ? std::size_t{2} : std::size_t{1}; });
}

std::string one_line(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_space = byte <= 0x20 || byte == 0x7f;
        if (is_space && (out.empty() || out.back() == ' ')) continue;
        out += is_space ? ' ' : c;
    }
    while (out.ends_with(' '))
        out.pop_back();
    return out;
}

}  // namespace cofre::report
