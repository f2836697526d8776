#include "aws/credentials.h"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/task_group.h"

namespace cofre::aws {
namespace {

Credentials keys(std::string id, std::string secret) {
    Credentials credentials;
    credentials.access_key_id = std::move(id);
    credentials.secret_access_key = Secret(std::move(secret));
    return credentials;
}

/// A clean environment with its own folder for the shared files.
class CredentialsTest : public ::testing::Test {
protected:
    void SetUp() override {
        auto folder = TempDir::create("credentials-test");
        ASSERT_TRUE(folder);
        folder_ = std::move(*folder);
        for (const char* name :
             {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_SECURITY_TOKEN",
              "AWS_DEFAULT_PROFILE", "AWS_CREDENTIAL_EXPIRATION", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"}) {
            const char* value = std::getenv(name);
            saved_.emplace_back(name, value ? std::optional<std::string>(value) : std::nullopt);
            ::unsetenv(name);
        }
        ::setenv("AWS_CONFIG_FILE", path("config").c_str(), 1);
        ::setenv("AWS_SHARED_CREDENTIALS_FILE", path("credentials").c_str(), 1);
    }
    void TearDown() override {
        for (const auto& [name, value] : saved_) {
            value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
        }
    }
    std::string path(const std::string& name) const { return (folder_->path() / name).string(); }

    /// Replaces the file by rename, as `aws configure` does not but tools that
    /// renew tokens do: the inode changes even when size and time do not.
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path(name + ".new")) << text;
        std::filesystem::rename(path(name + ".new"), path(name));
    }

    CallContext ctx_;
    std::optional<TempDir> folder_;

private:
    std::vector<std::pair<std::string, std::optional<std::string>>> saved_;
};

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
    ::setenv("AWS_ACCESS_KEY_ID", "id", 1);
    ::setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    ::setenv("AWS_SESSION_TOKEN", "token", 1);
    ::setenv("AWS_CREDENTIAL_EXPIRATION", "2026-11-22T01:36:59Z", 1);
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
    ::setenv("AWS_ACCESS_KEY_ID", "id", 1);
    ::setenv("AWS_SECRET_ACCESS_KEY", "", 1);  // Empty counts as unset.
    const auto error = make_environment_provider()->resolve(ctx_).error();
    EXPECT_EQ(error.code(), ErrorCode::kUnauthenticated);
    EXPECT_EQ(error.message(), "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not");
}

TEST_F(CredentialsTest, ALineBreakInAKeyNeverReachesAHeader) {
    ::setenv("AWS_ACCESS_KEY_ID", "id\r\nx-evil: 1", 1);
    ::setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    const auto error = make_environment_provider()->resolve(ctx_).error();
    EXPECT_EQ(error.code(), ErrorCode::kUnauthenticated);
    EXPECT_EQ(error.message().find("evil"), std::string::npos);
}

TEST_F(CredentialsTest, ProfileGivesKeysAndToken) {
    write("credentials",
          "[a]\naws_access_key_id=id\naws_secret_access_key=secret\naws_session_token=token\n"
          "[default]\naws_access_key_id=other\naws_secret_access_key=x\n");
    const auto credentials = make_profile_provider("a")->resolve(ctx_);
    ASSERT_TRUE(credentials) << credentials.error().message();
    EXPECT_EQ(credentials->access_key_id, "id");
    EXPECT_EQ(credentials->secret_access_key.reveal(), "secret");
    EXPECT_EQ(credentials->session_token.reveal(), "token");
    EXPECT_EQ(credentials->source, "profile");
    EXPECT_EQ(make_profile_provider({})->resolve(ctx_)->access_key_id, "other");
    ::setenv("AWS_PROFILE", "a", 1);
    EXPECT_EQ(make_profile_provider({})->resolve(ctx_)->access_key_id, "id");
}

TEST_F(CredentialsTest, ProfileNeverMixesTheTwoFiles) {
    write("config", "[default]\naws_access_key_id=old\naws_secret_access_key=old\naws_session_token=old\n");
    write("credentials", "[default]\naws_access_key_id=new\naws_secret_access_key=new\n");
    const auto credentials = make_profile_provider({})->resolve(ctx_);
    ASSERT_TRUE(credentials);
    EXPECT_EQ(credentials->access_key_id, "new");
    EXPECT_TRUE(credentials->session_token.empty());

    write("credentials", "[default]\naws_secret_access_key=new\n");
    EXPECT_EQ(make_profile_provider({})->resolve(ctx_)->secret_access_key.reveal(), "old");
}

struct ProfileErrorCase {
    const char* name;
    const char* config;
    const char* credentials;
    ErrorCode code;
    const char* message;
};

class ProfileError : public CredentialsTest, public ::testing::WithParamInterface<ProfileErrorCase> {};

TEST_P(ProfileError, SaysPlainlyWhatIsMissing) {
    write("config", GetParam().config);
    write("credentials", GetParam().credentials);
    const auto credentials = make_profile_provider("x")->resolve(ctx_);
    ASSERT_FALSE(credentials);
    EXPECT_EQ(credentials.error().code(), GetParam().code);
    EXPECT_NE(credentials.error().message().find(GetParam().message), std::string::npos)
        << credentials.error().message();
}

INSTANTIATE_TEST_SUITE_P(
    Table, ProfileError,
    ::testing::Values(
        ProfileErrorCase{"NoSuchProfile", "[default]\n", "", ErrorCode::kUnauthenticated, "profile x is not in /"},
        ProfileErrorCase{"NoKeys", "[profile x]\nregion=a\n", "", ErrorCode::kNotFound,
                         "profile x has no aws_access_key_id"},
        ProfileErrorCase{"NoSecret", "", "[x]\naws_access_key_id=a\n", ErrorCode::kUnauthenticated,
                         "profile x: aws_access_key_id is set but aws_secret_access_key is not"},
        ProfileErrorCase{"CommentBehindTheKey", "", "[x]\naws_access_key_id=a\naws_secret_access_key=b # c\n",
                         ErrorCode::kUnauthenticated, "profile x: aws_secret_access_key holds white space"},
        ProfileErrorCase{"RoleArn", "[profile x]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=y\n", "",
                         ErrorCode::kUnsupported, "profile x uses role_arn, which this version does not resolve yet"},
        ProfileErrorCase{"RoleArnGoesBeforeKeys", "[profile x]\nrole_arn=a\n",
                         "[x]\naws_access_key_id=a\naws_secret_access_key=b\n", ErrorCode::kUnsupported,
                         "profile x uses role_arn"},
        ProfileErrorCase{"Process", "[profile x]\ncredential_process=/bin/false\n", "", ErrorCode::kUnsupported,
                         "profile x uses credential_process"},
        ProfileErrorCase{"SingleSignOn", "[profile x]\nsso_session=corp\n[sso-session corp]\n", "",
                         ErrorCode::kUnsupported, "profile x uses sso_session"},
        ProfileErrorCase{"WebIdentity", "[profile x]\nweb_identity_token_file=/t\n", "", ErrorCode::kUnsupported,
                         "profile x uses web_identity_token_file"},
        ProfileErrorCase{"BrokenFile", "[profile x]\nrubbish\n", "", ErrorCode::kInvalidArgument, "line 2: neither"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST_F(CredentialsTest, KeysOfTheCredentialsFileGoBeforeAProcess) {
    write("config", "[default]\ncredential_process=/bin/false\n");
    write("credentials", "[default]\naws_access_key_id=a\naws_secret_access_key=b\n");
    EXPECT_EQ(make_profile_provider({})->resolve(ctx_)->access_key_id, "a");
}

TEST_F(CredentialsTest, ProfileIsReadAgainWhenTheFileChanges) {
    const auto provider = make_profile_provider({});
    EXPECT_EQ(provider->resolve(ctx_).error().code(), ErrorCode::kNotFound);
    write("credentials", "[default]\naws_access_key_id=one\naws_secret_access_key=s\n");
    EXPECT_EQ(provider->resolve(ctx_)->access_key_id, "one");

    // Same size, same time of modification: only the inode tells.
    const auto time = std::filesystem::last_write_time(path("credentials"));
    write("credentials", "[default]\naws_access_key_id=two\naws_secret_access_key=s\n");
    std::filesystem::last_write_time(path("credentials"), time);
    EXPECT_EQ(provider->resolve(ctx_)->access_key_id, "two");
}

TEST_F(CredentialsTest, AHalfWrittenFileDoesNotEndALongUpload) {
    const auto provider = make_profile_provider({});
    write("credentials", "[default]\naws_access_key_id=one\naws_secret_access_key=s\n");
    const auto first = provider->resolve(ctx_);
    ASSERT_TRUE(first);
    write("credentials", "[default]\naws_access_key_id=two\naws_secr");
    EXPECT_EQ(provider->resolve(ctx_)->access_key_id, "one");
    write("credentials", "[default]\naws_access_key_id=two\n");
    EXPECT_EQ(provider->resolve(ctx_)->access_key_id, "one");
    // But a set that the store has refused is not given out again.
    provider->invalidate(*first);
    EXPECT_EQ(provider->resolve(ctx_).error().code(), ErrorCode::kUnauthenticated);
    write("credentials", "[default]\naws_access_key_id=two\naws_secret_access_key=t\n");
    EXPECT_EQ(provider->resolve(ctx_)->access_key_id, "two");
}

TEST_F(CredentialsTest, RemovedKeysAreNotKept) {
    const auto provider = make_profile_provider({});
    write("credentials", "[default]\naws_access_key_id=one\naws_secret_access_key=s\n");
    ASSERT_TRUE(provider->resolve(ctx_));
    write("credentials", "");
    EXPECT_EQ(provider->resolve(ctx_).error().code(), ErrorCode::kNotFound);
}

TEST_F(CredentialsTest, ReadersOnManyThreadsSeeOnlyWholeSets) {
    const auto provider = make_profile_provider({});
    const auto text = [](const std::string& v) {
        return "[default]\naws_access_key_id=" + v + "\naws_secret_access_key=" + v + "\n";
    };
    write("credentials", text("a"));
    std::atomic<int> mixed{0};
    TaskGroup group{std::stop_token()};
    for (int i = 0; i < 3; ++i) {
        group.spawn([&](const std::stop_token&) -> Status {
            for (int round = 0; round < 200; ++round) {
                COFRE_ASSIGN(const auto credentials, provider->resolve({}));
                if (credentials.access_key_id != credentials.secret_access_key.reveal()) ++mixed;
                if (round % 50 == 0) provider->invalidate(credentials);
            }
            return {};
        });
    }
    for (int round = 0; round < 50; ++round)
        write("credentials", text(round % 2 == 0 ? "b" : "c"));
    EXPECT_TRUE(group.wait());
    EXPECT_EQ(mixed, 0);
}

TEST_F(CredentialsTest, ChainAsksTheEnvironmentFirst) {
    write("credentials", "[default]\naws_access_key_id=file\naws_secret_access_key=s\n");
    std::vector<SkippedProvider> skipped;
    const auto chain = make_default_chain({});
    EXPECT_EQ(chain->explain(ctx_, skipped)->access_key_id, "file");
    ASSERT_EQ(skipped.size(), 1U);
    EXPECT_EQ(skipped[0].name, "environment");
    EXPECT_EQ(skipped[0].reason, "AWS_ACCESS_KEY_ID is not set");
    ::setenv("AWS_ACCESS_KEY_ID", "variable", 1);
    ::setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
    EXPECT_EQ(chain->resolve(ctx_)->access_key_id, "variable");
}

TEST_F(CredentialsTest, ChainStopsAtAHalfSetEnvironment) {
    write("credentials", "[default]\naws_access_key_id=file\naws_secret_access_key=s\n");
    ::setenv("AWS_ACCESS_KEY_ID", "variable", 1);
    EXPECT_EQ(make_default_chain({})->resolve(ctx_).error().code(), ErrorCode::kUnauthenticated);
}

TEST_F(CredentialsTest, AnExplicitProfileGoesBeforeTheEnvironment) {
    write("credentials", "[p]\naws_access_key_id=file\naws_secret_access_key=s\n");
    ::setenv("AWS_ACCESS_KEY_ID", "variable", 1);
    ::setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
    EXPECT_EQ(make_default_chain("p")->resolve(ctx_)->access_key_id, "file");
    ::setenv("AWS_PROFILE", "p", 1);
    EXPECT_EQ(make_default_chain({})->resolve(ctx_)->access_key_id, "variable");
}

TEST_F(CredentialsTest, AnExhaustedChainNamesEveryLink) {
    const auto error = make_default_chain({})->resolve(ctx_).error();
    EXPECT_EQ(error.code(), ErrorCode::kUnauthenticated);
    EXPECT_EQ(error.message(),
              "no credentials found: environment: AWS_ACCESS_KEY_ID is not set; profile default is not in " +
                  path("credentials") + " or " + path("config"));
    EXPECT_FALSE(error.hint().empty());
}

}  // namespace
}  // namespace cofre::aws
