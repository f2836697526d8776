#include "report/windows_1252.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace cofre::report {
namespace {

/// What 0x80 to 0x9F are; 0: nothing.
constexpr std::array<char32_t, 32> kUpperControls = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                     0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                                     0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                     0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

/// 0: it has none.
unsigned char byte_of(char32_t value) {
    const bool is_same = (value >= 0x20 && value < 0x7F) || (value >= 0xA0 && value <= 0xFF);
    if (is_same) return static_cast<unsigned char>(value);
    const auto* const found =
        value == 0 ? kUpperControls.end() : std::find(kUpperControls.begin(), kUpperControls.end(), value);
    if (found == kUpperControls.end()) return 0;
    return static_cast<unsigned char>(0x80 + (found - kUpperControls.begin()));
}

}  // namespace

Result<std::string> to_windows_1252(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto point = decode_utf8(text, at);
        const auto byte = point ? byte_of(point->value) : 0;
        if (byte == 0) {
            return Error(ErrorCode::kUnsupported,
                         "\"" + escape_for_display(text) + "\" has a character that this PDF's fonts do not have")
                .with_hint("write it as text: a file name that does not end in .pdf");
        }
        out += static_cast<char>(byte);
        at += point->bytes;
    }
    return out;
}

}  // namespace cofre::report
