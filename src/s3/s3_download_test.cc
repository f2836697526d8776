// Reading objects through faults; F numbers are rows of the fault matrix.
#include "s3/s3_download.h"

#include <atomic>
#include <string>

#include <gtest/gtest.h>

#include "s3/testing/scripted_store.h"

namespace cofre::s3 {
namespace {

using scripted::Reply;
using testing::error_reply;
using testing::Recorded;
using testing::S3Fault;

class S3Download : public testing::ScriptedStoreTest {
protected:
    void SetUp() override {
        ScriptedStoreTest::SetUp();
        ASSERT_TRUE(put("k", body_, {.content_type = "x/y", .metadata = {{"a", "b"}}}));
    }
    ErrorCode code_of(store::ByteRange range) { return get("k", range).error().code(); }

    const std::string body_ = body_of(1'000'000);
};

TEST_F(S3Download, BringsTheBytesAndTheHead) {
    std::string text;
    const auto head = store_->get(ctx_, key("k"), {}, [&](std::span<const std::byte> bytes) -> Status {
        text += to_text(bytes);
        return {};
    });
    ASSERT_TRUE(head) << head.error().message();
    EXPECT_EQ(text, body_);
    EXPECT_EQ(head->size, body_.size());
    EXPECT_EQ(head->content_type, "x/y");
    EXPECT_EQ(head->metadata, (std::map<std::string, std::string>{{"a", "b"}}));
    EXPECT_EQ(head->etag, store_->head(ctx_, key("k"))->etag);
    EXPECT_EQ(head->last_modified, WallTime(std::chrono::floor<std::chrono::seconds>(clock_.wall_now())));
}

TEST_F(S3Download, BringsRanges) {
    EXPECT_EQ(*get("k", {.offset = 10, .length = 5}), body_.substr(10, 5));
    EXPECT_EQ(*get("k", {.offset = 999'990}), body_.substr(999'990));
    EXPECT_EQ(*get("k", {.offset = 0, .length = 1}), body_.substr(0, 1));
    EXPECT_EQ(*get("k", {.offset = 0, .length = 1'000'000}), body_);
    EXPECT_EQ(store_->get(ctx_, key("k"), {.offset = 10, .length = 5}, [](auto) { return Status(); })->size,
              body_.size());
}

TEST_F(S3Download, AnEncodingThatTheObjectWasStoredWithIsLeftAlone) {
    server_->set_hook([](const Recorded&, int) {
        return std::optional(S3Fault{.edit_reply = [](Reply& reply) {
            reply.headers.push_back({"Content-Encoding", "gzip"});
        }});
    });
    EXPECT_EQ(get("k").value(), body_);
}

TEST_F(S3Download, F63AnEncodingThatAProxyAddedIsRefused) {
    server_->set_hook([](const Recorded& request, int) {
        std::optional<S3Fault> fault;
        if (request.method == "GET") {
            fault = S3Fault{.edit_reply = [](Reply& reply) {
                reply.headers.push_back({"Content-Encoding", "gzip"});
                for (auto& header : reply.headers) {
                    if (header.name == "ETag" || header.name == "etag") header.value = "W/" + header.value;
                }
            }};
        }
        return fault;
    });
    const auto got = get("k");
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code(), ErrorCode::kUnsupported) << got.error().message();
    EXPECT_NE(got.error().hint().find("proxy"), std::string::npos);
}

TEST_F(S3Download, KnowsEmptyRanges) {
    EXPECT_EQ(*get("k", {.offset = 5, .length = 0}), "");
    EXPECT_EQ(*get("k", {.offset = 1'000'000}), "");
    EXPECT_EQ(*get("k", {.offset = 1'000'000, .length = 0}), "");
}

TEST_F(S3Download, RefusesRangesBeyondTheEnd) {
    EXPECT_EQ(code_of({.offset = 1'000'001}), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code_of({.offset = 1'000'001, .length = 0}), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code_of({.offset = 999'990, .length = 11}), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code_of({.offset = 0, .length = 1'000'001}), ErrorCode::kInvalidArgument);
}

TEST_F(S3Download, ReadsEmptyObjects) {
    ASSERT_TRUE(put("empty", ""));
    EXPECT_EQ(*get("empty"), "");
}

TEST_F(S3Download, NoSuchKeyIsNotFound) {
    const auto text = get("missing");
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code(), ErrorCode::kNotFound);
}

TEST_F(S3Download, ATransferThatBreaksOffGoesOnWhereItStopped) {
    std::atomic<int> breaks{3};
    server_->set_hook([&](const Recorded&, int) -> std::optional<S3Fault> {
        if (breaks-- <= 0) return std::nullopt;
        return S3Fault{.wire = {.reset_after_reply_bytes = 300'000}};
    });
    EXPECT_EQ(*get("k"), body_);
    EXPECT_GE(server_->count("GET"), 4U);
    EXPECT_NE(server_->requests().back().header("range"), "");
    EXPECT_NE(server_->requests().back().header("if-match"), "");
}

TEST_F(S3Download, ARangeThatBreaksOffGoesOnWhereItStopped) {
    std::atomic<int> breaks{2};
    server_->set_hook([&](const Recorded&, int) -> std::optional<S3Fault> {
        if (breaks-- <= 0) return std::nullopt;
        return S3Fault{.wire = {.cut_after_reply_bytes = 100'000}};
    });
    EXPECT_EQ(*get("k", {.offset = 1000, .length = 500'000}), body_.substr(1000, 500'000));
}

TEST_F(S3Download, AnObjectReplacedMeanwhileIsAConflict) {
    std::atomic<int> gets{0};
    server_->set_hook([&](const Recorded&, int) -> std::optional<S3Fault> {
        if (gets++ == 0) return S3Fault{.wire = {.cut_after_reply_bytes = 1000}};
        server_->put_object("k", std::string(1'000'000, 'n'));
        return std::nullopt;
    });
    EXPECT_EQ(code_of({}), ErrorCode::kConflict);
}

TEST_F(S3Download, AConnectionThatNeverBringsAByteIsGivenUp) {
    server_->fail_first(1000, "GET", "", {.wire = {.reset_after_reply_bytes = 0}});
    const auto text = get("k");
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code(), ErrorCode::kUnavailable);
    EXPECT_LE(server_->count("GET"), 6U);
}

TEST_F(S3Download, ErrorsOfTheSinkComeBackAsTheyAre) {
    const auto head = store_->get(ctx_, key("k"), {},
                                  [](auto) -> Status { return Error(ErrorCode::kUnavailable, "not the network"); });
    ASSERT_FALSE(head);
    EXPECT_EQ(head.error().message(), "not the network");
    EXPECT_EQ(server_->count("GET"), 1U);
}

TEST_F(S3Download, AServerThatIgnoresRangesIsUnsupported) {
    server_->fail_first(1, "GET", "", {.edit_reply = [](Reply& reply) {
                            reply.status = 200;
                            reply.body = "the whole thing";
                            std::erase_if(reply.headers, [](const auto& h) { return h.name.starts_with("Content-"); });
                        }});
    EXPECT_EQ(code_of({.offset = 10, .length = 5}), ErrorCode::kUnsupported);
}

TEST_F(S3Download, F12ASlowLinkIsNotCut) {
    auto options = default_options();
    options.idle_timeout = std::chrono::milliseconds(1000);
    store_ = make_store(options);
    server_->fail_first(1, "GET", "", {.wire = {.drip = std::chrono::milliseconds(150)}});
    EXPECT_EQ(*get("k", {.offset = 0, .length = 10}), body_.substr(0, 10));
    EXPECT_EQ(server_->count("GET"), 1U);
}

TEST_F(S3Download, HeadOfAMissingKeyIsNotFound) {
    const auto head = store_->head(ctx_, key("missing"));
    ASSERT_FALSE(head);
    EXPECT_EQ(head.error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace cofre::s3
