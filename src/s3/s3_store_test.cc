#include "s3/s3_store.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/http_client.h"
#include "net/url.h"
#include "s3/testing/scripted_store.h"

namespace cofre::s3 {
namespace {

using std::chrono::seconds;
using testing::error_reply;
using testing::S3Fault;

class S3StoreTest : public testing::ScriptedStoreTest {};

struct BadOptions {
    const char* name;
    void (*spoil)(S3Options&);
};
class S3StoreOptions : public S3StoreTest, public ::testing::WithParamInterface<BadOptions> {};

TEST_P(S3StoreOptions, ThatContradictEachOtherAreRefused) {
    auto options = default_options();
    GetParam().spoil(options);
    const auto store = S3Store::create(options, aws::make_static_provider(good_credentials()), clock_);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code(), ErrorCode::kInvalidArgument);
}

INSTANTIATE_TEST_SUITE_P(
    Table, S3StoreOptions,
    ::testing::Values(BadOptions{"no_bucket", [](S3Options& o) { o.bucket = ""; }},
                      BadOptions{"small_parts", [](S3Options& o) { o.part_size = 5_MiB - 1; }},
                      BadOptions{"huge_parts", [](S3Options& o) { o.part_size = 5_GiB + 1; }},
                      BadOptions{"huge_threshold", [](S3Options& o) { o.multipart_threshold = 6_GiB; }},
                      BadOptions{"no_senders", [](S3Options& o) { o.part_concurrency = 0; }},
                      BadOptions{"no_connections", [](S3Options& o) { o.max_connections = 0; }},
                      BadOptions{"no_attempts", [](S3Options& o) { o.max_attempts = 0; }},
                      BadOptions{"unknown_provider", [](S3Options& o) { o.provider = "acme"; }},
                      BadOptions{"plain_http", [](S3Options& o) { o.endpoint = "http://store.example.com"; }},
                      BadOptions{"no_ca_bundle", [](S3Options& o) { o.ca_bundle = "/nonexistent.pem"; }}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(S3StoreTest, RemovesObjectsAndForgivesAbsentOnes) {
    server_->put_object("k", "x");
    EXPECT_TRUE(store_->remove(ctx_, key("k")));
    EXPECT_TRUE(store_->remove(ctx_, key("k")));
    EXPECT_EQ(server_->object_count(), 0U);
}

TEST_F(S3StoreTest, RemovesManyInFewRequests) {
    std::vector<store::ObjectKey> keys;
    for (int i = 0; i < 2500; ++i) {
        keys.push_back(key("k" + std::to_string(i)));
        server_->put_object(keys.back().str(), "x");
    }
    const auto failures = store_->remove_many(ctx_, keys);
    ASSERT_TRUE(failures) << failures.error().message();
    EXPECT_TRUE(failures->empty());
    EXPECT_EQ(server_->object_count(), 0U);
    EXPECT_EQ(server_->requests().size(), 3U);
}

TEST_F(S3StoreTest, RemovesKeysThatXmlCannotCarry) {
    server_->put_object("a\x01", "x");
    server_->put_object("b&<>\"", "x");
    const auto failures = store_->remove_many(ctx_, std::vector{key("a\x01"), key("b&<>\"")});
    ASSERT_TRUE(failures);
    EXPECT_TRUE(failures->empty());
    EXPECT_EQ(server_->object_count(), 0U);
}

TEST_F(S3StoreTest, SaysWhichKeysRemainAndWhy) {
    server_->fail_first(1, "POST", "delete", {.edit_reply = [](scripted::Reply& reply) {
                            reply.body =
                                "<DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code><Message>no</Message>"
                                "</Error><Error><Key>a</Key><Code>NoSuchKey</Code></Error></DeleteResult>";
                        }});
    const auto failures = store_->remove_many(ctx_, std::vector{key("a"), key("b")});
    ASSERT_TRUE(failures);
    ASSERT_EQ(failures->size(), 1U);
    EXPECT_EQ(failures->front().key, key("b"));
    EXPECT_NE(failures->front().error.message().find("AccessDenied"), std::string::npos);
}

TEST_F(S3StoreTest, AFailedDeletionOfManyIsAnError) {
    server_->fail_first(100, "POST", "delete", {.instead = error_reply(403, "AccessDenied")});
    const auto failures = store_->remove_many(ctx_, std::vector{key("a")});
    ASSERT_FALSE(failures);
    EXPECT_EQ(failures.error().code(), ErrorCode::kPermissionDenied);
}

TEST_F(S3StoreTest, RemovesOneByOneWhereTheStoreCannotDoMore) {
    server_->put_object("a", "x");
    server_->put_object("b", "x");
    server_->fail_first(100, "POST", "delete", {.instead = error_reply(501, "NotImplemented")});
    const auto failures = store_->remove_many(ctx_, std::vector{key("a"), key("b")});
    ASSERT_TRUE(failures);
    EXPECT_TRUE(failures->empty());
    EXPECT_EQ(server_->object_count(), 0U);
}

TEST_F(S3StoreTest, CopiesInsideTheStore) {
    server_->put_object("a/\xc3\xa7 +%41", "data");
    ASSERT_TRUE(store_->copy(ctx_, key("a/\xc3\xa7 +%41"), key("b")));
    EXPECT_EQ(stored("b"), "data");
    EXPECT_EQ(store_->copy(ctx_, key("missing"), key("c")).error().code(), ErrorCode::kNotFound);
    EXPECT_TRUE(store_->copy(ctx_, key("b"), key("b")));
    EXPECT_EQ(store_->copy(ctx_, key("missing"), key("missing")).error().code(), ErrorCode::kNotFound);
}

TEST_F(S3StoreTest, F13AnErrorInsideThe200OfACopyIsRepeated) {
    server_->put_object("a", "data");
    server_->fail_first(1, "PUT", "",
                        {.instead = scripted::Reply{.status = 200, .body = "<Error><Code>SlowDown</Code></Error>"}});
    ASSERT_TRUE(store_->copy(ctx_, key("a"), key("b")));
    EXPECT_EQ(stored("b"), "data");
}

TEST_F(S3StoreTest, PresignedUrlsCarryTheirSignatureInTheQuery) {
    const auto url = store_->presign(ctx_, "GET", key("a b/\xc3\xa7"), seconds(3600));
    ASSERT_TRUE(url);
    EXPECT_TRUE(url->starts_with(server_->endpoint() + "/bucket/a%20b/%C3%A7?X-Amz-Algorithm=AWS4-HMAC-SHA256&"));
    EXPECT_NE(url->find("&X-Amz-Expires=3600&"), std::string::npos);
    EXPECT_EQ(url->find("CANARY"), std::string::npos);
}

TEST_F(S3StoreTest, PresignedUrlsLiveNoLongerThanTheCredentials) {
    auto credentials = good_credentials();
    credentials.expires_at = clock_.wall_now() + seconds(100);
    store_ = make_store(default_options(), credentials);
    EXPECT_NE(store_->presign(ctx_, "PUT", key("k"), seconds(3600))->find("X-Amz-Expires=100&"), std::string::npos);
    clock_.advance(std::chrono::seconds(101));
    EXPECT_EQ(store_->presign(ctx_, "PUT", key("k"), seconds(3600)).error().code(), ErrorCode::kUnauthenticated);
}

TEST_F(S3StoreTest, PresignRefusesOddRequests) {
    EXPECT_FALSE(store_->presign(ctx_, "POST", key("k"), seconds(60)));
    EXPECT_FALSE(store_->presign(ctx_, "GET", key("k"), seconds(0)));
    EXPECT_FALSE(store_->presign(ctx_, "GET", key("k"), seconds(7 * 86400 + 1)));
}

TEST_F(S3StoreTest, LearnsTheProviderFromItsAnswers) {
    auto options = default_options();
    options.provider.reset();  // 127.0.0.1 says nothing.
    store_ = make_store(options);
    ASSERT_TRUE(store_->check_access(ctx_));
    EXPECT_EQ(server_->count("GET", "list-type=2"), 0U);  // Careful at first.
    server_->set_hook([](const auto&, int) {
        return S3Fault{.edit_reply = [](scripted::Reply& reply) { reply.headers.push_back({"Server", "MinIO"}); }};
    });
    ASSERT_TRUE(store_->check_access(ctx_));
    ASSERT_TRUE(store_->check_access(ctx_));
    EXPECT_EQ(server_->count("GET", "list-type=2"), 1U);
}

TEST_F(S3StoreTest, SendsTheStorageClass) {
    auto options = default_options();
    options.object.storage_class = "STANDARD_IA";
    store_ = make_store(options);
    ASSERT_TRUE(put("k", "x"));
    EXPECT_EQ(server_->requests().back().header("x-amz-storage-class"), "STANDARD_IA");
}

}  // namespace
}  // namespace cofre::s3
