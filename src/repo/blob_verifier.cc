#include "repo/blob_verifier.h"

#include <algorithm>
#include <string>

#include "crypto/digest.h"

namespace cofre::repo {
namespace {

constexpr std::size_t kVerifiedPiece = 128UL * 1024;  // Both fit a second-level cache.

}  // namespace

BlobVerifier::BlobVerifier(const crypto::BoxKey& key) : box_(key), opened_(kVerifiedPiece), plain_(kVerifiedPiece) {
    opened_.set_size(kVerifiedPiece);
    plain_.set_size(kVerifiedPiece);
}

Status BlobVerifier::verify(const PackedBlob& blob, std::span<const std::byte> box) {
    auto checked = check_plain(blob, box);
    if (checked) return {};
    return std::move(checked).error().context(std::string(to_string(blob.type)) + " blob " + blob.id.short_hex());
}

Status BlobVerifier::check_plain(const PackedBlob& blob, std::span<const std::byte> box) {
    crypto::Sha256 hash;
    std::uint64_t length = 0;
    const auto take = [&](std::span<const std::byte> plain) -> Status {
        hash.update(plain);
        length += plain.size();
        return {};
    };
    std::uint64_t expected = blob.uncompressed_length;
    if (expected == 0) {
        expected = box.size() - std::min(box.size(), crypto::SealedBox::kOverhead);
        COFRE_TRY(box_.open_in_pieces(box, opened_.bytes(), take));
    } else {
        decompressor_.begin();
        COFRE_TRY(box_.open_in_pieces(box, opened_.bytes(), [&](std::span<const std::byte> piece) {
            return decompressor_.add(piece, plain_.bytes(), take);
        }));
        if (!decompressor_.is_complete()) return Error(ErrorCode::kCorruption, "its zstd frame is cut short");
    }
    if (length != expected) return Error(ErrorCode::kCorruption, "the content has another length");
    if (Id(hash.finish()) == blob.id) return {};
    return Error(ErrorCode::kCorruption, "the content does not hash to its id");
}

}  // namespace cofre::repo
