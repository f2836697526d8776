#include "aws/imds_provider.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/testing/aws_test.h"
#include "base/guarded.h"
#include "scripted_http.h"

namespace cofre::aws {
namespace {

using scripted::Reply;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr const char* kRoles = "/latest/meta-data/iam/security-credentials/";

class ImdsTest : public testing::AwsTest {
protected:
    void SetUp() override {
        AwsTest::SetUp();
        server_ = *scripted::HttpServer::start([this](const scripted::Request&) { return fault_; },
                                               [this](const scripted::Request& request) { return serve(request); });
        unset("AWS_EC2_METADATA_DISABLED");
        set("AWS_EC2_METADATA_SERVICE_ENDPOINT", server_->url() + "/");
        keys_.body = keys_until(hours(6));
    }
    Reply serve(const scripted::Request& request) {
        return log_.with([&](auto& log) -> Reply {
            log.push_back(request.method + " " + request.target);
            if (request.target == "/latest/api/token") {
                EXPECT_EQ(request.header("x-aws-ec2-metadata-token-ttl-seconds"), "21600");
                return token_;
            }
            const bool has_token = request.header("x-aws-ec2-metadata-token") == "TOKEN";
            if (!has_token && !allow_v1_) return {.status = 401, .headers = {}, .body = ""};
            return request.target == kRoles ? roles_ : keys_;
        });
    }
    std::string keys_until(seconds life, const std::string& id = "a") const {
        return R"({"Code":"Success","Type":"AWS-HMAC","AccessKeyId":")" + id +
               R"(","SecretAccessKey":"b","Token":"c","Expiration":")" + format_rfc3339(clock_.wall_now() + life) +
               "\"}";
    }
    std::vector<std::string> log() const {
        return log_.with([](const auto& log) { return log; });
    }
    Result<Credentials> resolve() { return make_imds_provider({}, clock_)->resolve(ctx_); }

    bool allow_v1_ = false;
    scripted::WireFault fault_;
    Reply token_{.status = 200, .headers = {}, .body = "TOKEN"};
    Reply roles_{.status = 200, .headers = {}, .body = "backup-role"};
    Reply keys_;
    Guarded<std::vector<std::string>> log_;
    std::unique_ptr<scripted::HttpServer> server_;
};

TEST_F(ImdsTest, AsksInASessionOfVersion2) {
    const auto credentials = resolve();
    ASSERT_TRUE(credentials) << credentials.error().message();
    EXPECT_EQ(credentials->source, "imds");
    EXPECT_EQ(credentials->access_key_id, "a");
    EXPECT_EQ(credentials->session_token.reveal(), "c");
    EXPECT_THAT(log(), ::testing::ElementsAre("PUT /latest/api/token", std::string("GET ") + kRoles,
                                              std::string("GET ") + kRoles + "backup-role"));
}

TEST_F(ImdsTest, CanBeSwitchedOff) {
    set("AWS_EC2_METADATA_DISABLED", "TRUE");
    EXPECT_EQ(resolve().error().code(), ErrorCode::kNotFound);
    EXPECT_TRUE(log().empty());
}

TEST_F(ImdsTest, Version1IsAskedOnlyWhenAllowedExplicitly) {
    allow_v1_ = true;
    for (const int status : {403, 404, 405}) {
        token_ = {.status = status, .headers = {}, .body = ""};
        const auto error = resolve().error();
        EXPECT_EQ(error.code(), ErrorCode::kNotFound);
        EXPECT_THAT(error.message(), HasSubstr("HTTP " + std::to_string(status)));
    }
    EXPECT_EQ(log().size(), 3U);
    set("AWS_EC2_METADATA_V1_DISABLED", "false");
    EXPECT_TRUE(resolve());
}

struct FaultCase {
    const char* name;
    int token_status;
    Reply roles;
    Reply keys;
    ErrorCode code;
    const char* message;
};
class F23ImdsFaults : public ImdsTest, public ::testing::WithParamInterface<FaultCase> {};

TEST_P(F23ImdsFaults, EndInTheNextProviderOrAClearError) {
    token_.status = GetParam().token_status;
    roles_ = GetParam().roles;
    keys_ = GetParam().keys;
    const auto error = resolve().error();
    EXPECT_EQ(error.code(), GetParam().code);
    EXPECT_THAT(error.message(), HasSubstr(GetParam().message));
    EXPECT_THAT(error.message(), HasSubstr("instance metadata at " + server_->url()));
}

const Reply kRole = {.status = 200, .headers = {}, .body = "r"};
INSTANTIATE_TEST_SUITE_P(
    Table, F23ImdsFaults,
    ::testing::Values(
        FaultCase{"TokenForbidden", 403, kRole, {}, ErrorCode::kNotFound, "refuses a session of version 2 (HTTP 403)"},
        FaultCase{"TokenBadRequest", 400, kRole, {}, ErrorCode::kUnauthenticated, "HTTP 400"},
        FaultCase{"TokenServerError", 500, kRole, {}, ErrorCode::kUnavailable, "HTTP 500"},
        FaultCase{"NoRole", 200, {.status = 404, .headers = {}, .body = ""}, {}, ErrorCode::kNotFound, "has no role"},
        FaultCase{"RoleServerError",
                  200,
                  {.status = 500, .headers = {}, .body = "x"},
                  {},
                  ErrorCode::kUnavailable,
                  "HTTP 500: x"},
        FaultCase{"KeysForbidden",
                  200,
                  kRole,
                  {.status = 403, .headers = {}, .body = ""},
                  ErrorCode::kUnauthenticated,
                  "HTTP 403"},
        FaultCase{"CodeFailed",
                  200,
                  kRole,
                  {.status = 200,
                   .headers = {},
                   .body = R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume the role"})"},
                  ErrorCode::kUnauthenticated,
                  "AssumeRoleUnauthorizedAccess: EC2 cannot assume the role"},
        FaultCase{"BadJson",
                  200,
                  kRole,
                  {.status = 200, .headers = {}, .body = "{\"Access"},
                  ErrorCode::kUnavailable,
                  "not a JSON object"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST_F(ImdsTest, F23AServiceThatHangsCostsOneTimeout) {
    fault_.never_answer = true;
    const auto error = resolve().error();
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.message(), HasSubstr("1000 ms"));
    EXPECT_THAT(error.hint(), HasSubstr("hop limit"));
}

TEST_F(ImdsTest, AnOutageAfterwardsDoesNotEndTheSession) {
    const auto provider = make_imds_provider({}, clock_);
    ASSERT_TRUE(provider->resolve(ctx_));
    token_ = {.status = 500, .headers = {}, .body = ""};
    clock_.advance(hours(7));
    const auto extended = provider->resolve(ctx_);
    ASSERT_TRUE(extended);
    EXPECT_EQ(extended->access_key_id, "a");
    EXPECT_GE(*extended->expires_at, clock_.wall_now() + minutes(17));
}

TEST_F(ImdsTest, ExpiredKeysOfTheServiceAreUsedOn) {
    keys_.body = keys_until(-minutes(10));
    const auto credentials = resolve();
    ASSERT_TRUE(credentials);
    EXPECT_GE(*credentials->expires_at, clock_.wall_now() + minutes(17));
}

}  // namespace
}  // namespace cofre::aws
