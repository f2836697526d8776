#pragma once

/// @file
/// What is inside packs, in numbers.

#include <cstdint>
#include <string_view>
#include <vector>

#include "repo/repo_id.h"

namespace cofre::repo {

enum class BlobType : std::uint8_t { kData, kTree };

/// "data" or "tree", as an index writes it.
std::string_view to_string(BlobType type);

/// One blob as it lies in a pack.
struct PackedBlob {
    Id id;
    BlobType type = BlobType::kData;
    std::uint32_t offset = 0;               ///< Of its box in the pack.
    std::uint32_t length = 0;               ///< Of its box: with IV and MAC.
    std::uint32_t uncompressed_length = 0;  ///< 0: not compressed.

    /// Of the plaintext.
    std::uint32_t plain_length() const { return uncompressed_length != 0 ? uncompressed_length : length - 32; }
    friend bool operator==(const PackedBlob&, const PackedBlob&) = default;
};

/// A pack and what lies in it, in order of offsets.
struct PackContent {
    Id id;
    std::vector<PackedBlob> blobs;
};

/// A blob, decrypted and decompressed, larger than this is refused: it can only
/// be an attack on our memory. (A folder of a million files has a tree of about
/// 500 MB; data blobs are at most 8 MiB.)
constexpr std::uint32_t kMaxBlobBytes = 1U << 30U;

}  // namespace cofre::repo
