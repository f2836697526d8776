#include "aws/container_provider.h"

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
using std::chrono::seconds;
using ::testing::HasSubstr;

struct UriCase {
    const char* name;
    const char* uri;
    bool allowed;
};
class ContainerUri : public ::testing::TestWithParam<UriCase> {};

TEST_P(ContainerUri, HostsAreLimited) {
    EXPECT_EQ(check_container_uri(GetParam().uri).has_value(), GetParam().allowed);
}

INSTANTIATE_TEST_SUITE_P(Table, ContainerUri,
                         ::testing::Values(UriCase{"Https", "https://example.com/x", true},
                                           UriCase{"Loopback", "http://127.0.0.1:80/x", true},
                                           UriCase{"OtherLoopback", "http://127.8.8.8/x", true},
                                           UriCase{"Loopback6", "http://[::1]/x", true},
                                           UriCase{"Localhost", "http://localhost:8080/x", true},
                                           UriCase{"Ecs", "http://169.254.170.2/x", true},
                                           UriCase{"Eks", "http://169.254.170.23/v1/credentials", true},
                                           UriCase{"Eks6", "http://[fd00:ec2::23]/v1/credentials", true},
                                           UriCase{"Imds", "http://169.254.169.254/x", false},
                                           UriCase{"Elsewhere", "http://example.com/x", false},
                                           UriCase{"LooksLocal", "http://127.0.0.1.example.com/x", false},
                                           UriCase{"UserInfo", "http://169.254.170.2@example.com/x", false},
                                           UriCase{"File", "file:///etc/passwd", false}),
                         [](const auto& param) { return std::string(param.param.name); });

class ContainerTest : public testing::AwsTest {
protected:
    void SetUp() override {
        AwsTest::SetUp();
        server_ = *scripted::HttpServer::start([this](const scripted::Request&) { return fault_; },
                                               [this](const scripted::Request& request) {
                                                   return log_.with([&](auto& log) {
                                                       log.push_back(request);
                                                       return reply_;
                                                   });
                                               });
        set("AWS_CONTAINER_CREDENTIALS_FULL_URI", server_->url() + "/creds?id=1");
        reply_ = {.status = 200, .headers = {}, .body = keys_until(hours(1))};
    }
    std::string keys_until(std::chrono::seconds life) const {
        return R"({"AccessKeyId":"a","SecretAccessKey":"b","Token":"c","Expiration":")" +
               format_rfc3339(clock_.wall_now() + life) + "\"}";
    }
    int calls() const {
        return log_.with([](const auto& log) { return static_cast<int>(log.size()); });
    }
    scripted::Request last() const {
        return log_.with([](const auto& log) { return log.back(); });
    }
    Result<Credentials> resolve() { return make_container_provider(clock_)->resolve(ctx_); }

    scripted::WireFault fault_;
    Reply reply_;
    Guarded<std::vector<scripted::Request>> log_;
    std::unique_ptr<scripted::HttpServer> server_;
};

TEST_F(ContainerTest, IsNotAskedUnlessAVariableIsSet) {
    unset("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    EXPECT_EQ(resolve().error().code(), ErrorCode::kNotFound);
}

TEST_F(ContainerTest, GivesWhatTheEndpointAnswers) {
    // A proxy that nobody listens on: these requests never go through one.
    set("http_proxy", "http://127.0.0.1:1");
    const auto credentials = resolve();
    unset("http_proxy");
    ASSERT_TRUE(credentials) << credentials.error().message();
    EXPECT_EQ(credentials->source, "container");
    EXPECT_EQ(credentials->session_token.reveal(), "c");
    EXPECT_EQ(credentials->expires_at, clock_.wall_now() + hours(1));
    EXPECT_EQ(last().target, "/creds?id=1");
    EXPECT_EQ(last().header("authorization"), "");
}

TEST_F(ContainerTest, TheTokenFileGoesFirstAndIsReadAtEachFetch) {
    set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "plain");
    const auto provider = make_container_provider(clock_);
    ASSERT_TRUE(provider->resolve(ctx_));
    EXPECT_EQ(last().header("authorization"), "plain");

    write("token", "one");
    set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path("token"));
    clock_.advance(hours(2));
    reply_.body = keys_until(hours(1));
    ASSERT_TRUE(provider->resolve(ctx_));
    EXPECT_EQ(last().header("authorization"), "one");

    write("token", "two");
    clock_.advance(hours(2));
    reply_.body = keys_until(hours(1));
    ASSERT_TRUE(provider->resolve(ctx_));
    EXPECT_EQ(last().header("authorization"), "two");
}

TEST_F(ContainerTest, ALineBreakInTheTokenIsRefused) {
    for (const char* token : {"a\r\nx-evil: 1", "a\n", "a\r"}) {
        set("AWS_CONTAINER_AUTHORIZATION_TOKEN", token);
        EXPECT_THAT(resolve().error().message(), HasSubstr("line break"));
    }
    set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path("absent"));
    EXPECT_THAT(resolve().error().message(), HasSubstr("token file " + path("absent") + " cannot be read"));
    EXPECT_EQ(calls(), 0);
}

TEST_F(ContainerTest, FaultsGetThreeAttemptsASecondApart) {
    reply_ = {.status = 500, .headers = {}, .body = "oops"};
    const auto error = resolve().error();
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
    EXPECT_THAT(error.message(), HasSubstr("HTTP 500: oops"));
    EXPECT_EQ(calls(), 3);
    EXPECT_EQ(clock_.passed(), seconds(2));
}

TEST_F(ContainerTest, ARefusalIsFinal) {
    reply_ = {.status = 403, .headers = {}, .body = ""};
    EXPECT_EQ(resolve().error().code(), ErrorCode::kUnauthenticated);
    EXPECT_EQ(calls(), 1);
}

TEST_F(ContainerTest, AForeignHostIsNeverAsked) {
    set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/x");
    EXPECT_THAT(resolve().error().message(), HasSubstr("192.0.2.1 is not allowed over plain http"));
}

}  // namespace
}  // namespace cofre::aws
