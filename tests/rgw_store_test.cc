// The contract of every store, kept by S3Store against a real server.

#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/byte_source.h"
#include "s3/s3_store.h"
#include "store/testing/store_contract.h"
#include "testing/rgw_server.h"
#include "testing/tree_builder.h"

namespace cofre::store::testing {
namespace {

/// Small parts, so that a test needs no gigabytes to send several.
s3::S3Options options_for(s3::AddressingStyle addressing) {
    s3::S3Options options;
    options.bucket = cofre::testing::common_bucket();
    options.endpoint = cofre::testing::shared_rgw().endpoint();
    options.provider = "ceph";
    options.addressing = addressing;
    options.multipart_threshold = 5_MiB;
    options.part_size = 5_MiB;
    if (addressing == s3::AddressingStyle::kVirtualHost) {
        // The server's own name is localhost; below it every bucket is a host.
        options.endpoint.replace(options.endpoint.find("127.0.0.1"), std::string("127.0.0.1").size(), "localhost");
    }
    return options;
}

std::unique_ptr<s3::S3Store> open_store(s3::AddressingStyle addressing) {
    const auto& server = cofre::testing::shared_rgw();
    auto store = s3::S3Store::create(options_for(addressing),
                                     aws::make_static_provider({.access_key_id = server.access_key(),
                                                                .secret_access_key = Secret(server.secret_key()),
                                                                .source = "test"}));
    if (!store) {
        ADD_FAILURE() << store.error().message();
        return nullptr;
    }
    return *std::move(store);
}

StoreFactory factory(std::string name, s3::AddressingStyle addressing) {
    // Both run at the same time in one bucket.
    const std::string prefix = "contract-" + name + "/";
    return {.name = std::move(name),
            .open = [addressing] { return open_store(addressing); },
            .prefix = prefix,
            .large_bytes = (12U << 20U) + 7,
            .keeps_sha256 = false};  // Ceph 16 does not keep x-amz-checksum-sha256.
}

INSTANTIATE_TEST_SUITE_P(Rgw, StoreContract,
                         ::testing::Values(factory("PathStyle", s3::AddressingStyle::kPath),
                                           factory("VirtualHost", s3::AddressingStyle::kVirtualHost)),
                         factory_name);

// Keys are this suite's own: "rgw-store/...".
class RgwStore : public ::testing::Test {
protected:
    static ObjectKey key(const std::string& name) { return ObjectKey::parse("rgw-store/" + name).value(); }

    CallContext ctx_;
    std::unique_ptr<s3::S3Store> store_ = open_store(s3::AddressingStyle::kPath);
};

TEST_F(RgwStore, SendsALargeBodyInPartsAndReadsItBack) {
    const std::string body = cofre::testing::random_bytes(3, (17U << 20U) + 1);
    const auto sent = store_->put(ctx_, key("large"), SpanSource(body), {});
    ASSERT_TRUE(sent) << sent.error().message();
    EXPECT_EQ(sent->sha256, crypto::sha256(body));
    EXPECT_THAT(sent->etag, ::testing::EndsWith("-4")) << "four parts";
    std::string back;
    const auto read = store_->get(ctx_, key("large"), {}, [&](std::span<const std::byte> bytes) -> Status {
        back.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return {};
    });
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_TRUE(back == body);
}

TEST_F(RgwStore, AbandonedWriterLeavesNoUploadBehind) {
    {
        auto writer = store_->create_writer(ctx_, key("abandoned"), {});
        ASSERT_TRUE(writer) << writer.error().message();
        const std::string body = cofre::testing::random_bytes(4, 11U << 20U);
        ASSERT_TRUE((*writer)->append(ctx_, std::as_bytes(std::span(body))));
    }
    const auto pending = store_->list_pending_uploads(ctx_, "rgw-store/abandoned");
    ASSERT_TRUE(pending) << pending.error().message();
    EXPECT_TRUE(pending->empty());
    EXPECT_EQ(store_->head(ctx_, key("abandoned")).error().code(), ErrorCode::kNotFound);
}

TEST_F(RgwStore, PendingUploadsAreListedAndAborted) {
    auto writer = store_->create_writer(ctx_, key("pending"), {});
    ASSERT_TRUE(writer) << writer.error().message();
    const std::string body = cofre::testing::random_bytes(4, 11U << 20U);
    ASSERT_TRUE((*writer)->append(ctx_, std::as_bytes(std::span(body))));
    auto pending = store_->list_pending_uploads(ctx_, "rgw-store/pending");
    ASSERT_TRUE(pending) << pending.error().message();
    ASSERT_EQ(pending->size(), 1U);
    EXPECT_EQ(pending->front().key, key("pending"));
    ASSERT_TRUE(store_->abort_upload(ctx_, pending->front()));
    pending = store_->list_pending_uploads(ctx_, "rgw-store/pending");
    ASSERT_TRUE(pending);
    EXPECT_TRUE(pending->empty());
    EXPECT_FALSE((*writer)->commit(ctx_)) << "its upload is gone";
    EXPECT_EQ(store_->head(ctx_, key("pending")).error().code(), ErrorCode::kNotFound);
}

TEST_F(RgwStore, MissingBucketIsNotFound) {
    auto options = options_for(s3::AddressingStyle::kPath);
    options.bucket = "no-such-bucket";
    const auto& server = cofre::testing::shared_rgw();
    auto store =
        s3::S3Store::create(options, aws::make_static_provider({.access_key_id = server.access_key(),
                                                                .secret_access_key = Secret(server.secret_key()),
                                                                .source = "test"}));
    ASSERT_TRUE(store);
    const auto status = (*store)->check_access(ctx_);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kNotFound) << status.error().message();
}

TEST_F(RgwStore, WrongSecretIsUnauthenticatedAndNotRetriedForever) {
    auto store =
        s3::S3Store::create(options_for(s3::AddressingStyle::kPath),
                            aws::make_static_provider({.access_key_id = cofre::testing::shared_rgw().access_key(),
                                                       .secret_access_key = Secret("canary-wrong"),
                                                       .source = "test"}));
    ASSERT_TRUE(store);
    const auto status = (*store)->check_access(ctx_);
    ASSERT_FALSE(status);
    EXPECT_THAT(status.error().code(), ::testing::AnyOf(ErrorCode::kUnauthenticated, ErrorCode::kPermissionDenied));
    EXPECT_THAT(status.error().message(), ::testing::Not(::testing::HasSubstr("canary")));
}

}  // namespace
}  // namespace cofre::store::testing
