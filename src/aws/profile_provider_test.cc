#include "aws/profile_provider.h"

#include <atomic>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/testing/aws_test.h"
#include "aws/testing/fake_sts.h"
#include "base/task_group.h"

namespace cofre::aws {
namespace {

using std::chrono::minutes;
using testing::FakeSts;

class ProfileTest : public testing::AwsTest {};

TEST_F(ProfileTest, ProfileGivesKeysAndToken) {
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
    set("AWS_PROFILE", "a");
    EXPECT_EQ(make_profile_provider({})->resolve(ctx_)->access_key_id, "id");
}

TEST_F(ProfileTest, ProfileNeverMixesTheTwoFiles) {
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

class ProfileError : public ProfileTest, public ::testing::WithParamInterface<ProfileErrorCase> {};

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
        ProfileErrorCase{"RoleWithoutSource", "[profile x]\nrole_arn=arn:aws:iam::1:role/r\n", "",
                         ErrorCode::kUnauthenticated, "has role_arn, but neither source_profile nor credential_source"},
        ProfileErrorCase{"RoleWithTwoSources",
                         "[profile x]\nrole_arn=a\nsource_profile=x\ncredential_source=Environment\n", "",
                         ErrorCode::kUnauthenticated, "has both source_profile and credential_source"},
        ProfileErrorCase{"NoSuchSource", "[profile x]\nrole_arn=a\nsource_profile=y\n", "", ErrorCode::kUnauthenticated,
                         "has source_profile y, which does not exist"},
        ProfileErrorCase{"EmptySource", "[profile x]\nrole_arn=a\nsource_profile=y\n[profile y]\nregion=b\n", "",
                         ErrorCode::kUnauthenticated, "profile y is the source_profile of x, but has no credentials"},
        ProfileErrorCase{"UnknownCredentialSource", "[profile x]\nrole_arn=a\ncredential_source=Imds\n", "",
                         ErrorCode::kUnauthenticated, "credential_source that does not exist"},
        ProfileErrorCase{"EnvironmentSourceIsEmpty", "[profile x]\nrole_arn=a\ncredential_source=Environment\n", "",
                         ErrorCode::kUnauthenticated,
                         "credential_source Environment of profile x: AWS_ACCESS_KEY_ID is not set"},
        ProfileErrorCase{"Circle",
                         "[profile x]\nrole_arn=a\nsource_profile=y\n[profile y]\nrole_arn=b\nsource_profile=x\n", "",
                         ErrorCode::kUnauthenticated, "circle of source profiles: x -> y -> x"},
        ProfileErrorCase{"ItsOwnSource", "[profile x]\nrole_arn=a\nsource_profile=x\n", "", ErrorCode::kUnauthenticated,
                         "circle of source profiles: x -> x"},
        ProfileErrorCase{"Mfa", "[profile x]\nrole_arn=a\nsource_profile=x\nmfa_serial=m\n",
                         "[x]\naws_access_key_id=a\naws_secret_access_key=b\n", ErrorCode::kUnsupported, "mfa_serial"},
        ProfileErrorCase{"Duration", "[profile x]\nrole_arn=a\nsource_profile=x\nduration_seconds=1h\n",
                         "[x]\naws_access_key_id=a\naws_secret_access_key=b\n", ErrorCode::kUnauthenticated,
                         "duration_seconds is not a number"},
        ProfileErrorCase{"RoleArnGoesBeforeKeys", "[profile x]\nrole_arn=a\n",
                         "[x]\naws_access_key_id=a\naws_secret_access_key=b\n", ErrorCode::kUnauthenticated,
                         "has role_arn, but neither"},
        ProfileErrorCase{"WebIdentityWithoutRole", "[profile x]\nweb_identity_token_file=/t\n", "",
                         ErrorCode::kUnauthenticated, "no role to assume with it"},
        ProfileErrorCase{"WebIdentityWithoutFile", "[profile x]\nweb_identity_token_file=/no/such\nrole_arn=a\n", "",
                         ErrorCode::kUnauthenticated, "web identity token file /no/such cannot be read"},
        ProfileErrorCase{"Process", "[profile x]\ncredential_process=/bin/false\n", "", ErrorCode::kUnauthenticated,
                         "credential_process of profile x ended with exit status 1"},
        ProfileErrorCase{"SingleSignOn", "[profile x]\nsso_session=corp\n[sso-session corp]\n", "",
                         ErrorCode::kUnsupported, "profile x uses sso_session"},
        ProfileErrorCase{"BrokenFile", "[profile x]\nrubbish\n", "", ErrorCode::kInvalidArgument, "line 2: neither"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST_F(ProfileTest, KeysOfTheCredentialsFileGoBeforeAProcess) {
    write("config", "[default]\ncredential_process=/bin/false\n");
    write("credentials", "[default]\naws_access_key_id=a\naws_secret_access_key=b\n");
    EXPECT_EQ(make_profile_provider({})->resolve(ctx_)->access_key_id, "a");
}

TEST_F(ProfileTest, ProfileIsReadAgainWhenTheFileChanges) {
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

TEST_F(ProfileTest, AHalfWrittenFileDoesNotEndALongUpload) {
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

TEST_F(ProfileTest, RemovedKeysAreNotKept) {
    const auto provider = make_profile_provider({});
    write("credentials", "[default]\naws_access_key_id=one\naws_secret_access_key=s\n");
    ASSERT_TRUE(provider->resolve(ctx_));
    write("credentials", "");
    EXPECT_EQ(provider->resolve(ctx_).error().code(), ErrorCode::kNotFound);
}

TEST_F(ProfileTest, ReadersOnManyThreadsSeeOnlyWholeSets) {
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

/// Profiles that ask STS.
class RoleProfileTest : public testing::AwsTest {
protected:
    void SetUp() override {
        AwsTest::SetUp();
        set("AWS_ENDPOINT_URL_STS", sts_.url());
        set("AWS_REGION", "sa-east-1");
    }
    Result<Credentials> resolve(const std::string& profile) {
        return make_profile_provider(profile, clock_)->resolve(ctx_);
    }
    FakeSts sts_{clock_};
};

TEST_F(RoleProfileTest, ARoleIsAssumedWithTheKeysOfItsSourceProfile) {
    write("config",
          "[profile x]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=y\nexternal_id=ext\nduration_seconds=1200\n"
          "role_session_name=nightly\n");
    write("credentials", "[y]\naws_access_key_id=AKIABASE\naws_secret_access_key=s\n");
    const auto credentials = resolve("x");
    ASSERT_TRUE(credentials) << credentials.error().message();
    EXPECT_EQ(credentials->access_key_id, "session-1");
    EXPECT_EQ(credentials->session_token.reveal(), "token-1");
    EXPECT_EQ(credentials->source, "assume-role");
    EXPECT_EQ(credentials->expires_at, clock_.wall_now() + minutes(60));
    EXPECT_EQ(sts_.parameter("RoleArn"), "arn:aws:iam::1:role/r");
    EXPECT_EQ(sts_.parameter("ExternalId"), "ext");
    EXPECT_EQ(sts_.parameter("DurationSeconds"), "1200");
    EXPECT_EQ(sts_.parameter("RoleSessionName"), "nightly");
    EXPECT_THAT(std::string(sts_.last().header("authorization")), ::testing::HasSubstr("Credential=AKIABASE/"));
    EXPECT_THAT(std::string(sts_.last().header("authorization")), ::testing::HasSubstr("/sa-east-1/sts/aws4_request"));
}

TEST_F(RoleProfileTest, AProfileMayBeItsOwnSourceIfItHasKeys) {
    write("credentials", "[x]\nrole_arn=r\nsource_profile=x\naws_access_key_id=AKIASELF\naws_secret_access_key=s\n");
    ASSERT_EQ(resolve("x")->access_key_id, "session-1");
    EXPECT_THAT(std::string(sts_.last().header("authorization")), ::testing::HasSubstr("Credential=AKIASELF/"));
}

TEST_F(RoleProfileTest, RolesFormAChain) {
    write("config",
          "[profile x]\nrole_arn=outer\nsource_profile=y\n[profile y]\nrole_arn=inner\nsource_profile=z\n"
          "[profile z]\naws_access_key_id=AKIAZ\naws_secret_access_key=s\n");
    ASSERT_EQ(resolve("x")->access_key_id, "session-2");
    EXPECT_EQ(sts_.parameter("RoleArn"), "outer");
    EXPECT_EQ(sts_.last().header("x-amz-security-token"), "token-1");
}

TEST_F(RoleProfileTest, KeysOfASourceProfileGoBeforeItsRole) {
    write("config",
          "[profile x]\nrole_arn=outer\nsource_profile=y\n"
          "[profile y]\nrole_arn=inner\nsource_profile=x\naws_access_key_id=AKIAY\naws_secret_access_key=s\n");
    ASSERT_EQ(resolve("x")->access_key_id, "session-1");
    EXPECT_EQ(sts_.calls(), 1);
}

TEST_F(RoleProfileTest, TheEnvironmentMayBeTheSource) {
    write("config", "[profile x]\nrole_arn=r\ncredential_source=Environment\n");
    set("AWS_ACCESS_KEY_ID", "AKIAENV");
    set("AWS_SECRET_ACCESS_KEY", "s");
    ASSERT_EQ(resolve("x")->access_key_id, "session-1");
}

TEST_F(RoleProfileTest, ASessionOutlivesATouchedFileButNotAChangedOne) {
    write("config",
          "[profile x]\nrole_arn=r\nsource_profile=y\n[profile y]\naws_access_key_id=a\naws_secret_access_key=s\n");
    const auto provider = make_profile_provider("x", clock_);
    ASSERT_EQ(provider->resolve(ctx_)->access_key_id, "session-1");
    write("config",
          "[profile x]\nrole_arn=r\nsource_profile=y\n[profile y]\naws_access_key_id=a\naws_secret_access_key=s\n");
    EXPECT_EQ(provider->resolve(ctx_)->access_key_id, "session-1");
    write("config",
          "[profile x]\nrole_arn=r\nsource_profile=y\n[profile y]\naws_access_key_id=b\naws_secret_access_key=s\n");
    EXPECT_EQ(provider->resolve(ctx_)->access_key_id, "session-2");
}

TEST_F(RoleProfileTest, TheVariablesOfAWebIdentityNeedNoFiles) {
    write("token", "jwt\n");
    set("AWS_WEB_IDENTITY_TOKEN_FILE", path("token"));
    set("AWS_ROLE_ARN", "arn:aws:iam::1:role/irsa");
    const auto credentials = make_profile_provider({}, clock_)->resolve(ctx_);
    ASSERT_TRUE(credentials) << credentials.error().message();
    EXPECT_EQ(credentials->source, "web-identity");
    EXPECT_EQ(sts_.parameter("WebIdentityToken"), "jwt");
    EXPECT_EQ(sts_.parameter("RoleArn"), "arn:aws:iam::1:role/irsa");
    EXPECT_EQ(sts_.last().header("authorization"), "");
}

TEST_F(RoleProfileTest, AProfileNamedExplicitlyIgnoresThem) {
    write("credentials", "[p]\naws_access_key_id=file\naws_secret_access_key=s\n");
    write("token", "jwt");
    set("AWS_WEB_IDENTITY_TOKEN_FILE", path("token"));
    set("AWS_ROLE_ARN", "r");
    EXPECT_EQ(resolve("p")->access_key_id, "file");
}

}  // namespace
}  // namespace cofre::aws
