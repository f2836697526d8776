#include "repo/blob_writer.h"

#include <set>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/parallel.h"
#include "repo/testing/memory_repository.h"

namespace cofre::repo {
namespace {

class BlobWriterTest : public testing::MemoryRepository {};

TEST_F(BlobWriterTest, StoresABlobOnceAlsoWhileItIsUnderWay) {
    const auto repo = init();
    BlobWriter writer(ctx_, *repo, {.workers = 2, .uploads = 2});
    const std::string text = testing::random_text(100'000, 1);
    EXPECT_TRUE(writer.save(BlobType::kData, as_bytes(text))->is_new);
    EXPECT_FALSE(writer.save(BlobType::kData, as_bytes(text))->is_new);
    ASSERT_TRUE(writer.flush());
    EXPECT_FALSE(writer.save(BlobType::kData, as_bytes(text))->is_new);
    ASSERT_TRUE(writer.flush());
    EXPECT_EQ(keys_below("data/").size(), 1U);
    EXPECT_EQ(keys_below("index/").size(), 1U) << "a flush with nothing new writes nothing";
    const auto totals = writer.totals();
    EXPECT_EQ(totals.blobs_seen, 3U);
    EXPECT_EQ(totals.blobs_new, 1U);
    EXPECT_EQ(totals.bytes_new, text.size());
    EXPECT_GE(totals.bytes_packed, text.size());
}

TEST_F(BlobWriterTest, FillsPacksFromManyThreadsAndNeverMixesTypes) {
    const auto repo = init();
    BlobWriter writer(ctx_, *repo, {.pack_bytes = 4U << 20U, .workers = 3, .uploads = 2});
    const auto saved = parallel_for(ctx_, 40, 4, [&](const CallContext&, std::size_t i) -> Status {
        const auto text = testing::random_text(400'000, static_cast<unsigned>(i / 2));  // Each twice.
        COFRE_TRY(writer.save(BlobType::kData, as_bytes(text)));
        COFRE_TRY(writer.save(BlobType::kTree, as_bytes(text).first(1000)));
        return {};
    });
    ASSERT_TRUE(saved);
    ASSERT_TRUE(writer.flush());
    EXPECT_EQ(writer.totals().blobs_new, 40U);
    ASSERT_TRUE(repo->load_index(ctx_));
    std::size_t blobs = 0;
    repo->with_index([&](const BlobIndex& index) {
        EXPECT_GE(index.pack_count(), 3U);
        index.for_each_pack([&](PackNumber, std::span<const PackedBlob> content) {
            std::set<BlobType> types;
            for (const auto& blob : content)
                types.insert(blob.type);
            EXPECT_EQ(types.size(), 1U);
            blobs += content.size();
        });
    });
    EXPECT_EQ(blobs, 40U);
}

TEST_F(BlobWriterTest, RefusesAnEmptyBlob) {
    const auto repo = init();
    BlobWriter writer(ctx_, *repo, {.workers = 1});
    EXPECT_EQ(writer.save(BlobType::kData, {}).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(BlobWriterTest, WritesNothingThatRefersToAFailedPack) {
    const auto repo = init();
    BlobWriterOptions options{.workers = 1, .uploads = 1};
    options.may_write = []() -> Status { return Error(ErrorCode::kLocked, "the lock is lost"); };
    // Often: flush() and the failing upload race each other.
    for (int round = 0; round < 200; ++round) {
        BlobWriter writer(ctx_, *repo, options);
        ASSERT_TRUE(writer.save(BlobType::kData, as_bytes("text")));
        const auto flushed = writer.flush();
        ASSERT_FALSE(flushed) << "round " << round;
        EXPECT_EQ(flushed.error().code(), ErrorCode::kLocked);
        EXPECT_EQ(writer.save(BlobType::kData, as_bytes("more")).error().code(), ErrorCode::kLocked);
    }
    EXPECT_TRUE(keys_below("data/").empty());
    EXPECT_TRUE(keys_below("index/").empty());
}

TEST_F(BlobWriterTest, F41_WritesNothingThatRefersToAPackForWhichThereWasNoMemory) {
    const auto repo = init();
    BlobWriterOptions options{.workers = 1, .uploads = 1};
    options.may_write = []() -> Status { throw std::bad_alloc(); };
    for (int round = 0; round < 200; ++round) {
        BlobWriter writer(ctx_, *repo, options);
        ASSERT_TRUE(writer.save(BlobType::kData, as_bytes("text")));
        const auto flushed = writer.flush();
        ASSERT_FALSE(flushed) << "round " << round;
        EXPECT_EQ(flushed.error().code(), ErrorCode::kInternal) << flushed.error().message();
    }
    EXPECT_TRUE(keys_below("index/").empty());
}

TEST_F(BlobWriterTest, AWriterThatIsDroppedLeavesNoIndex) {
    const auto repo = init();
    {
        BlobWriter writer(ctx_, *repo, {.workers = 1, .uploads = 1});
        ASSERT_TRUE(writer.save(BlobType::kData, as_bytes("text")));
    }
    EXPECT_TRUE(keys_below("index/").empty());
}

TEST_F(BlobWriterTest, AStopIsAnError) {
    const auto repo = init();
    std::stop_source stop;
    BlobWriter writer({.stop = stop.get_token()}, *repo, {.workers = 1, .uploads = 1});
    stop.request_stop();
    EXPECT_EQ(writer.flush().error().code(), ErrorCode::kCancelled);
}

TEST_F(BlobWriterTest, CompressesWhatIsWorthItAndTreesAlways) {
    auto options = cheap_options();
    for (const auto& [setting, data_is_compressed] :
         {std::pair(Compression::kOff, false), std::pair(Compression::kAuto, true),
          std::pair(Compression::kMax, true)}) {
        options.compression = setting;
        options.prefix = std::to_string(static_cast<int>(setting));
        const auto repo = init(options);
        BlobWriter writer(ctx_, *repo, {.workers = 1, .uploads = 1});
        const std::string prose(50'000 + static_cast<std::size_t>(setting), 'p');
        const std::string noise = testing::random_text(100'000, static_cast<unsigned>(setting));
        const auto a = writer.save(BlobType::kData, as_bytes(prose))->id;
        const auto b = writer.save(BlobType::kData, as_bytes(noise))->id;
        const auto c = writer.save(BlobType::kTree, as_bytes(prose))->id;
        ASSERT_TRUE(writer.flush());
        repo->with_index([&, compressed = data_is_compressed](const BlobIndex& index) {
            EXPECT_EQ(index.find(BlobType::kData, a)->blob.uncompressed_length != 0, compressed);
            EXPECT_EQ(index.find(BlobType::kData, b)->blob.uncompressed_length, 0U);
            EXPECT_EQ(index.find(BlobType::kTree, c)->blob.uncompressed_length, prose.size());
        });
        EXPECT_EQ(repo->load_blob(ctx_, BlobType::kData, a)->text(), prose);
    }
}

}  // namespace
}  // namespace cofre::repo
