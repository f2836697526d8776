#pragma once

/// @file
/// One blob from plaintext to the box that lies in a pack, and back. Both keep
/// their buffers and contexts: make one for each thread and use it often.

#include <optional>
#include <span>

#include "base/byte_buffer.h"
#include "base/result.h"
#include "codec/block_codec.h"
#include "crypto/sealed_box.h"
#include "repo/blob.h"
#include "repo/blob_verifier.h"

namespace cofre::repo {

/// Not thread-safe. Memory: the largest blob so far.
class BlobDecoder {
public:
    explicit BlobDecoder(const crypto::BoxKey& key) : box_(key) {}

    /// Opens `box` in place, decompresses, and compares with the id. The view
    /// lies in `box` or in this object: valid until either changes. kCorruption:
    /// the MAC, the length or the hash does not fit.
    Result<std::span<const std::byte>> decode(const PackedBlob& blob, std::span<std::byte> box);

private:
    crypto::SealedBox box_;
    codec::BlockDecompressor decompressor_;
    ByteBuffer plain_;
};

enum class BlobCompression : std::uint8_t {
    kNever,   ///< Format version 1, or data with compression off.
    kWorth,   ///< If it saves something; what looks incompressible is not tried.
    kAlways,  ///< Trees.
};

/// Not thread-safe. Memory: the largest blob so far, and a zstd context each way.
class BlobEncoder {
public:
    /// `verify`: decode each box again before it is given out.
    BlobEncoder(const crypto::BoxKey& key, codec::BlockLevel level, bool verify);

    struct Encoded {
        PackedBlob blob;                 ///< Without an offset.
        std::span<const std::byte> box;  ///< Valid until the next call.
    };
    /// `id` is the hash of `plain`. kCorruption: the box does not decode to what
    /// went in: bad memory, or a bug; nothing must be written.
    Result<Encoded> encode(BlobType type, const Id& id, std::span<const std::byte> plain, BlobCompression compression);

private:
    crypto::SealedBox box_;
    codec::BlockCompressor compressor_;
    bool tries_hard_;
    std::optional<BlobVerifier> verifier_;
    ByteBuffer sealed_;
};

}  // namespace cofre::repo
