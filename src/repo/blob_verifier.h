#pragma once

/// @file
/// Does a box hold the blob that went in? Asked before it is stored.

#include <functional>
#include <span>

#include "base/byte_buffer.h"
#include "base/result.h"
#include "codec/block_codec.h"
#include "crypto/sealed_box.h"
#include "repo/blob.h"

namespace cofre::repo {

/// Decrypts, decompresses and hashes piece by piece, so that a piece is still in the
/// processor's cache when the next step needs it. Not thread-safe.
/// Memory: two pieces of 128 KiB and what the decompressor keeps, whatever the blob's length.
class BlobVerifier {
public:
    explicit BlobVerifier(const crypto::BoxKey& key);

    /// kCorruption: the MAC, the length or the hash does not fit. `box` is not changed.
    Status verify(const PackedBlob& blob, std::span<const std::byte> box);

private:
    Status check_plain(const PackedBlob& blob, std::span<const std::byte> box);

    crypto::SealedBox box_;
    codec::BlockDecompressor decompressor_;
    ByteBuffer opened_;
    ByteBuffer plain_;
};

}  // namespace cofre::repo
