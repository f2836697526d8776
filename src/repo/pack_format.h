#pragma once

/// @file
/// The end of a pack: `box(header) | u32 length of that box`, little endian.
/// Source: restic's design document, "Pack Format".

#include <cstddef>
#include <span>
#include <vector>

#include "base/byte_buffer.h"
#include "base/result.h"
#include "crypto/sealed_box.h"
#include "repo/blob.h"

namespace cofre::repo {

constexpr std::size_t kPackTrailerBytes = 4;
constexpr std::size_t kMaxPackHeaderBytes = 16UL * 1024 * 1024;
/// Of one entry: type, length, [plain length,] id.
constexpr std::size_t kPackEntryBytes = 1 + 4 + 32;
constexpr std::size_t kCompressedPackEntryBytes = kPackEntryBytes + 4;

/// The plaintext of a header. Offsets are not written: blobs follow each other.
ByteBuffer encode_pack_header(std::span<const PackedBlob> blobs);

/// From the plaintext. kCorruption: an unknown type, a cut entry, a box shorter
/// than its overhead, or offsets past 4 GiB.
Result<std::vector<PackedBlob>> decode_pack_header(std::span<const std::byte> header);

/// From the end of a pack of `pack_size` bytes, of which `tail` is the last
/// part. nullopt in `needed`: the result is there. Otherwise: how many bytes of
/// tail it takes.
struct PackTail {
    std::vector<PackedBlob> blobs;
    std::size_t needed_tail = 0;  ///< Not 0: read this many bytes and ask again.
};
Result<PackTail> read_pack_tail(crypto::SealedBox& box, std::span<const std::byte> tail, std::uint64_t pack_size);

}  // namespace cofre::repo
