// What must not happen: torn objects, changed sources, calls that do not stop.

#include <atomic>

#include "base/encoding.h"
#include "base/parallel.h"
#include "store/testing/store_contract.h"

namespace cofre::store::testing {
namespace {

/// A file that is edited while it is backed up: each byte changes once the
/// first pass has come to the end.
class EditedSource final : public ByteSource {
public:
    explicit EditedSource(std::size_t size) : size_(size) {}
    std::uint64_t size() const override { return size_; }
    Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
        const bool is_edited = passes_ > 0;
        for (std::byte& byte : out)
            byte = static_cast<std::byte>(is_edited ? 'B' : 'A');
        if (offset + out.size() == size_) ++passes_;
        return {};
    }
    int passes() const { return passes_; }

private:
    std::size_t size_;
    mutable std::atomic<int> passes_ = 0;
};

/// A file that is cut while it is backed up, before its last byte is read.
class TruncatedSource final : public ByteSource {
public:
    explicit TruncatedSource(std::size_t size) : size_(size) {}
    std::uint64_t size() const override { return size_; }
    Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
        if (offset + out.size() == size_) return Error(ErrorCode::kConflict, "read file: it became shorter");
        return {};
    }

private:
    std::size_t size_;
};

}  // namespace

TEST_P(StoreContract, PutRefusesOtherBytesThanAnnounced) {
    PutOptions options;
    options.sha256 = crypto::sha256("announced");
    EXPECT_EQ(code(put("object", "different", options)), "conflict");
    EXPECT_EQ(list(), std::vector<std::string>());
    ASSERT_TRUE(put("object", "announced", options));
    EXPECT_EQ(code(put("object", "different", options)), "conflict");
    EXPECT_EQ(get("object"), "announced");
}

TEST_P(StoreContract, SourceThatChangesAfterItWasHashedIsConflict) {
    const std::size_t size = GetParam().large_bytes;
    EditedSource source(size);
    ASSERT_TRUE(copy_bytes(source, [](std::span<const std::byte>) -> Status { return {}; }));
    PutOptions options;
    options.sha256 = crypto::sha256(std::string(size, 'A'));
    EXPECT_EQ(code(store_->put(ctx_, key("object"), source, options)), "conflict");
    EXPECT_EQ(list(), std::vector<std::string>());
}

// A store that reads once stores one version and says which; one that reads
// twice, to hash and to send, must notice.
TEST_P(StoreContract, SourceThatChangesBetweenReadsIsNeverStoredUnderAWrongDigest) {
    const EditedSource source(GetParam().large_bytes);
    const auto receipt = store_->put(ctx_, key("object"), source, {});
    if (receipt) {
        EXPECT_EQ(source.passes(), 1);
        EXPECT_EQ(receipt->sha256, crypto::sha256(get("object")));
    } else {
        EXPECT_EQ(receipt.error().code(), ErrorCode::kConflict);
        EXPECT_EQ(list(), std::vector<std::string>());
    }
}

TEST_P(StoreContract, SourceThatShrinksIsConflict) {
    const TruncatedSource source(GetParam().large_bytes);
    EXPECT_EQ(code(store_->put(ctx_, key("object"), source, {})), "conflict");
    EXPECT_EQ(list(), std::vector<std::string>());
    ASSERT_TRUE(put("object", "old"));
    EXPECT_EQ(code(store_->put(ctx_, key("object"), source, {})), "conflict");
    EXPECT_EQ(get("object"), "old");
}

TEST_P(StoreContract, ErrorOfTheSinkEndsTheGet) {
    ASSERT_TRUE(put("object", "hello"));
    const auto result = store_->get(ctx_, key("object"), {}, [](std::span<const std::byte>) -> Status {
        return Error(ErrorCode::kResourceExhausted, "disk full");
    });
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kResourceExhausted);
    EXPECT_EQ(result.error().message(), "disk full");
}

TEST_P(StoreContract, StopIsCancelled) {
    ASSERT_TRUE(put("object", "x"));
    std::stop_source stop;
    stop.request_stop();
    const CallContext stopped = {.stop = stop.get_token()};
    const auto nothing = [](const auto&) -> Status { return {}; };
    EXPECT_EQ(code(store_->put(stopped, key("new"), SpanSource("x"), {})), "cancelled");
    EXPECT_EQ(code(store_->get(stopped, key("object"), {}, nothing)), "cancelled");
    EXPECT_EQ(code(store_->head(stopped, key("object"))), "cancelled");
    EXPECT_EQ(code(store_->list(stopped, {.prefix = base()}, nothing)), "cancelled");
    EXPECT_EQ(code(store_->remove(stopped, key("object"))), "cancelled");
    EXPECT_EQ(list(), std::vector<std::string>{"object"});
}

TEST_P(StoreContract, PassedDeadlineIsDeadlineExceeded) {
    ASSERT_TRUE(put("object", "x"));
    const CallContext late = {.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1)};
    EXPECT_EQ(code(store_->put(late, key("new"), SpanSource("x"), {})), "deadline exceeded");
    EXPECT_EQ(code(store_->head(late, key("object"))), "deadline exceeded");
    EXPECT_EQ(list(), std::vector<std::string>{"object"});
}

TEST_P(StoreContract, StopDuringAPutLeavesNothing) {
    std::stop_source stop;
    auto writer = store_->create_writer({.stop = stop.get_token()}, key("object"), {});
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->append({.stop = stop.get_token()}, as_bytes("x")));
    stop.request_stop();
    EXPECT_EQ(code((*writer)->commit({.stop = stop.get_token()})), "cancelled");
    writer->reset();
    EXPECT_EQ(list(), std::vector<std::string>());
}

TEST_P(StoreContract, ConcurrentPutsLeaveOneWholeVersion) {
    const std::size_t size = 200'000;
    ASSERT_TRUE(parallel_for(ctx_, 4, 4, [&](const CallContext& ctx, std::size_t thread) -> Status {
        const std::string body(size, static_cast<char>('a' + thread));
        for (int round = 0; round < 5; ++round)
            COFRE_TRY(store_->put(ctx, key("object"), SpanSource(std::string_view(body)), {}));
        return {};
    }));
    const std::string text = get("object");
    ASSERT_EQ(text.size(), size);
    EXPECT_TRUE(text == std::string(size, text.front())) << "bytes of several versions are mixed";
}

TEST_P(StoreContract, ReadersSeeWholeVersionsWhileItIsReplaced) {
    const std::size_t size = 100'000;
    ASSERT_TRUE(put("object", std::string(size, 'a')));
    std::atomic<int> mixed = 0;
    ASSERT_TRUE(parallel_for(ctx_, 4, 4, [&](const CallContext& ctx, std::size_t thread) -> Status {
        for (int round = 0; round < 10; ++round) {
            if (thread == 0) {
                const std::string body(size, static_cast<char>('b' + round));
                COFRE_TRY(store_->put(ctx, key("object"), SpanSource(std::string_view(body)), {}));
                continue;
            }
            const auto text = get_small(*store_, ctx, key("object"), size);
            // A reader that noticed the change may say so, and nothing else.
            if (!text && text.error().code() != ErrorCode::kConflict) return text.error();
            if (text && *text != std::string(size, text->front())) ++mixed;
        }
        return {};
    }));
    EXPECT_EQ(mixed, 0);
}

TEST_P(StoreContract, ConcurrentIfAbsentHasOneWinner) {
    std::atomic<int> winners = 0;
    ASSERT_TRUE(parallel_for(ctx_, 8, 4, [&](const CallContext& ctx, std::size_t thread) -> Status {
        const std::string body = std::to_string(thread);
        const auto receipt = store_->put(ctx, key("object"), SpanSource(std::string_view(body)), {.if_absent = true});
        if (receipt) ++winners;
        if (!receipt && receipt.error().code() != ErrorCode::kConflict) return receipt.error();
        return {};
    }));
    EXPECT_EQ(winners, 1);
}

TEST_P(StoreContract, PutsAndRemovesInOneFolderDoNotDisturbEachOther) {
    ASSERT_TRUE(parallel_for(ctx_, 4, 4, [&](const CallContext& ctx, std::size_t thread) -> Status {
        const ObjectKey mine = key("deep/folder/" + std::to_string(thread));
        for (int round = 0; round < 25; ++round) {
            COFRE_TRY(store_->put(ctx, mine, SpanSource("x"), {}));
            COFRE_TRY(store_->head(ctx, mine));
            COFRE_TRY(store_->remove(ctx, mine));
        }
        return {};
    }));
    EXPECT_EQ(list(), std::vector<std::string>());
}

}  // namespace cofre::store::testing
