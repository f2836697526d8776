#include "repo/pack_format.h"

#include <array>
#include <cstdint>
#include <limits>
#include <string>

namespace cofre::repo {
namespace {

// Source: restic's design document, "Pack Format": types of header entries.
constexpr unsigned kPlainData = 0;
constexpr unsigned kPlainTree = 1;
constexpr unsigned kCompressedData = 2;
constexpr unsigned kCompressedTree = 3;

void put_u32(ByteBuffer& out, std::uint32_t value) {
    const std::array<std::byte, 4> bytes{std::byte(value), std::byte(value >> 8U), std::byte(value >> 16U),
                                         std::byte(value >> 24U)};
    out.append(bytes);
}

std::uint32_t get_u32(std::span<const std::byte> bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value |= std::to_integer<std::uint32_t>(bytes[i]) << (8 * i);
    return value;
}

Error bad_header(std::string_view why) {
    return Error(ErrorCode::kCorruption, "pack header: " + std::string(why));
}

}  // namespace

std::string_view to_string(BlobType type) {
    return type == BlobType::kData ? "data" : "tree";
}

ByteBuffer encode_pack_header(std::span<const PackedBlob> blobs) {
    ByteBuffer out(blobs.size() * kCompressedPackEntryBytes);
    out.set_size(0);
    for (const auto& blob : blobs) {
        const bool is_compressed = blob.uncompressed_length != 0;
        const bool is_tree = blob.type == BlobType::kTree;
        const unsigned type = (is_compressed ? kCompressedData : kPlainData) + (is_tree ? 1U : 0U);
        out.append(std::array{std::byte(type)});
        put_u32(out, blob.length);
        if (is_compressed) put_u32(out, blob.uncompressed_length);
        out.append(blob.id.bytes());
    }
    return out;
}

Result<std::vector<PackedBlob>> decode_pack_header(std::span<const std::byte> header) {
    std::vector<PackedBlob> blobs;
    blobs.reserve(header.size() / kPackEntryBytes);
    std::uint64_t offset = 0;
    while (!header.empty()) {
        const auto type = std::to_integer<unsigned>(header[0]);
        if (type > kCompressedTree) return bad_header("a blob of unknown type " + std::to_string(type));
        const bool is_compressed = type >= kCompressedData;
        const std::size_t size = is_compressed ? kCompressedPackEntryBytes : kPackEntryBytes;
        if (header.size() < size) return bad_header("the last entry is cut short");
        PackedBlob blob;
        blob.type = type == kPlainTree || type == kCompressedTree ? BlobType::kTree : BlobType::kData;
        blob.length = get_u32(header.subspan(1));
        if (is_compressed) blob.uncompressed_length = get_u32(header.subspan(5));
        blob.id = Id(header.subspan(size - Id::kSize).first<Id::kSize>());
        if (blob.length < crypto::SealedBox::kOverhead) return bad_header("a blob shorter than its MAC");
        if (is_compressed && blob.uncompressed_length == 0) return bad_header("a compressed blob of no length");
        blob.offset = static_cast<std::uint32_t>(offset);
        offset += blob.length;
        if (offset > std::numeric_limits<std::uint32_t>::max()) return bad_header("blobs past 4 GiB");
        blobs.push_back(blob);
        header = header.subspan(size);
    }
    return blobs;
}

Result<PackTail> read_pack_tail(crypto::SealedBox& box, std::span<const std::byte> tail, std::uint64_t pack_size) {
    constexpr std::size_t kOverhead = crypto::SealedBox::kOverhead;
    if (tail.size() < kPackTrailerBytes || pack_size < kPackTrailerBytes + kOverhead) {
        return Error(ErrorCode::kCorruption, "pack: too short");
    }
    const std::size_t length = get_u32(tail.last(kPackTrailerBytes));
    if (length < kOverhead || length > kMaxPackHeaderBytes || length > pack_size - kPackTrailerBytes) {
        return bad_header("its length of " + std::to_string(length) + " bytes is impossible");
    }
    if (tail.size() < length + kPackTrailerBytes) return PackTail{{}, length + kPackTrailerBytes};
    auto sealed = ByteBuffer::copy_of(tail.last(length + kPackTrailerBytes).first(length));
    auto header = box.open(sealed.bytes());
    if (!header) return std::move(header).error().context("pack header");
    PackTail out;
    COFRE_ASSIGN(out.blobs, decode_pack_header(*header));
    const std::uint64_t end = out.blobs.empty() ? 0 : std::uint64_t{out.blobs.back().offset} + out.blobs.back().length;
    if (end + length + kPackTrailerBytes != pack_size)
        return bad_header("it does not account for every byte of the pack");
    return out;
}

}  // namespace cofre::repo
