#include "aws/role_provider.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/testing/aws_test.h"
#include "aws/testing/fake_sts.h"

namespace cofre::aws {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::FakeSts;

/// Base credentials that the test replaces.
class Base final : public CredentialProvider {
public:
    explicit Base(Result<Credentials>& now, int& invalidated) : now_(now), invalidated_(invalidated) {}
    std::string name() const override { return "base"; }
    Result<Credentials> resolve(const CallContext& /*ctx*/) override { return now_; }
    void invalidate(const Credentials& /*rejected*/) override { ++invalidated_; }

private:
    Result<Credentials>& now_;
    int& invalidated_;
};

class AssumeRoleTest : public testing::AwsTest {
protected:
    void SetUp() override {
        AwsTest::SetUp();
        provider_ = *make_assume_role_provider({.role_arn = "arn:r"}, std::make_unique<Base>(base_, invalidated_),
                                               sts_.endpoint(), clock_);
    }
    FakeSts sts_{clock_};
    Result<Credentials> base_ = keys("AKIAONE", "s");
    int invalidated_ = 0;
    std::unique_ptr<CredentialProvider> provider_;
};

TEST_F(AssumeRoleTest, F21TheSessionIsRenewedBeforeItExpiresWithTheBaseOfThatMoment) {
    EXPECT_EQ(provider_->resolve(ctx_)->access_key_id, "session-1");
    base_ = keys("AKIATWO", "s");
    clock_.advance(minutes(50));
    EXPECT_EQ(provider_->resolve(ctx_)->access_key_id, "session-2");
    EXPECT_THAT(std::string(sts_.last().header("authorization")), ::testing::HasSubstr("Credential=AKIATWO/"));
}

TEST_F(AssumeRoleTest, F21ASessionThatTheStoreCallsExpiredIsReplaced) {
    const auto first = provider_->resolve(ctx_);
    ASSERT_TRUE(first);
    clock_.advance(minutes(1));
    provider_->invalidate(*first);
    EXPECT_EQ(provider_->resolve(ctx_)->access_key_id, "session-2");
    EXPECT_EQ(sts_.calls(), 2);
}

TEST_F(AssumeRoleTest, F24AnStsThatGivesExpiredSessionsIsAskedOnceIn30Seconds) {
    sts_.set_life(-minutes(1));
    for (int call = 0; call < 50; ++call) {
        EXPECT_THAT(provider_->resolve(ctx_).error().message(), ::testing::HasSubstr("just received expired at"));
    }
    EXPECT_EQ(sts_.calls(), 1);
}

TEST_F(AssumeRoleTest, ABaseThatStsCallsExpiredIsAskedForABetterOne) {
    sts_.fail_next(403, "ExpiredToken");
    const auto credentials = provider_->resolve(ctx_);
    EXPECT_EQ(credentials.error().code(), ErrorCode::kUnauthenticated);
    EXPECT_EQ(invalidated_, 1);
    EXPECT_EQ(sts_.calls(), 1);  // The base has nothing better: no second call.
}

TEST_F(AssumeRoleTest, WithoutABaseTheErrorNamesTheRole) {
    base_ = Error(ErrorCode::kNotFound, "AWS_ACCESS_KEY_ID is not set");
    const auto error = provider_->resolve(ctx_).error();
    EXPECT_EQ(error.code(), ErrorCode::kUnauthenticated);
    EXPECT_EQ(error.message(), "base credentials for role arn:r: AWS_ACCESS_KEY_ID is not set");
    EXPECT_EQ(sts_.calls(), 0);
}

class WebIdentityTest : public testing::AwsTest {
protected:
    void SetUp() override {
        AwsTest::SetUp();
        write("token", "first\n");
        provider_ = *make_web_identity_provider({.role_arn = "arn:r"}, path("token"), sts_.endpoint(), clock_);
    }
    FakeSts sts_{clock_};
    std::unique_ptr<CredentialProvider> provider_;
};

TEST_F(WebIdentityTest, F22TokenFileIsRotatedAbsentOrTruncated) {
    ASSERT_EQ(provider_->resolve(ctx_)->access_key_id, "session-1");
    EXPECT_EQ(sts_.parameter("WebIdentityToken"), "first");

    // Rotated: noticed when the credentials are renewed, not before.
    write("token", "second");
    EXPECT_EQ(provider_->resolve(ctx_)->access_key_id, "session-1");
    clock_.advance(minutes(46));
    EXPECT_EQ(provider_->resolve(ctx_)->access_key_id, "session-2");
    EXPECT_EQ(sts_.parameter("WebIdentityToken"), "second");

    // Absent: the old set goes on, and nobody is asked.
    std::filesystem::remove(path("token"));
    clock_.advance(minutes(46));
    EXPECT_EQ(provider_->resolve(ctx_)->access_key_id, "session-2");
    EXPECT_EQ(sts_.calls(), 2);

    // Truncated: empty, then half of it.
    clock_.advance(seconds(31));
    write("token", "");
    EXPECT_EQ(provider_->resolve(ctx_)->access_key_id, "session-2");
    clock_.advance(minutes(8));  // Mandatory.
    write("token", "seco");
    sts_.fail_next(400, "InvalidIdentityToken", "The token seco cannot be parsed");
    EXPECT_EQ(provider_->resolve(ctx_)->access_key_id, "session-2");
    EXPECT_EQ(sts_.calls(), 3);

    // Whole again.
    clock_.advance(seconds(31));
    write("token", "third");
    EXPECT_EQ(provider_->resolve(ctx_)->access_key_id, "session-3");
    EXPECT_EQ(sts_.parameter("WebIdentityToken"), "third");
}

TEST_F(WebIdentityTest, AFileThatStaysAwayIsNamedOnceTheSessionIsOver) {
    ASSERT_TRUE(provider_->resolve(ctx_));
    std::filesystem::remove(path("token"));
    clock_.advance(hours(2));
    const auto error = provider_->resolve(ctx_).error();
    EXPECT_EQ(error.code(), ErrorCode::kUnauthenticated);
    EXPECT_THAT(error.message(), ::testing::HasSubstr(path("token")));
    EXPECT_THAT(error.hint(), ::testing::HasSubstr("AWS_WEB_IDENTITY_TOKEN_FILE"));
}

TEST_F(WebIdentityTest, TheTokenNeverAppearsInAMessage) {
    write("token", "eyJhbGciOi-canary");
    sts_.fail_next(400, "InvalidIdentityToken", "cannot parse eyJhbGciOi-canary");
    const auto error = provider_->resolve(ctx_).error();
    EXPECT_THAT(error.message(), ::testing::HasSubstr("InvalidIdentityToken"));
    EXPECT_THAT(error.message(), ::testing::Not(::testing::HasSubstr("canary")));
}

}  // namespace
}  // namespace cofre::aws
