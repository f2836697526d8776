#include "repo/blob_codec.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace cofre::repo {
namespace {

constexpr std::size_t kIv = crypto::SealedBox::kIvSize;
constexpr std::size_t kOverhead = crypto::SealedBox::kOverhead;

Error damaged_blob(const PackedBlob& blob, const std::string& why) {
    return Error(ErrorCode::kCorruption,
                 std::string(to_string(blob.type)) + " blob " + blob.id.short_hex() + ": " + why);
}

/// Room for `size` bytes; what is in there is not kept.
void make_room(ByteBuffer& buffer, std::size_t size) {
    if (buffer.capacity() < size) buffer = ByteBuffer(size);
    buffer.set_size(size);
}

}  // namespace

Result<std::span<const std::byte>> BlobDecoder::decode(const PackedBlob& blob, std::span<std::byte> box) {
    auto opened = box_.open(box);
    if (!opened) return damaged_blob(blob, opened.error().message());
    std::span<const std::byte> plain = *opened;
    if (blob.uncompressed_length != 0) {
        if (blob.uncompressed_length > kMaxBlobBytes) return damaged_blob(blob, "larger than 1 GiB");
        make_room(plain_, blob.uncompressed_length);
        if (auto done = decompressor_.decompress_exact(plain, plain_.bytes()); !done) {
            return damaged_blob(blob, done.error().message());
        }
        plain = plain_.bytes();
    }
    if (Id::of(plain) != blob.id) return damaged_blob(blob, "the content does not hash to its id");
    return plain;
}

BlobEncoder::BlobEncoder(const crypto::BoxKey& key, codec::BlockLevel level, bool verify)
    : box_(key), compressor_(level), tries_hard_(level == codec::BlockLevel::kMax) {
    if (verify) verifier_.emplace(key);
}

Result<BlobEncoder::Encoded> BlobEncoder::encode(BlobType type, const Id& id, std::span<const std::byte> plain,
                                                 BlobCompression compression) {
    COFRE_CHECK(!plain.empty() && plain.size() <= kMaxBlobBytes);
    make_room(sealed_, codec::BlockCompressor::bound(plain.size()) + kOverhead);
    Encoded out;
    out.blob.type = type;
    out.blob.id = id;
    const bool tries = compression == BlobCompression::kAlways ||
                       (compression == BlobCompression::kWorth && (tries_hard_ || !codec::looks_incompressible(plain)));
    std::size_t size = plain.size();
    if (tries) {
        COFRE_ASSIGN(size, compressor_.compress(plain, sealed_.bytes().subspan(kIv)));
        if (compression == BlobCompression::kAlways || size < plain.size()) {
            out.blob.uncompressed_length = static_cast<std::uint32_t>(plain.size());
        }
    }
    if (out.blob.uncompressed_length == 0) {
        size = plain.size();
        std::memcpy(sealed_.data() + kIv, plain.data(), size);
    }
    sealed_.set_size(size + kOverhead);
    box_.seal(sealed_.bytes());
    out.blob.length = static_cast<std::uint32_t>(sealed_.size());
    out.box = sealed_.bytes();
    if (verifier_) {
        if (auto same = verifier_->verify(out.blob, out.box); !same) {
            return std::move(same)
                .error()
                .context("verify before it is stored")
                .with_hint("this machine's memory or processor may be faulty: test it before the next backup");
        }
    }
    return out;
}

}  // namespace cofre::repo
