#include "repo/pack_format.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "repo/pack_builder.h"
#include "repo/repo_layout.h"

namespace cofre::repo {
namespace {

PackedBlob sample_blob(BlobType type, std::uint32_t length, std::uint32_t uncompressed) {
    PackedBlob blob;
    blob.id = Id::of(as_bytes(std::to_string(length)));
    blob.type = type;
    blob.length = length;
    blob.uncompressed_length = uncompressed;
    return blob;
}

std::vector<PackedBlob> sample_blobs() {
    std::vector<PackedBlob> blobs{sample_blob(BlobType::kData, 40, 0), sample_blob(BlobType::kTree, 50, 0),
                                  sample_blob(BlobType::kData, 60, 1000), sample_blob(BlobType::kTree, 70, 2000)};
    blobs[1].offset = 40;
    blobs[2].offset = 90;
    blobs[3].offset = 150;
    return blobs;
}

// Source of the layout: restic's design document, "Pack Format".
TEST(PackHeader, IsWrittenAsTheFormatSays) {
    const auto header = encode_pack_header(sample_blobs());
    EXPECT_EQ(header.size(), 2 * 37U + 2 * 41U);
    const std::string hex = hex_encode(header.bytes());
    EXPECT_EQ(hex.substr(0, 10), "0028000000");
    EXPECT_EQ(hex.substr(10, 64), Id::of(as_bytes("40")).hex());
    EXPECT_EQ(hex.substr(74, 10), "0132000000");
    EXPECT_EQ(hex.substr(148, 18), "023c000000e8030000");
    EXPECT_EQ(hex.substr(148 + 82, 18), "0346000000d0070000");
}

TEST(PackHeader, IsReadAsItWasWritten) {
    const auto blobs = sample_blobs();
    EXPECT_EQ(*decode_pack_header(encode_pack_header(blobs).bytes()), blobs);
    EXPECT_TRUE(decode_pack_header({})->empty());
}

TEST(PackHeader, RefusesWhatCannotBe) {
    const auto good = encode_pack_header(sample_blobs());
    EXPECT_FALSE(decode_pack_header(good.bytes().first(good.size() - 1)));
    auto unknown = ByteBuffer::copy_of(good.bytes());
    unknown.data()[0] = std::byte{4};
    EXPECT_EQ(decode_pack_header(unknown.bytes()).error().code(), ErrorCode::kCorruption);
    EXPECT_FALSE(decode_pack_header(encode_pack_header(std::vector{sample_blob(BlobType::kData, 31, 0)}).bytes()));
    const auto large = sample_blob(BlobType::kData, 0xffffffff, 0);
    EXPECT_FALSE(decode_pack_header(encode_pack_header(std::vector{large, large}).bytes()));
    auto no_length = encode_pack_header(std::vector{sample_blob(BlobType::kData, 60, 1)});
    no_length.data()[5] = std::byte{0};
    EXPECT_FALSE(decode_pack_header(no_length.bytes()));
}

class BuiltPack : public ::testing::Test {
protected:
    FinishedPack build(std::size_t count) {
        PackBuilder builder(4U << 20U, {});
        for (std::size_t i = 0; i < count; ++i) {
            ByteBuffer sealed(100 + crypto::SealedBox::kOverhead);
            box_.seal(sealed.bytes());
            auto blob = sample_blob(BlobType::kData, static_cast<std::uint32_t>(sealed.size()), 0);
            builder.append(blob, sealed.bytes());
        }
        return std::move(builder).finish(box_);
    }
    crypto::SealedBox box_{crypto::BoxKey::random()};
};

TEST_F(BuiltPack, IsNamedByItsHashAndHasAHeaderThatFits) {
    const auto pack = build(5);
    EXPECT_EQ(pack.content.id, Id::of(pack.bytes.bytes()));
    const auto tail = read_pack_tail(box_, pack.bytes.bytes(), pack.bytes.size());
    ASSERT_TRUE(tail);
    EXPECT_EQ(tail->needed_tail, 0U);
    EXPECT_EQ(tail->blobs, pack.content.blobs);
}

TEST_F(BuiltPack, AsksForAsMuchOfTheEndAsTheHeaderHas) {
    const auto pack = build(50);
    const auto few = read_pack_tail(box_, pack.bytes.bytes().last(100), pack.bytes.size());
    ASSERT_TRUE(few);
    ASSERT_EQ(few->needed_tail, 50 * kPackEntryBytes + 32 + 4);
    const auto enough = read_pack_tail(box_, pack.bytes.bytes().last(few->needed_tail), pack.bytes.size());
    EXPECT_EQ(enough->blobs.size(), 50U);
}

TEST_F(BuiltPack, RefusesAHeaderThatDoesNotAccountForEveryByte) {
    const auto pack = build(3);
    EXPECT_FALSE(read_pack_tail(box_, pack.bytes.bytes(), pack.bytes.size() + 1));
    EXPECT_FALSE(read_pack_tail(box_, pack.bytes.bytes().last(2), 2));
    auto long_header = ByteBuffer::copy_of(pack.bytes.bytes());
    long_header.data()[long_header.size() - 1] = std::byte{0x7f};
    EXPECT_EQ(read_pack_tail(box_, long_header.bytes(), long_header.size()).error().code(), ErrorCode::kCorruption);
}

TEST(Id, ParsesLowerCaseOnly) {
    const Id id = Id::of(as_bytes("abc"));
    EXPECT_EQ(id.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(*Id::parse(id.hex()), id);
    EXPECT_EQ(id.short_hex(), "ba7816bf");
    std::string upper = id.hex();
    upper[1] = 'A';
    for (const std::string& bad : {upper, id.hex().substr(1), id.hex() + "0", std::string(64, 'g'), std::string()})
        EXPECT_FALSE(Id::parse(bad)) << bad;
}

TEST(RepoLayout, KnowsItsKeysFromForeignOnes) {
    const auto layout = *Layout::create("p");
    const Id id = Id::of(as_bytes("abc"));
    for (const auto kind : {FileKind::kKey, FileKind::kPack, FileKind::kIndex, FileKind::kSnapshot, FileKind::kLock}) {
        const auto key = layout.key(kind, id);
        EXPECT_EQ(layout.id_of(kind, key.str()), id);
        EXPECT_EQ(layout.id_of(FileKind::kIndex, key.str()).has_value(), kind == FileKind::kIndex);
    }
    EXPECT_EQ(layout.key(FileKind::kPack, id).str(), "p/data/ba/" + id.hex());
    EXPECT_EQ(layout.config_key().str(), "p/config");
    EXPECT_FALSE(layout.id_of(FileKind::kPack, "p/data/bb/" + id.hex()));
    EXPECT_FALSE(layout.id_of(FileKind::kPack, "p/data/" + id.hex()));
    EXPECT_FALSE(layout.id_of(FileKind::kIndex, "p/index/" + id.hex() + ".tmp"));
    EXPECT_FALSE(Layout::create(std::string(1000, 'x')));
}

}  // namespace
}  // namespace cofre::repo
