#include "repo/blob_index.h"

#include <map>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "repo/index_file.h"

namespace cofre::repo {
namespace {

Id numbered_id(unsigned number) {
    return Id::of(as_bytes("blob" + std::to_string(number)));
}

PackedBlob numbered_blob(unsigned number, BlobType type = BlobType::kData) {
    return {numbered_id(number), type, number % 7 * 100, 50 + number, number % 3 == 0 ? 0 : 9000 + number};
}

TEST(BlobIndex, FindsWhatWasInsertedThroughAllGrowth) {
    BlobIndex index;
    constexpr unsigned kCount = 100'000;
    for (unsigned i = 0; i < kCount; ++i)
        index.insert(index.add_pack(numbered_id(i / 10 + 1'000'000)), numbered_blob(i));
    EXPECT_EQ(index.size(), kCount);
    EXPECT_EQ(index.pack_count(), kCount / 10);
    for (unsigned i = 0; i < kCount; i += 17) {
        const auto place = index.find(BlobType::kData, numbered_id(i));
        ASSERT_TRUE(place) << i;
        EXPECT_EQ(place->blob, numbered_blob(i));
        EXPECT_EQ(index.pack_id(place->pack), numbered_id(i / 10 + 1'000'000));
        EXPECT_EQ(index.at(*index.ordinal(BlobType::kData, numbered_id(i))).blob, numbered_blob(i));
        EXPECT_FALSE(index.contains(BlobType::kTree, numbered_id(i)));
        EXPECT_FALSE(index.contains(BlobType::kData, numbered_id(i + kCount)));
    }
    EXPECT_LT(index.memory_bytes() / kCount, 75U);
}

TEST(BlobIndex, KeepsEveryPlaceOnce) {
    BlobIndex index;
    const auto a = index.add_pack(numbered_id(1));
    const auto b = index.add_pack(numbered_id(2));
    EXPECT_EQ(index.add_pack(numbered_id(1)), a);
    EXPECT_EQ(index.find_pack(numbered_id(2)), b);
    EXPECT_FALSE(index.find_pack(numbered_id(3)));
    for (int i = 0; i < 2; ++i) {
        index.insert(a, numbered_blob(5));
        index.insert(b, numbered_blob(5));
        index.insert(b, numbered_blob(5, BlobType::kTree));
    }
    EXPECT_EQ(index.size(), 3U);
    EXPECT_EQ(index.find_all(BlobType::kData, numbered_id(5)).size(), 2U);
    EXPECT_EQ(index.find_all(BlobType::kTree, numbered_id(5)).size(), 1U);
}

TEST(BlobIndex, VisitsPackByPackInOrderOfOffsets) {
    BlobIndex index;
    for (const unsigned number : {6U, 2U, 9U, 4U, 1U})
        index.insert(index.add_pack(numbered_id(100 + number % 2)), numbered_blob(number));
    index.add_pack(numbered_id(999));
    std::map<Id, std::vector<std::uint32_t>> seen;
    index.for_each_pack([&](PackNumber pack, std::span<const PackedBlob> blobs) {
        for (const auto& blob : blobs)
            seen[index.pack_id(pack)].push_back(blob.offset);
    });
    EXPECT_EQ(seen[numbered_id(100)], (std::vector<std::uint32_t>{200, 400, 600}));
    EXPECT_EQ(seen[numbered_id(101)], (std::vector<std::uint32_t>{100, 200}));
}

Result<std::vector<PackContent>> decoded(std::string_view json) {
    auto bytes = ByteBuffer::copy_of(as_bytes(json));
    std::vector<PackContent> packs;
    COFRE_TRY(decode_index(bytes, [&](PackContent&& pack) -> Status {
        packs.push_back(std::move(pack));
        return {};
    }));
    return packs;
}

TEST(IndexFile, IsReadAsItWasWritten) {
    std::vector<PackContent> packs{{numbered_id(1), {numbered_blob(1), numbered_blob(2, BlobType::kTree)}},
                                   {numbered_id(2), {}},
                                   {numbered_id(3), {numbered_blob(3)}}};
    const auto again = decoded(encode_index(packs));
    ASSERT_TRUE(again);
    ASSERT_EQ(again->size(), 3U);
    for (std::size_t i = 0; i < packs.size(); ++i) {
        EXPECT_EQ((*again)[i].id, packs[i].id);
        EXPECT_EQ((*again)[i].blobs, packs[i].blobs);
    }
    EXPECT_TRUE(decoded(encode_index({}))->empty());
}

TEST(IndexFile, TakesAnyOrderUnknownKeysAndNull) {
    const std::string id(64, 'a');
    const auto packs = decoded(R"({"supersedes":["x"],"packs_to_delete":[{"id":")" + id +
                               R"(","time":"t"}],"packs":[{"blobs":[{"length":33,"future":{"a":[1,2]},"type":"tree",)"
                               R"("uncompressed_length":7,"offset":12,"id":")" +
                               id + R"("}],"id":")" + id + R"("},{"id":")" + id + R"(","blobs":null}]} )");
    ASSERT_TRUE(packs) << packs.error().message();
    ASSERT_EQ(packs->size(), 2U);
    EXPECT_EQ((*packs)[0].blobs.at(0), (PackedBlob{*Id::parse(id), BlobType::kTree, 12, 33, 7}));
    EXPECT_TRUE(decoded(R"({"packs":null})")->empty());
}

TEST(IndexFile, RefusesWhatIsNotAnIndex) {
    const std::string id(64, 'a');
    const auto blob = [&](const std::string& members) {
        return decoded(R"({"packs":[{"id":")" + id + R"(","blobs":[{)" + members + "}]}]}");
    };
    const std::string good = R"("id":")" + id + R"(","type":"data","offset":0,"length":40)";
    ASSERT_TRUE(blob(good));
    for (const std::string& bad : std::vector<std::string>{
             "", R"("id":")" + id + R"(","type":"data","offset":0)", R"("id":"x","type":"data","offset":0,"length":40)",
             R"("id":")" + id + R"(","type":"file","offset":0,"length":40)",
             R"("id":")" + id + R"(","type":"data","offset":-1,"length":40)",
             R"("id":")" + id + R"(","type":"data","offset":0,"length":31)",
             R"("id":")" + id + R"(","type":"data","offset":4294967290,"length":40)",
             R"("id":")" + id + R"(","type":"data","offset":0,"length":4294967296)",
             R"("id":")" + id + R"(","type":"data","offset":0,"length":"40")"})
        EXPECT_EQ(blob(bad).error().code(), ErrorCode::kCorruption) << bad;
    for (const char* bad : {"", "{", "[]", "{}", "null", "x", R"({"packs":{}})", R"({"packs":[1]})",
                            R"({"packs":[{}]})", R"({"packs":[]}x)", R"({"packs":[})"})
        EXPECT_FALSE(decoded(bad)) << bad;
}

}  // namespace
}  // namespace cofre::repo
