#include "repo/blob_verifier.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "repo/blob_codec.h"

namespace cofre::repo {
namespace {

std::string verified_text(std::size_t size) {
    std::string out;
    for (unsigned i = 0; out.size() < size; ++i)
        out += std::to_string(i * 2654435761U) + ' ';
    out.resize(size);
    return out;
}

struct SealedBlob {
    PackedBlob blob;
    std::vector<std::byte> box;
};

SealedBlob sealed_blob(const crypto::BoxKey& key, const std::string& text, BlobCompression compression) {
    BlobEncoder encoder(key, codec::BlockLevel::kAuto, true);
    const auto encoded = *encoder.encode(BlobType::kData, Id::of(as_bytes(text)), as_bytes(text), compression);
    return {encoded.blob, {encoded.box.begin(), encoded.box.end()}};
}

TEST(BlobVerifier, AcceptsWhatTheEncoderMadeAtEverySize) {
    const auto key = crypto::BoxKey::random();
    BlobVerifier verifier(key);
    for (const auto compression : {BlobCompression::kNever, BlobCompression::kAlways}) {
        for (const std::size_t size : {1U, 131071U, 131072U, 131073U, 5000000U}) {
            const auto made = sealed_blob(key, verified_text(size), compression);
            EXPECT_TRUE(verifier.verify(made.blob, made.box)) << size;
        }
    }
}

TEST(BlobVerifier, NamesWhatDoesNotFit) {
    const auto key = crypto::BoxKey::random();
    BlobVerifier verifier(key);
    for (const auto compression : {BlobCompression::kNever, BlobCompression::kAlways}) {
        const auto good = sealed_blob(key, verified_text(300000), compression);
        auto flipped = good;
        flipped.box[flipped.box.size() / 2] ^= std::byte{1};
        EXPECT_EQ(verifier.verify(flipped.blob, flipped.box).error().code(), ErrorCode::kCorruption);
        auto renamed = good;
        renamed.blob.id = Id::of(as_bytes("another text"));
        const auto wrong = verifier.verify(renamed.blob, renamed.box);
        ASSERT_FALSE(wrong);
        EXPECT_NE(wrong.error().message().find("does not hash to its id"), std::string::npos)
            << wrong.error().message();
        EXPECT_FALSE(verifier.verify(good.blob, std::span(good.box).first(20)));
        EXPECT_TRUE(verifier.verify(good.blob, good.box)) << "it serves again";
    }
    auto longer = sealed_blob(key, verified_text(300000), BlobCompression::kAlways);
    ++longer.blob.uncompressed_length;
    EXPECT_EQ(verifier.verify(longer.blob, longer.box).error().code(), ErrorCode::kCorruption);
}

}  // namespace
}  // namespace cofre::repo
