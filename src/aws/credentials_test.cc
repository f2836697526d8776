#include "aws/credentials.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "aws/testing/aws_test.h"

namespace cofre::aws {
namespace {

class CredentialsTest : public testing::AwsTest {};

TEST_F(CredentialsTest, StaticKeysAreGivenAsConfigured) {
    auto credentials = make_static_provider(keys("id", "secret"))->resolve(ctx_);
    ASSERT_TRUE(credentials);
    EXPECT_EQ(credentials->access_key_id, "id");
    EXPECT_EQ(credentials->secret_access_key.reveal(), "secret");
    EXPECT_EQ(credentials->source, "configuration");
}

TEST_F(CredentialsTest, StaticKeysMayBeAbsentButNotHalfThere) {
    EXPECT_EQ(make_static_provider({})->resolve(ctx_).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(make_static_provider(keys("id", ""))->resolve(ctx_).error().code(), ErrorCode::kUnauthenticated);
    EXPECT_EQ(make_static_provider(keys("", "secret"))->resolve(ctx_).error().code(), ErrorCode::kUnauthenticated);
}

TEST_F(CredentialsTest, EnvironmentIsReadAtEachCall) {
    const auto provider = make_environment_provider();
    EXPECT_EQ(provider->resolve(ctx_).error().code(), ErrorCode::kNotFound);
    set("AWS_ACCESS_KEY_ID", "id");
    set("AWS_SECRET_ACCESS_KEY", "secret");
    set("AWS_SESSION_TOKEN", "token");
    set("AWS_CREDENTIAL_EXPIRATION", "2026-11-22T01:36:59Z");
    const auto credentials = provider->resolve(ctx_);
    ASSERT_TRUE(credentials);
    EXPECT_EQ(credentials->access_key_id, "id");
    EXPECT_EQ(credentials->secret_access_key.reveal(), "secret");
    EXPECT_EQ(credentials->session_token.reveal(), "token");
    EXPECT_EQ(credentials->source, "environment");
    ASSERT_TRUE(credentials->expires_at);
    EXPECT_EQ(format_rfc3339(*credentials->expires_at), "2026-11-22T01:36:59Z");
}

TEST_F(CredentialsTest, AKeyIdWithoutItsSecretIsAnErrorAndNotNothing) {
    set("AWS_ACCESS_KEY_ID", "id");
    set("AWS_SECRET_ACCESS_KEY", "");  // Empty counts as unset.
    const auto error = make_environment_provider()->resolve(ctx_).error();
    EXPECT_EQ(error.code(), ErrorCode::kUnauthenticated);
    EXPECT_EQ(error.message(), "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not");
}

TEST_F(CredentialsTest, ALineBreakInAKeyNeverReachesAHeader) {
    set("AWS_ACCESS_KEY_ID", "id\r\nx-evil: 1");
    set("AWS_SECRET_ACCESS_KEY", "secret");
    const auto error = make_environment_provider()->resolve(ctx_).error();
    EXPECT_EQ(error.code(), ErrorCode::kUnauthenticated);
    EXPECT_EQ(error.message().find("evil"), std::string::npos);
}

TEST_F(CredentialsTest, ChainAsksTheEnvironmentFirst) {
    write("credentials", "[default]\naws_access_key_id=file\naws_secret_access_key=s\n");
    std::vector<SkippedProvider> skipped;
    const auto chain = make_default_chain({});
    EXPECT_EQ(chain->explain(ctx_, skipped)->access_key_id, "file");
    ASSERT_EQ(skipped.size(), 3U);
    EXPECT_EQ(skipped[0].name, "environment");
    EXPECT_EQ(skipped[0].reason, "AWS_ACCESS_KEY_ID is not set");
    EXPECT_EQ(skipped[1].name, "assume-role");
    EXPECT_EQ(skipped[2].name, "web-identity");
    set("AWS_ACCESS_KEY_ID", "variable");
    set("AWS_SECRET_ACCESS_KEY", "s");
    EXPECT_EQ(chain->resolve(ctx_)->access_key_id, "variable");
}

TEST_F(CredentialsTest, ChainStopsAtAHalfSetEnvironment) {
    write("credentials", "[default]\naws_access_key_id=file\naws_secret_access_key=s\n");
    set("AWS_ACCESS_KEY_ID", "variable");
    EXPECT_EQ(make_default_chain({})->resolve(ctx_).error().code(), ErrorCode::kUnauthenticated);
}

TEST_F(CredentialsTest, AnExplicitProfileGoesBeforeTheEnvironment) {
    write("credentials", "[p]\naws_access_key_id=file\naws_secret_access_key=s\n");
    set("AWS_ACCESS_KEY_ID", "variable");
    set("AWS_SECRET_ACCESS_KEY", "s");
    EXPECT_EQ(make_default_chain("p")->resolve(ctx_)->access_key_id, "file");
    set("AWS_PROFILE", "p");
    EXPECT_EQ(make_default_chain({})->resolve(ctx_)->access_key_id, "variable");
}

TEST_F(CredentialsTest, AnExhaustedChainNamesEveryLink) {
    const auto error = make_default_chain({})->resolve(ctx_).error();
    EXPECT_EQ(error.code(), ErrorCode::kUnauthenticated);
    EXPECT_EQ(error.message(),
              "no credentials found: environment: AWS_ACCESS_KEY_ID is not set; "
              "assume-role: profile default has no role_arn; web-identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set; "
              "profile default is not in " +
                  path("credentials") + " or " + path("config") +
                  "; process: profile default has no credential_process; "
                  "container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor "
                  "AWS_CONTAINER_CREDENTIALS_FULL_URI is set; "
                  "imds: switched off by AWS_EC2_METADATA_DISABLED");
    EXPECT_FALSE(error.hint().empty());
}

}  // namespace
}  // namespace cofre::aws
