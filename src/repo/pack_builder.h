#pragma once

/// @file
/// A pack in memory, growing blob by blob.

#include <cstdint>
#include <span>

#include "base/byte_buffer.h"
#include "crypto/digest.h"
#include "crypto/sealed_box.h"
#include "repo/blob.h"

namespace cofre::repo {

/// A pack ready to be stored.
struct FinishedPack {
    PackContent content;
    crypto::Sha256Digest sha256;  ///< Of `bytes`; as an id, its name.
    ByteBuffer bytes;
};

/// Data and tree blobs are never mixed: one builder for each. The hash is
/// computed as blobs come, while they are still in the processor's cache. Not
/// thread-safe. Memory: the buffer, and 48 bytes for each blob.
class PackBuilder {
public:
    /// `buffer` is reused if it is large enough.
    PackBuilder(std::uint64_t pack_bytes, ByteBuffer buffer);

    bool is_empty() const { return content_.blobs.empty(); }
    std::uint64_t size() const { return bytes_.size(); }
    /// True when no more blobs should come.
    bool is_full() const;

    /// `blob.offset` is set here.
    void append(PackedBlob blob, std::span<const std::byte> box);

    /// Writes the header. The builder is spent.
    FinishedPack finish(crypto::SealedBox& box) &&;

private:
    std::uint64_t pack_bytes_;
    ByteBuffer bytes_;
    PackContent content_;
    crypto::Sha256 hash_;
};

}  // namespace cofre::repo
