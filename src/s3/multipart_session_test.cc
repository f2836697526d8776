// How multipart uploads end; F numbers are rows of the fault matrix.
#include <atomic>
#include <string>

#include <gtest/gtest.h>

#include "s3/testing/scripted_store.h"

namespace cofre::s3 {
namespace {

using testing::error_reply;
using testing::Recorded;
using testing::S3Fault;

// An answer of 200 that tells of a failure after all.
scripted::Reply ok_with(const std::string& body) {
    return {.status = 200, .headers = {{"Content-Type", "application/xml"}}, .body = body};
}

class MultipartEnd : public testing::ScriptedStoreTest {
protected:
    const std::string body_ = body_of(11'000'000);
};

TEST_F(MultipartEnd, F13AnErrorInsideA200IsRepeated) {
    server_->fail_first(1, "POST", "uploadId",
                        {.instead = ok_with("<Error><Code>InternalError</Code><Message>try again</Message></Error>")});
    ASSERT_TRUE(put("k", body_));
    EXPECT_EQ(stored("k"), body_);
    EXPECT_EQ(server_->count("POST", "uploadId"), 2U);
}

TEST_F(MultipartEnd, F13AnErrorInsideEvery200FailsAndAborts) {
    server_->fail_first(1000, "POST", "uploadId",
                        {.instead = ok_with("  \n <Error><Code>InternalError</Code><Message>no</Message></Error>")});
    const auto receipt = put("k", body_);
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code(), ErrorCode::kUnavailable);
    EXPECT_EQ(stored("k"), "(none)");
    EXPECT_EQ(server_->pending_uploads(), 0U);
}

TEST_F(MultipartEnd, F13A200WithoutAResultIsRepeated) {
    std::atomic<int> round{0};
    server_->set_hook([&](const Recorded& r, int) -> std::optional<S3Fault> {
        if (r.method != "POST" || !r.has_query("uploadId")) return std::nullopt;
        switch (round++) {
            case 0: return S3Fault{.instead = ok_with("")};
            case 1: return S3Fault{.instead = ok_with("<html>proxy</html>")};
            default: return std::nullopt;
        }
    });
    ASSERT_TRUE(put("k", body_));
    EXPECT_EQ(stored("k"), body_);
}

TEST_F(MultipartEnd, AResultWithoutETagIsASuccess) {  // Ceph RGW 16.
    server_->fail_first(1, "POST", "uploadId", {.edit_reply = [](scripted::Reply& reply) {
                            reply.body = "<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>";
                        }});
    const auto receipt = put("k", body_);
    ASSERT_TRUE(receipt);
    EXPECT_NE(receipt->etag, "");  // From the look-up.
    EXPECT_EQ(server_->count("POST", "uploadId"), 1U);
}

TEST_F(MultipartEnd, F14ACompletionWhoseReplyIsLostIsASuccess) {
    server_->fail_first(1, "POST", "uploadId", {.wire = {.drop_reply = true}});
    const auto receipt = put("k", body_);
    ASSERT_TRUE(receipt) << receipt.error().message();
    EXPECT_EQ(stored("k"), body_);
    EXPECT_EQ(receipt->etag, store_->head(ctx_, key("k"))->etag);
}

TEST_F(MultipartEnd, F14ACompletionWhoseEveryReplyIsLostIsASuccess) {
    server_->fail_first(1000, "POST", "uploadId", {.wire = {.drop_reply = true}});
    ASSERT_TRUE(put("k", body_));
    EXPECT_EQ(stored("k"), body_);
}

TEST_F(MultipartEnd, F15AnUploadThatIsGoneIsAFailureAlthoughAnOldObjectIsThere) {
    server_->put_object("k", std::string(body_.size(), 'o'));  // Of the very same size.
    server_->set_hook([&](const Recorded& r, int) -> std::optional<S3Fault> {
        if (r.method == "POST" && r.has_query("uploadId")) server_->forget_uploads();
        return std::nullopt;
    });
    const auto receipt = put("k", body_);
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code(), ErrorCode::kConflict);
    EXPECT_NE(receipt.error().hint(), "");
    EXPECT_EQ(stored("k")[0], 'o');
}

TEST_F(MultipartEnd, F20AStaleLookUpIsRepeated) {
    server_->put_object("k", "an old object");
    std::atomic<int> stale{2};
    server_->set_hook([&](const Recorded& r, int) -> std::optional<S3Fault> {
        if (r.method != "HEAD" || stale-- <= 0) return std::nullopt;
        return S3Fault{.instead = scripted::Reply{.status = 200, .headers = {{"Content-Length", "13"}}}};
    });
    const auto receipt = put("k", body_);
    ASSERT_TRUE(receipt) << receipt.error().message();
    EXPECT_EQ(server_->count("HEAD"), 3U);
}

TEST_F(MultipartEnd, F20AnObjectThatNeverShowsIsAFailure) {
    server_->fail_first(1000, "HEAD", "", {.instead = scripted::Reply{.status = 404}});
    const auto receipt = put("k", body_);
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code(), ErrorCode::kUnavailable);
}

TEST_F(MultipartEnd, F25ARefusedLookUpDoesNotFailAnUpload) {
    server_->fail_first(1000, "HEAD", "", {.instead = scripted::Reply{.status = 403}});
    EXPECT_TRUE(put("k", body_));
}

TEST_F(MultipartEnd, F25ARefusedAbortKeepsTheFirstError) {
    server_->set_hook([](const Recorded& r, int) -> std::optional<S3Fault> {
        if (r.method == "DELETE") return S3Fault{.instead = error_reply(403, "AccessDenied")};
        if (r.has_query("partNumber=2&")) return S3Fault{.instead = error_reply(507, "QuotaExceeded")};
        return std::nullopt;
    });
    const auto receipt = put("k", body_);
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(MultipartEnd, IfAbsentIsDecidedAtTheEnd) {
    server_->set_hook([&](const Recorded& r, int) -> std::optional<S3Fault> {
        if (r.has_query("partNumber=1&")) server_->put_object("k", "from another writer");
        return std::nullopt;
    });
    const auto receipt = put("k", body_, {.if_absent = true});
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code(), ErrorCode::kConflict);
    EXPECT_EQ(stored("k"), "from another writer");
    EXPECT_EQ(server_->pending_uploads(), 0U);
}

TEST_F(MultipartEnd, PendingUploadsCanBeListedAndAborted) {
    server_->fail_first(1000, "DELETE", "", {.instead = error_reply(403, "AccessDenied")});
    {
        auto writer = *store_->create_writer(ctx_, key("logs/\xc3\xa7&<x>"), {});
        ASSERT_TRUE(writer->append(ctx_, as_bytes(body_)));
    }
    server_->set_hook({});
    const auto pending = store_->list_pending_uploads(ctx_, "logs/");
    ASSERT_TRUE(pending) << pending.error().message();
    ASSERT_EQ(pending->size(), 1U);
    EXPECT_EQ(pending->front().key.str(), "logs/\xc3\xa7&<x>");
    EXPECT_EQ(store_->list_pending_uploads(ctx_, "other/")->size(), 0U);
    ASSERT_TRUE(store_->abort_upload(ctx_, pending->front()));
    EXPECT_EQ(server_->pending_uploads(), 0U);
    EXPECT_TRUE(store_->abort_upload(ctx_, pending->front()));  // Gone already: as wished.
}

}  // namespace
}  // namespace cofre::s3
