#include "repo/repo_id.h"

#include "base/encoding.h"

namespace cofre::repo {
namespace {

constexpr std::size_t kShortBytes = 4;

/// The value of a lower-case hexadecimal digit, or 0xff.
constexpr std::array<std::uint8_t, 256> kHexValues = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(0xff);
    for (unsigned i = 0; i < 10; ++i)
        table['0' + i] = static_cast<std::uint8_t>(i);
    for (unsigned i = 0; i < 6; ++i)
        table['a' + i] = static_cast<std::uint8_t>(10 + i);
    return table;
}();

std::uint8_t hex_value(char digit) {
    return kHexValues[static_cast<unsigned char>(digit)];
}

}  // namespace

bool Id::parse_into(std::string_view hex, Id& out) {
    if (hex.size() != 2 * kSize) return false;
    unsigned wrong = 0;
    for (std::size_t i = 0; i < kSize; ++i) {
        const unsigned high = hex_value(hex[2 * i]);
        const unsigned low = hex_value(hex[2 * i + 1]);
        wrong |= high | low;
        out.bytes_[i] = static_cast<std::byte>((high << 4U) | low);
    }
    return wrong <= 0x0fU;
}

Result<Id> Id::parse(std::string_view hex) {
    Id id;
    if (!parse_into(hex, id)) return Error(ErrorCode::kInvalidArgument, "not an id of 64 hexadecimal digits");
    return id;
}

std::string Id::hex() const {
    return hex_encode(bytes_);
}

std::string Id::short_hex() const {
    return hex_encode(std::span(bytes_).first<kShortBytes>());
}

}  // namespace cofre::repo
