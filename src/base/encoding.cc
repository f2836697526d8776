#include "base/encoding.h"

#include <array>
#include <cstdint>
#include <optional>

namespace cofre {
namespace {

constexpr std::string_view kHexLower = "0123456789abcdef";
constexpr std::string_view kHexUpper = "0123456789ABCDEF";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::optional<unsigned> hex_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    return std::nullopt;
}

// The byte that two digits name, or nothing.
std::optional<unsigned> hex_pair(char high, char low) {
    const auto h = hex_value(high);
    const auto l = hex_value(low);
    if (!h || !l) return std::nullopt;
    return *h << 4U | *l;
}

bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

constexpr std::uint8_t kNotBase64 = 0xFF;

constexpr std::array<std::uint8_t, 256> base64_values() {
    std::array<std::uint8_t, 256> values{};
    values.fill(kNotBase64);
    for (std::size_t i = 0; i < kBase64.size(); ++i) {
        values[static_cast<unsigned char>(kBase64[i])] = static_cast<std::uint8_t>(i);
    }
    return values;
}

constexpr auto kBase64Values = base64_values();

Error not_base64(const char* why) {
    return Error(ErrorCode::kInvalidArgument, std::string("decode base64: ") + why);
}

}  // namespace

std::string hex_encode(std::span<const std::byte> bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::byte b : bytes) {
        text += kHexLower[std::to_integer<unsigned>(b) >> 4U];
        text += kHexLower[std::to_integer<unsigned>(b) & 0xFU];
    }
    return text;
}

Result<std::vector<std::byte>> hex_decode(std::string_view text) {
    if (text.size() % 2 != 0) return Error(ErrorCode::kInvalidArgument, "decode hexadecimal: odd number of digits");
    std::vector<std::byte> bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const auto value = hex_pair(text[i], text[i + 1]);
        if (!value) return Error(ErrorCode::kInvalidArgument, "decode hexadecimal: not a hexadecimal digit");
        bytes.push_back(static_cast<std::byte>(*value));
    }
    return bytes;
}

std::string base64_encode(std::span<const std::byte> bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t present = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            group = group << 8U | (j < present ? std::to_integer<std::uint32_t>(bytes[i + j]) : 0U);
        }
        for (std::size_t j = 0; j < 4; ++j) {
            text += j <= present ? kBase64[group >> (18U - 6U * j) & 0x3FU] : '=';
        }
    }
    return text;
}

Result<std::vector<std::byte>> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) return not_base64("length is not a multiple of four");
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
        ++padding;

    std::vector<std::byte> bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_padding = i >= text.size() - padding;
        const std::uint8_t value = is_padding ? std::uint8_t{0} : kBase64Values[static_cast<unsigned char>(text[i])];
        if (value == kNotBase64) return not_base64("not a base64 character");
        group = group << 6U | value;
        if (i % 4 != 3) continue;
        for (unsigned shift = 16; shift <= 16; shift -= 8)
            bytes.push_back(static_cast<std::byte>(group >> shift));
        group = 0;
    }
    // Bits that the padding cuts off must be zero, or two texts would mean the
    // same bytes.
    for (std::size_t i = 0; i < padding; ++i) {
        if (bytes.back() != std::byte{0}) return not_base64("bits after the last byte are not zero");
        bytes.pop_back();
    }
    return bytes;
}

std::string percent_encode(std::string_view text, SlashRule slash) {
    std::string encoded;
    encoded.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c) || (c == '/' && slash == SlashRule::kKeep)) {
            encoded += c;
            continue;
        }
        const auto value = static_cast<unsigned char>(c);
        encoded += '%';
        encoded += kHexUpper[value >> 4U];
        encoded += kHexUpper[value & 0xFU];
    }
    return encoded;
}

Result<std::string> percent_decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const auto value = i + 2 < text.size() ? hex_pair(text[i + 1], text[i + 2]) : std::nullopt;
        if (!value) {
            return Error(ErrorCode::kInvalidArgument, "decode percent-encoding: '%' without two hexadecimal digits");
        }
        decoded += static_cast<char>(*value);
        i += 2;
    }
    return decoded;
}

std::span<const std::byte> as_bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
}

std::string to_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace cofre
