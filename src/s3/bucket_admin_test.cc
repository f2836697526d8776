#include "s3/bucket_admin.h"

#include <string>

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "s3/testing/scripted_store.h"

namespace cofre::s3 {
namespace {

using scripted::Reply;
using testing::error_reply;
using testing::Recorded;
using testing::S3Fault;

/// The scripted store knows nothing of settings: each answer is given by hand.
class BucketAdminTest : public testing::ScriptedStoreTest {
protected:
    void answer(const Reply& reply) {
        server_->set_hook([reply](const Recorded&, int) { return S3Fault{.instead = reply}; });
    }
    BucketAdmin admin() { return store_->bucket_admin(); }
};

TEST_F(BucketAdminTest, NoRulesAreAnEmptyListByTheStoresOwnWord) {
    answer(error_reply(404, "NoSuchLifecycleConfiguration"));
    const auto rules = admin().lifecycle(ctx_);
    ASSERT_TRUE(rules) << rules.error().message();
    EXPECT_TRUE(rules->empty());
    answer(error_reply(404, "NoSuchCORSConfiguration"));
    EXPECT_TRUE(admin().cors(ctx_)->empty());
    answer(error_reply(404, "ObjectLockConfigurationNotFoundError"));
    EXPECT_FALSE(admin().object_lock(ctx_)->enabled);
    answer(error_reply(404, "NoSuchBucketPolicy"));
    EXPECT_FALSE(*admin().is_public(ctx_));
}

TEST_F(BucketAdminTest, AnyOther404IsAnError) {
    answer(error_reply(404, "NoSuchBucket"));
    EXPECT_EQ(admin().lifecycle(ctx_).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(admin().cors(ctx_).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(admin().object_lock(ctx_).error().code(), ErrorCode::kNotFound);
}

TEST_F(BucketAdminTest, SendsContentMd5WithRules) {
    std::string md5;
    std::string query;
    server_->set_hook([&](const Recorded& request, int) {
        md5 = request.header("content-md5");
        query = request.query;
        return S3Fault{.instead = Reply{}};
    });
    const std::vector<LifecycleRule> rules(1);
    ASSERT_TRUE(admin().set_lifecycle(ctx_, rules));
    EXPECT_EQ(query, "lifecycle=");
    EXPECT_EQ(base64_decode(md5)->size(), 16U);
}

TEST_F(BucketAdminTest, NeverWritesAnEmptySetOfRules) {
    EXPECT_EQ(admin().set_lifecycle(ctx_, {}).error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(admin().set_cors(ctx_, {}).error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(admin().set_versioning(ctx_, Versioning::kOff).error().code(), ErrorCode::kInvalidArgument);
    EXPECT_TRUE(server_->requests().empty());
}

TEST_F(BucketAdminTest, NamesThePermissionThatIsMissing) {
    answer(error_reply(403, "AccessDenied"));
    const auto denied = admin().cors(ctx_);
    ASSERT_FALSE(denied);
    EXPECT_EQ(denied.error().code(), ErrorCode::kPermissionDenied);
    EXPECT_NE(denied.error().hint().find("s3:GetBucketCORS"), std::string::npos) << denied.error().hint();
}

}  // namespace
}  // namespace cofre::s3
