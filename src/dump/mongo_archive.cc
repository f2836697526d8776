#include "dump/mongo_archive.h"

#include <algorithm>

namespace cofre::dump {
namespace {

constexpr std::uint32_t kArchiveMagic = 0x8199e26d;
constexpr std::uint32_t kArchiveTerminator = 0xffffffff;
constexpr std::uint32_t kShortestDocument = 5;
constexpr std::uint32_t kLongestDocument = 64U << 20U;  // The server's limit is 16 MiB and a little.

Error broken_archive(const std::string& what) {
    return Error(ErrorCode::kCorruption, "mongodump archive: " + what);
}

}  // namespace

Status MongoArchiveCheck::take_number(std::uint32_t number) {
    if (!has_magic_) {
        if (number != kArchiveMagic) return broken_archive("it does not begin with an archive's magic number");
        has_magic_ = true;
        return {};
    }
    is_after_terminator_ = number == kArchiveTerminator;
    if (is_after_terminator_) {
        ++blocks_;
        return {};
    }
    if (number < kShortestDocument || number > kLongestDocument)
        return broken_archive("a document of an impossible length");
    skip_ = number - sizeof(number);
    if (blocks_ == 0) ++prelude_documents_;
    return {};
}

Status MongoArchiveCheck::feed(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        if (skip_ > 0) {
            const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
            skip_ -= count;
            bytes = bytes.subspan(count);
            continue;
        }
        number_ |= std::to_integer<std::uint32_t>(bytes.front()) << (8U * number_bytes_);
        bytes = bytes.subspan(1);
        if (++number_bytes_ < sizeof(number_)) continue;
        const std::uint32_t number = number_;
        number_ = 0;
        number_bytes_ = 0;
        COFRE_TRY(take_number(number));
    }
    return {};
}

Status MongoArchiveCheck::finish() const {
    if (!has_magic_) return broken_archive("it is empty");
    if (skip_ > 0 || number_bytes_ > 0 || !is_after_terminator_) return broken_archive("its end is missing");
    return {};
}

}  // namespace cofre::dump
