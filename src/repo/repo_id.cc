#include "repo/repo_id.h"

#include "base/encoding.h"

namespace cofre::repo {
namespace {

constexpr std::size_t kShortBytes = 4;

constexpr std::uint8_t kUpperCase = 0x40;
constexpr std::uint8_t kNoDigit = 0x80;

/// The value of a hexadecimal digit, marked if it is in upper case; kNoDigit.
constexpr std::array<std::uint8_t, 256> kHexValues = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(kNoDigit);
    for (unsigned i = 0; i < 10; ++i)
        table['0' + i] = static_cast<std::uint8_t>(i);
    for (unsigned i = 0; i < 6; ++i) {
        table['a' + i] = static_cast<std::uint8_t>(10 + i);
        table['A' + i] = static_cast<std::uint8_t>(kUpperCase | (10 + i));
    }
    return table;
}();

/// Into `out`; returns the marks of all its digits. One branch for all of them.
unsigned read_hex(std::string_view hex, std::span<std::byte, Id::kSize> out) {
    if (hex.size() != 2 * Id::kSize) return kNoDigit;
    unsigned marks = 0;
    for (std::size_t i = 0; i < Id::kSize; ++i) {
        const unsigned high = kHexValues[static_cast<unsigned char>(hex[2 * i])];
        const unsigned low = kHexValues[static_cast<unsigned char>(hex[2 * i + 1])];
        marks |= high | low;
        out[i] = static_cast<std::byte>((high << 4U) | (low & 0x0fU));
    }
    return marks & (kUpperCase | kNoDigit);
}

}  // namespace

bool Id::parse_into(std::string_view hex, Id& out) {
    return read_hex(hex, out.bytes_) == 0;
}

bool Id::parse_any_case_into(std::string_view hex, Id& out) {
    return (read_hex(hex, out.bytes_) & kNoDigit) == 0;
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
