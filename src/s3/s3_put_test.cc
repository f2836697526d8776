// Faults of uploads; F numbers are rows of the fault matrix.
#include <atomic>
#include <stop_token>
#include <string>

#include <gtest/gtest.h>

#include "base/task_group.h"
#include "s3/testing/scripted_store.h"

namespace cofre::s3 {
namespace {

using scripted::Reply;
using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::error_reply;
using testing::Recorded;
using testing::S3Fault;
using testing::ScriptedS3;

class S3Put : public testing::ScriptedStoreTest {
protected:
    // Three parts, the last one short.
    static constexpr std::size_t kThreeParts = 12'000'000;

    std::vector<Recorded> parts_sent(int number) const {
        std::vector<Recorded> found;
        for (const auto& r : server_->requests()) {
            if (r.method == "PUT" && r.has_query("partNumber=" + std::to_string(number) + "&")) found.push_back(r);
        }
        return found;
    }
};

TEST_F(S3Put, SmallBodiesTakeOneRequest) {
    const auto receipt =
        put("a/b c+d%41\xc3\xa7", "hello", {.content_type = "text/plain", .metadata = {{"who", "me"}}});
    ASSERT_TRUE(receipt) << receipt.error().message();
    EXPECT_EQ(receipt->size, 5U);
    EXPECT_EQ(receipt->sha256, crypto::sha256("hello"));
    EXPECT_EQ(receipt->etag, "5d41402abc4b2a76b9719d911017c592");
    EXPECT_EQ(server_->requests().size(), 1U);
    const auto object = server_->object("a/b c+d%41\xc3\xa7");
    ASSERT_TRUE(object);
    EXPECT_EQ(object->body, "hello");
    EXPECT_EQ(object->content_type, "text/plain");
    EXPECT_EQ(object->metadata.at("who"), "me");
}

TEST_F(S3Put, StoresEmptyBodies) {
    ASSERT_TRUE(put("empty", ""));
    EXPECT_EQ(stored("empty"), "");
}

TEST_F(S3Put, BodiesAboveAMebibyteTakeOneRequestBelowTheThreshold) {
    const std::string body = body_of(3'000'000);
    const auto receipt = put("k", body);
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->sha256, crypto::sha256(body));
    EXPECT_EQ(stored("k"), body);
    EXPECT_EQ(server_->requests().size(), 1U);
}

TEST_F(S3Put, LargeBodiesGoInParts) {
    const std::string body = body_of(kThreeParts);
    const auto receipt = put("k", body, {.content_type = "x/y", .metadata = {{"m", "1"}}});
    ASSERT_TRUE(receipt) << receipt.error().message();
    EXPECT_EQ(receipt->sha256, crypto::sha256(body));
    EXPECT_EQ(receipt->size, kThreeParts);
    EXPECT_EQ(stored("k"), body);
    EXPECT_EQ(server_->count("PUT", "partNumber"), 3U);
    EXPECT_EQ(server_->pending_uploads(), 0U);
    const auto head = store_->head(ctx_, key("k"));
    ASSERT_TRUE(head);
    EXPECT_EQ(head->content_type, "x/y");
    EXPECT_EQ(head->metadata, (std::map<std::string, std::string>{{"m", "1"}}));
}

TEST_F(S3Put, RefusesABodyThatIsNotWhatWasAnnounced) {
    for (const std::size_t size : {std::size_t{5}, std::size_t{3'000'000}, kThreeParts}) {
        const auto receipt = put("k", body_of(size), {.sha256 = crypto::sha256("something else")});
        ASSERT_FALSE(receipt) << size;
        EXPECT_EQ(receipt.error().code(), ErrorCode::kConflict) << size;
        EXPECT_EQ(stored("k"), "(none)") << size;
        EXPECT_EQ(server_->pending_uploads(), 0U) << size;
    }
}

TEST_F(S3Put, IfAbsentRefusesToReplace) {
    ASSERT_TRUE(put("k", "old"));
    const auto receipt = put("k", "new", {.if_absent = true});
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code(), ErrorCode::kConflict);
    EXPECT_EQ(stored("k"), "old");
    EXPECT_TRUE(put("other", "new", {.if_absent = true}));
}

TEST_F(S3Put, IfAbsentLooksFirstWhereTheProviderCannot) {
    auto options = default_options();
    options.provider = "wasabi";
    options.addressing = AddressingStyle::kPath;
    store_ = make_store(options);
    ASSERT_TRUE(put("k", "old"));
    EXPECT_EQ(put("k", "new", {.if_absent = true}).error().code(), ErrorCode::kConflict);
    EXPECT_EQ(stored("k"), "old");
}

TEST_F(S3Put, IfAbsentRecognizesItsOwnObjectAfterALostReply) {
    server_->fail_first(1, "PUT", "", {.wire = {.drop_reply = true}});
    const auto receipt = put("k", "new", {.if_absent = true});
    ASSERT_TRUE(receipt) << receipt.error().message();
    EXPECT_EQ(stored("k"), "new");
}

TEST_F(S3Put, F08ResetMidPartRepeatsThatPartOnlySignedAnew) {
    std::atomic<bool> done{false};
    server_->set_hook([&](const Recorded& r, int) -> std::optional<S3Fault> {
        if (!r.has_query("partNumber=2&") || done.exchange(true)) return std::nullopt;
        clock_.advance(milliseconds(2000));
        return S3Fault{.wire = {.reset_after_body_bytes = 1'000'000}};
    });
    const std::string body = body_of(kThreeParts);
    ASSERT_TRUE(put("k", body));
    EXPECT_EQ(stored("k"), body);
    EXPECT_EQ(parts_sent(1).size(), 1U);
    EXPECT_EQ(parts_sent(3).size(), 1U);
    const auto second = parts_sent(2);
    ASSERT_EQ(second.size(), 2U);
    EXPECT_NE(second[0].signature_date, second[1].signature_date);
}

TEST_F(S3Put, F08ResetMidPutIsRepeated) {
    server_->fail_first(1, "PUT", "", {.wire = {.reset_after_body_bytes = 100'000}});
    const std::string body = body_of(900'000);
    ASSERT_TRUE(put("k", body));
    EXPECT_EQ(stored("k"), body);
}

TEST_F(S3Put, F09ABurstOf503And500PassesByWithBackoff) {
    server_->fail_first(2, "PUT", "", {.instead = error_reply(503, "SlowDown")});
    ASSERT_TRUE(put("a", "x"));
    server_->fail_first(2, "PUT", "", {.instead = error_reply(500, "InternalError")});
    ASSERT_TRUE(put("b", "x"));
    server_->fail_first(8, "PUT", "", {.instead = error_reply(429, "TooManyRequests")});
    ASSERT_TRUE(put("c", "x"));
    EXPECT_GT(clock_.passed(), milliseconds(0));
}

TEST_F(S3Put, F09RetryAfterIsHonoured) {
    Reply reply = error_reply(503, "SlowDown");
    reply.headers.push_back({"Retry-After", "90"});
    server_->fail_first(1, "PUT", "", {.instead = reply});
    ASSERT_TRUE(put("a", "x"));
    EXPECT_GE(clock_.passed(), milliseconds(90'000));
}

TEST_F(S3Put, F10AThrottleThatNeverEndsEndsWithThePartDeadline) {
    server_->fail_first(1'000'000, "PUT", "", {.instead = error_reply(503, "SlowDown", "reduce your request rate.")});
    const auto receipt = put("a", "x");
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code(), ErrorCode::kUnavailable);
    EXPECT_NE(receipt.error().message().find("reduce your request rate (SlowDown, HTTP 503, request REQ1)"),
              std::string::npos)
        << receipt.error().message();
    EXPECT_LE(clock_.passed(), minutes(15));
    EXPECT_GT(clock_.passed(), minutes(14));
}

TEST_F(S3Put, F10A500ThatNeverEndsTakesThreeAttempts) {
    server_->fail_first(1'000'000, "PUT", "", {.instead = error_reply(500, "InternalError")});
    const auto receipt = put("a", "x");
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code(), ErrorCode::kUnavailable);
    EXPECT_EQ(server_->requests().size(), 3U);
    EXPECT_NE(receipt.error().message().find("gave up after 3 attempts"), std::string::npos);
}

TEST_F(S3Put, F11ABlackHoleEndsWithTheIdleTimeoutAndIsRepeated) {
    auto options = default_options();
    options.idle_timeout = milliseconds(1000);
    store_ = make_store(options);
    server_->fail_first(1, "PUT", "", {.wire = {.never_answer = true}});
    ASSERT_TRUE(put("a", "x"));
    EXPECT_EQ(server_->requests().size(), 2U);
}

TEST_F(S3Put, F12ASlowLinkIsNotCut) {
    auto options = default_options();
    options.idle_timeout = milliseconds(1000);
    store_ = make_store(options);
    server_->fail_first(1, "PUT", "", {.wire = {.sip = milliseconds(40)}});
    const std::string body = body_of(3'500'000);
    ASSERT_TRUE(put("a", body));
    EXPECT_EQ(server_->requests().size(), 1U);
}

TEST_F(S3Put, F16APartAlteredOnItsWayIsSentAgain) {
    // The server checks the body against its signed hash, as S3 does.
    server_->fail_first(1, "PUT", "partNumber=2&", {.instead = error_reply(400, "XAmzContentSHA256Mismatch")});
    const std::string body = body_of(kThreeParts);
    ASSERT_TRUE(put("k", body));
    EXPECT_EQ(stored("k"), body);
    EXPECT_EQ(parts_sent(2).size(), 2U);
}

TEST_F(S3Put, F16APartThatIsAlwaysAlteredIsNeverCompleted) {
    server_->fail_first(1000, "PUT", "partNumber=2&", {.instead = error_reply(400, "BadDigest")});
    const auto receipt = put("k", body_of(kThreeParts));
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code(), ErrorCode::kUnavailable);
    EXPECT_EQ(server_->count("POST", "uploadId"), 0U);
    EXPECT_EQ(server_->pending_uploads(), 0U);
}

class S3PutWithChecksums : public S3Put {
protected:
    void configure(ScriptedS3::Options& options) override { options.bucket.keeps_checksums = true; }
    void SetUp() override {
        S3Put::SetUp();
        auto options = default_options();
        options.provider = "minio";
        store_ = make_store(options);
    }
};

TEST_F(S3PutWithChecksums, F16AStoredByteThatFlippedIsNoticedAndSentAgain) {
    server_->fail_first(1, "PUT", "partNumber=1&", {.edit_stored = [](std::string& b) { b[100] ^= 1; }});
    const std::string body = body_of(kThreeParts);
    ASSERT_TRUE(put("k", body));
    EXPECT_EQ(stored("k"), body);
    EXPECT_EQ(parts_sent(1).size(), 2U);
}

TEST_F(S3PutWithChecksums, F17AShortObjectIsNoticedInOneRequestToo) {
    server_->fail_first(1, "PUT", "", {.edit_stored = [](std::string& b) { b.pop_back(); }});
    ASSERT_TRUE(put("k", "whole"));
    EXPECT_EQ(stored("k"), "whole");
}

TEST_F(S3Put, F17AShortObjectIsNoticedAfterItsParts) {
    server_->fail_first(1, "PUT", "partNumber=3&", {.edit_stored = [](std::string& b) { b.resize(10); }});
    const auto receipt = put("k", body_of(kThreeParts));
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code(), ErrorCode::kCorruption);
    EXPECT_NE(receipt.error().message().find("but 12000000 were sent"), std::string::npos) << receipt.error().message();
}

// A source that becomes another one once it has been read.
class Changing final : public ByteSource {
public:
    Changing(std::string before, std::string after) : before_(std::move(before)), after_(std::move(after)) {}
    std::uint64_t size() const override { return before_.size(); }
    Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
        const std::string& text = read_ < before_.size() ? before_ : after_;
        read_ += out.size();
        return SpanSource(text).read_at(offset, out);
    }

private:
    const std::string before_;
    const std::string after_;
    mutable std::atomic<std::size_t> read_{0};
};

class S3PutChanging : public S3Put, public ::testing::WithParamInterface<const char*> {};

TEST_P(S3PutChanging, ASourceThatChangesIsAConflictAndLeavesNothing) {
    auto options = default_options();
    options.provider = GetParam();
    options.addressing = AddressingStyle::kPath;
    store_ = make_store(options);
    std::string after = body_of(4'000'000);
    after[3'999'999] ^= 1;
    const Changing source(body_of(4'000'000), after);
    const auto receipt = store_->put(ctx_, key("k"), source, {});
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code(), ErrorCode::kConflict) << receipt.error().message();
    EXPECT_EQ(stored("k"), "(none)");
}

// "unknown" does not trust the store to compare the body with its hash.
INSTANTIATE_TEST_SUITE_P(Providers, S3PutChanging, ::testing::Values("ceph", "unknown"));

class S3PutUnchecked : public S3Put {
protected:
    void configure(ScriptedS3::Options& options) override { options.verify_payload = false; }
};

TEST_F(S3PutUnchecked, ASourceThatChangesIsNoticedBeforeItsLastByteIsSent) {
    auto options = default_options();
    options.provider = "unknown";
    store_ = make_store(options);
    std::string after = body_of(4'000'000);
    after[0] ^= 1;
    const Changing source(body_of(4'000'000), after);
    const auto receipt = store_->put(ctx_, key("k"), source, {});
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code(), ErrorCode::kConflict);
    EXPECT_EQ(stored("k"), "(none)");
}

TEST_F(S3Put, ACancelledUploadLeavesNothingBehind) {
    std::stop_source stop;
    server_->set_hook([&](const Recorded& r, int) -> std::optional<S3Fault> {
        if (r.has_query("partNumber=2&")) stop.request_stop();
        return std::nullopt;
    });
    const std::string body = body_of(kThreeParts);
    const auto receipt = store_->put({.stop = stop.get_token()}, key("k"), SpanSource(body), {});
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code(), ErrorCode::kCancelled);
    EXPECT_EQ(server_->count("DELETE", "uploadId"), 1U);
    EXPECT_EQ(server_->pending_uploads(), 0U);
    EXPECT_EQ(stored("k"), "(none)");
}

TEST_F(S3Put, APartThatIsRefusedAbortsTheUpload) {
    server_->fail_first(1000, "PUT", "partNumber=2&", {.instead = error_reply(403, "AccessDenied")});
    const auto receipt = put("k", body_of(kThreeParts));
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code(), ErrorCode::kPermissionDenied);
    EXPECT_EQ(server_->pending_uploads(), 0U);
}

}  // namespace
}  // namespace cofre::s3
