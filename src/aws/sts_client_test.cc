#include "aws/sts_client.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/testing/aws_test.h"
#include "aws/testing/fake_sts.h"

namespace cofre::aws {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::FakeSts;
using ::testing::HasSubstr;

class StsClientTest : public testing::AwsTest {
protected:
    void SetUp() override {
        AwsTest::SetUp();
        client_ = *StsClient::create(sts_.endpoint(), clock_);
    }
    Result<Credentials> assume() { return client_->assume_role(ctx_, {.role_arn = "arn:r"}, keys("AKIA", "s", "tok")); }

    FakeSts sts_{clock_};
    std::unique_ptr<StsClient> client_;
};

TEST_F(StsClientTest, SignsAFormAsTheApiWantsIt) {
    ASSERT_TRUE(assume());
    const auto request = sts_.last();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/");
    EXPECT_EQ(sts_.parameter("Action"), "AssumeRole");
    EXPECT_EQ(sts_.parameter("Version"), "2011-06-15");
    EXPECT_EQ(sts_.parameter("RoleSessionName"), "cofre-1800000000");
    EXPECT_EQ(sts_.parameter("DurationSeconds"), "");
    EXPECT_EQ(request.header("x-amz-security-token"), "tok");
    EXPECT_THAT(std::string(request.header("authorization")),
                HasSubstr("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token"));
}

TEST_F(StsClientTest, SaysWhoIsCalling) {
    const auto identity = client_->get_caller_identity(ctx_, keys("AKIA", "s"));
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->account, "123456789012");
    EXPECT_EQ(identity->arn, "arn:aws:iam::123456789012:user/ana");
}

TEST_F(StsClientTest, RepeatsWhatMayPass) {
    sts_.fail_next(500, "InternalFailure");
    sts_.fail_next(400, "IDPCommunicationError");
    EXPECT_TRUE(assume());
    EXPECT_EQ(sts_.calls(), 3);
    EXPECT_LE(clock_.passed(), seconds(3));
}

TEST_F(StsClientTest, GivesUpAfterThreeAttempts) {
    for (int i = 0; i < 5; ++i)
        sts_.fail_next(503, "Throttling");
    EXPECT_EQ(assume().error().code(), ErrorCode::kUnavailable);
    EXPECT_EQ(sts_.calls(), 3);
}

struct StsRefusalCase {
    const char* code;
    int status;
    ErrorCode ours;
    const char* hint;
};
class StsRefusal : public StsClientTest, public ::testing::WithParamInterface<StsRefusalCase> {};

TEST_P(StsRefusal, IsNotRepeatedAndSaysWhatToDo) {
    sts_.fail_next(GetParam().status, GetParam().code, "no way");
    const auto error = assume().error();
    EXPECT_EQ(error.code(), GetParam().ours);
    EXPECT_THAT(error.message(), HasSubstr("assume role arn:r at " + sts_.url()));
    EXPECT_THAT(error.message(), HasSubstr(GetParam().code));
    EXPECT_THAT(error.message(), HasSubstr("no way"));
    EXPECT_THAT(error.hint(), HasSubstr(GetParam().hint));
    EXPECT_EQ(sts_.calls(), 1);
}

INSTANTIATE_TEST_SUITE_P(
    Table, StsRefusal,
    ::testing::Values(StsRefusalCase{"AccessDenied", 403, ErrorCode::kPermissionDenied, "trust policy"},
                      StsRefusalCase{"InvalidClientTokenId", 403, ErrorCode::kUnauthenticated, "access key id"},
                      StsRefusalCase{"ExpiredTokenException", 400, ErrorCode::kUnauthenticated, "renewed"},
                      StsRefusalCase{"ValidationError", 400, ErrorCode::kInvalidArgument, "duration_seconds"},
                      StsRefusalCase{"RegionDisabledException", 403, ErrorCode::kUnsupported, "activate"},
                      StsRefusalCase{"Nonsense", 404, ErrorCode::kInvalidArgument, "AWS_ENDPOINT_URL_STS"}),
    [](const auto& param) { return std::string(param.param.code); });

TEST_F(StsClientTest, AWrongClockIsCorrectedByTheAnswer) {
    // A clock that is an hour ahead: STS refuses, says the time, and accepts.
    const std::string their_time = "Fri, 15 Jan 2027 07:00:00 GMT";
    sts_.answer_next({.status = 403,
                      .headers = {{"Date", their_time}},
                      .body = "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>Signature not yet "
                              "current</Message></Error></ErrorResponse>"});
    sts_.answer_next({.status = 200,
                      .headers = {{"Date", their_time}},
                      .body = "<R><Credentials><AccessKeyId>a</AccessKeyId><SecretAccessKey>b</SecretAccessKey>"
                              "<SessionToken>c</SessionToken><Expiration>2027-01-15T08:00:00Z</Expiration>"
                              "</Credentials></R>"});
    const auto credentials = assume();
    ASSERT_TRUE(credentials) << credentials.error().message();
    EXPECT_EQ(sts_.last().header("x-amz-date"), "20270115T070000Z");
    // An hour of life, in the time of this machine.
    EXPECT_EQ(*credentials->expires_at, clock_.wall_now() + hours(1));
}

TEST_F(StsClientTest, HalfAnAnswerIsNoSet) {
    sts_.answer_next({.status = 200, .headers = {}, .body = "<R><Credentials><AccessKeyId>a</AccessKeyId>"});
    EXPECT_EQ(assume().error().code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace cofre::aws
