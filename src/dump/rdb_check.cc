#include "dump/rdb_check.h"

#include <algorithm>
#include <optional>

#include "base/encoding.h"

namespace cofre::dump {
namespace {

constexpr std::size_t kMarkBytes = 40;  // RDB_EOF_MARK_SIZE
constexpr std::size_t kCrcBytes = 8;
constexpr std::size_t kHeldBytes = kMarkBytes + kCrcBytes;
constexpr char kEndOpcode = '\xff';
constexpr std::uint64_t kReflected = 0x95ac9329ac4bc9b5ULL;  // 0xad93d23594c935a9, bits reversed.

constexpr std::array<std::uint64_t, 256> kCrcTable = [] {
    std::array<std::uint64_t, 256> table{};
    for (std::uint64_t i = 0; i < table.size(); ++i) {
        std::uint64_t crc = i;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? kReflected : 0U);
        table[i] = crc;
    }
    return table;
}();

std::uint64_t little_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i > 0; --i)
        value = (value << 8U) | static_cast<unsigned char>(bytes[i - 1]);
    return value;
}

bool is_mark(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::uint64_t crc64_jones(std::uint64_t crc, std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) {
        crc = kCrcTable[(crc ^ std::to_integer<std::uint64_t>(byte)) & 0xffU] ^ (crc >> 8U);
    }
    return crc;
}

void RdbCheck::pass(std::size_t count, std::string& out) {
    if (count == 0) return;
    const std::string_view passed = std::string_view(held_).substr(0, count);
    crc_ = crc64_jones(crc_, as_bytes(passed));
    last_passed_ = passed.back();
    out += passed;
    held_.erase(0, count);
}

void RdbCheck::feed(std::span<const std::byte> bytes, std::string& out) {
    held_ += to_text(bytes);
    if (first_.size() < 9) first_ = (first_ + to_text(bytes)).substr(0, 9);
    if (held_.size() > kHeldBytes) pass(held_.size() - kHeldBytes, out);
}

Status RdbCheck::finish(std::string& out) {
    const auto broken = [](const std::string& what) { return Error(ErrorCode::kCorruption, "RDB file: " + what); };
    const bool has_digits = first_.size() == 9 &&
                            std::all_of(first_.begin() + 5, first_.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!first_.starts_with("REDIS") || !has_digits) return broken("it does not begin with REDIS and a version");
    // The end is where the checksum fits: before a mark, or at the very end.
    for (const bool with_mark : {true, false}) {
        const std::size_t tail = with_mark ? kHeldBytes : kCrcBytes;
        if (held_.size() < tail) continue;
        const std::size_t before = held_.size() - tail;
        const std::string_view rest = std::string_view(held_).substr(before);
        if (with_mark && !is_mark(rest.substr(kCrcBytes))) continue;
        const char opcode = before > 0 ? held_[before - 1] : last_passed_;
        const std::uint64_t stored = little_endian(rest.substr(0, kCrcBytes));
        const std::uint64_t computed = crc64_jones(crc_, as_bytes(std::string_view(held_).substr(0, before)));
        if (opcode != kEndOpcode || (stored != 0 && stored != computed)) continue;
        pass(before + kCrcBytes, out);
        return {};
    }
    return broken("its end, or the checksum of its bytes, is wrong");
}

}  // namespace cofre::dump
