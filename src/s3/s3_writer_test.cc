#include "s3/s3_writer.h"

#include <atomic>
#include <stop_token>
#include <string>

#include <gtest/gtest.h>

#include "base/task_group.h"
#include "s3/testing/scripted_store.h"

namespace cofre::s3 {
namespace {

using testing::error_reply;
using testing::Recorded;
using testing::S3Fault;

class S3WriterTest : public testing::ScriptedStoreTest {
protected:
    std::unique_ptr<store::ObjectWriter> writer(const store::PutOptions& options = {}) {
        return *store_->create_writer(ctx_, key("k"), options);
    }
    Status append_in_pieces(store::ObjectWriter& target, std::string_view body, std::size_t piece) {
        for (std::size_t at = 0; at < body.size(); at += piece) {
            COFRE_TRY(target.append(ctx_, as_bytes(body.substr(at, piece))));
        }
        return {};
    }
};

class S3WriterSizes : public S3WriterTest, public ::testing::WithParamInterface<std::size_t> {};

TEST_P(S3WriterSizes, WritesWhatWasAppended) {
    const std::string body = body_of(GetParam());
    auto target = writer({.content_type = "a/b"});
    ASSERT_TRUE(append_in_pieces(*target, body, 700'001));
    EXPECT_EQ(stored("k"), "(none)");  // Not before commit().
    const auto receipt = target->commit(ctx_);
    ASSERT_TRUE(receipt) << receipt.error().message();
    EXPECT_EQ(receipt->size, body.size());
    EXPECT_EQ(receipt->sha256, crypto::sha256(body));
    EXPECT_EQ(stored("k"), body);
    EXPECT_EQ(server_->object("k")->content_type, "a/b");
    EXPECT_EQ(server_->pending_uploads(), 0U);
}

// Around one part of 5 MiB, around several, and more than fit in flight.
INSTANTIATE_TEST_SUITE_P(Sizes, S3WriterSizes,
                         ::testing::Values(0U, 1U, 5'242'879U, 5'242'880U, 5'242'881U, 10'485'760U, 42'000'000U));

TEST_F(S3WriterTest, ManyShareLittleMemoryAndAllComeToTheirEnd) {
    auto options = default_options();
    options.part_memory = std::make_shared<Semaphore>(12'000'000);  // Two parts.
    store_ = make_store(options);
    const std::string body = body_of(17'000'000);
    TaskGroup group{std::stop_token()};
    for (int i = 0; i < 6; ++i) {
        group.spawn([&, i](const std::stop_token&) -> Status {
            const auto one = *store_->create_writer(ctx_, key("k" + std::to_string(i)), {});
            COFRE_TRY(append_in_pieces(*one, body, 1'000'000));
            const auto receipt = one->commit(ctx_);
            return receipt ? Status() : Status(receipt.error());
        });
    }
    const Status all = group.wait();
    ASSERT_TRUE(all) << all.error().message();
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(stored("k" + std::to_string(i)), body);
    EXPECT_EQ(options.part_memory->used(), 0U);
}

TEST_F(S3WriterTest, SmallOnesNeedNoneOfTheSharedMemory) {
    auto options = default_options();
    options.part_memory = std::make_shared<Semaphore>(1);
    const auto held = *options.part_memory->acquire(1, {});
    store_ = make_store(options);
    auto target = writer();
    ASSERT_TRUE(target->append(ctx_, as_bytes(body_of(1'000'000))));
    EXPECT_TRUE(target->commit(ctx_));
}

TEST_F(S3WriterTest, OnePartOrLessTakesOneRequest) {
    auto target = writer();
    ASSERT_TRUE(target->append(ctx_, as_bytes(body_of(5'242'880))));
    ASSERT_TRUE(target->commit(ctx_));
    EXPECT_EQ(server_->requests().size(), 1U);
}

TEST_F(S3WriterTest, DestructionWithoutCommitLeavesNothing) {
    {
        auto target = writer();
        ASSERT_TRUE(target->append(ctx_, as_bytes(body_of(12'000'000))));
    }
    EXPECT_EQ(stored("k"), "(none)");
    EXPECT_EQ(server_->pending_uploads(), 0U);
}

TEST_F(S3WriterTest, APartThatFailsEndsAppendAndLeavesNothing) {
    server_->fail_first(1000, "PUT", "partNumber=1&", {.instead = error_reply(403, "AccessDenied")});
    const std::string piece = body_of(5'242'880);
    Status status;
    {
        auto target = writer();
        // Without the failure this would go on for as long as the parts do.
        for (int i = 0; i < 100 && status; ++i)
            status = target->append(ctx_, as_bytes(piece));
    }
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kPermissionDenied);
    EXPECT_EQ(server_->pending_uploads(), 0U);
}

TEST_F(S3WriterTest, APartThatFailsLateEndsCommit) {
    server_->fail_first(1000, "PUT", "partNumber=3&", {.instead = error_reply(403, "AccessDenied")});
    auto target = writer();
    ASSERT_TRUE(target->append(ctx_, as_bytes(body_of(12'000'000))));
    const auto receipt = target->commit(ctx_);
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code(), ErrorCode::kPermissionDenied);
    EXPECT_EQ(stored("k"), "(none)");
}

TEST_F(S3WriterTest, AStopDuringCommitLeavesNothing) {
    std::stop_source stop;
    server_->set_hook([&](const Recorded& r, int) -> std::optional<S3Fault> {
        if (!r.has_query("partNumber=3&")) return std::nullopt;
        stop.request_stop();
        return S3Fault{.wire = {.never_answer = true}};
    });
    {
        auto target = writer();
        ASSERT_TRUE(target->append(ctx_, as_bytes(body_of(12'000'000))));
        const auto receipt = target->commit({.stop = stop.get_token()});
        ASSERT_FALSE(receipt);
        EXPECT_EQ(receipt.error().code(), ErrorCode::kCancelled);
    }
    EXPECT_EQ(server_->pending_uploads(), 0U);
}

TEST_F(S3WriterTest, F08AResetRepeatsThatPartOnly) {
    server_->fail_first(1, "PUT", "partNumber=2&", {.wire = {.reset_after_body_bytes = 100'000}});
    const std::string body = body_of(12'000'000);
    auto target = writer();
    ASSERT_TRUE(target->append(ctx_, as_bytes(body)));
    ASSERT_TRUE(target->commit(ctx_));
    EXPECT_EQ(stored("k"), body);
    EXPECT_EQ(server_->count("PUT", "partNumber=2&"), 2U);
    EXPECT_EQ(server_->count("PUT", "partNumber"), 4U);
}

TEST_F(S3WriterTest, RefusesABodyThatIsNotWhatWasAnnounced) {
    for (const std::size_t size : {std::size_t{10}, std::size_t{12'000'000}}) {
        auto target = writer({.sha256 = crypto::sha256("else")});
        ASSERT_TRUE(target->append(ctx_, as_bytes(body_of(size))));
        EXPECT_EQ(target->commit(ctx_).error().code(), ErrorCode::kConflict);
        target.reset();
        EXPECT_EQ(stored("k"), "(none)");
        EXPECT_EQ(server_->pending_uploads(), 0U);
    }
}

}  // namespace
}  // namespace cofre::s3
