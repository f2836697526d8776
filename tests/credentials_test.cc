// Who signs, against services that we did not write: STS of a Ceph RADOS
// Gateway, for roles and for web identities of an issuer that it asks itself;
// and the credential services of clouds at their own link-local addresses.
// AWSCLI is the judge of which link of the chain answers.

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/file.h"
#include "testing/cli_runner.h"
#include "testing/rgw_server.h"
#include "testing/sts_roles.h"
#include "testing/tree_builder.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kData = COFRE_TEST_SOURCE_DIR;
class Sessions : public ::testing::Test {
protected:
    void SetUp() override {
        cofre_.set("AWS_ENDPOINT_URL", server_.endpoint()).set("AWS_REGION", "us-east-1");
        cofre_.set("AWS_EC2_METADATA_DISABLED", "true");
        ASSERT_TRUE(fs::create_directories(cofre_.home() / ".aws"));
    }
    void write(const std::string& name, const std::string& text) const {
        ASSERT_TRUE(write_file_atomic(cofre_.home() / name, text));
    }
    void use_profile_with_role(const std::string& role, const std::string& seconds) {
        write(".aws/config",
              "[default]\nrole_arn=" + role + "\nsource_profile=base\nduration_seconds=" + seconds + "\n");
        write(".aws/credentials", "[base]\naws_access_key_id=" + server_.access_key() +
                                      "\naws_secret_access_key=" + server_.secret_key() + "\n");
    }

    /// Uploads a stream whose last byte comes long after the first session is
    /// over: three parts in 4.4 s, with sessions of 2 s.
    void upload_slowly(const std::string& key) {
        const std::string url = "s3://" + common_bucket() + "/" + key;
        cofre_.wrap({"sh", "-c",
                     "produce() { for part in 1 2 3; do head -c 6000000 /dev/zero | tr '\\0' $part; "
                     "[ $part = 3 ] || sleep 2.2; done; }; produce | \"$@\"",
                     "sh"});
        const auto result = cofre_.run({"s3", "cp", "-v", "--part-size", "5MiB", "--part-concurrency", "1", "-", url});
        cofre_.wrap({});
        ASSERT_EQ(result.exit_code, 0) << result.describe();
        EXPECT_THAT(result.err, HasSubstr("renewed")) << result.describe();
        EXPECT_THAT(result.err, Not(HasSubstr("error")));
        const auto back = cofre_.run({"s3", "cp", url, "back"});
        ASSERT_EQ(back.exit_code, 0) << back.describe();
        EXPECT_EQ(fs::file_size(cofre_.home() / "back"), 18'000'000U);
        EXPECT_EQ(read_small_file(cofre_.home() / "back", 20'000'000)->find('3'), 12'000'000U);
    }

    RgwServer& server_ = shared_rgw();
    CliRunner cofre_;
};

TEST_F(Sessions, OneUploadOutlivesSeveralSessionsOfARole) {
    use_profile_with_role(role_for_user(server_), "2");
    const std::string key = "role-" + std::to_string(::getpid());
    upload_slowly(key);
    EXPECT_THAT(*server_.pending_uploads(common_bucket()), Not(::testing::Contains(HasSubstr(key))));
}

TEST_F(Sessions, OneUploadOutlivesSeveralSessionsOfAWebIdentity) {
    const Issuer issuer;
    write(".aws/config", "[default]\nduration_seconds=2\n");
    cofre_.set("AWS_ROLE_ARN", role_for_issuer(server_, issuer));
    cofre_.set("AWS_WEB_IDENTITY_TOKEN_FILE", issuer.token_file());
    upload_slowly("pod-" + std::to_string(::getpid()));
}

TEST_F(Sessions, ATargetMayNameTheRoleToAssume) {
    write("cofre.yaml", "targets:\n  store:\n    url: s3://" + common_bucket() +
                            "/by-role\n    layout: objects\n    role_arn: " + role_for_user(server_) +
                            "\n    access_key_id: " + server_.access_key() +
                            "\n    secret_access_key: " + server_.secret_key() + "\n    session_duration: 15m\n");
    const auto doctor = cofre_.run({"doctor", "credentials", "store", "--json"});
    const auto found = json_of(doctor);
    EXPECT_EQ(found["source"], "assume-role") << doctor.describe();
    EXPECT_THAT(found["seconds_left"].get<int>(), ::testing::AllOf(::testing::Gt(800), ::testing::Le(900)));
    write("file", "content");
    const auto backup = cofre_.run({"backup", (cofre_.home() / "file").string(), "--to", "store"});
    EXPECT_EQ(backup.exit_code, 0) << backup.describe();
}

TEST_F(Sessions, F26AClockThatIsADayOffIsNoObstacle) {
    use_profile_with_role(role_for_user(server_), "900");
    cofre_.set("ASAN_OPTIONS", "verify_asan_link_order=0");
    for (const auto& [error, word] : {std::pair("+1d", "ahead of"), {"-1d", "behind"}}) {
        cofre_.wrap({"faketime", "-f", error});
        const auto result = cofre_.run({"s3", "cp", "-v", "-", "s3://" + common_bucket() + "/clock"}, "content");
        EXPECT_EQ(result.exit_code, 0) << result.describe();
        EXPECT_THAT(result.err, HasSubstr(std::string(word) + " that of STS")) << result.describe();
    }
}

TEST_F(Sessions, DoctorSaysWhatIsWrongWithARole) {
    use_profile_with_role("arn:aws:iam:::role/no-such-role", "900");
    const auto result = cofre_.run({"doctor", "credentials"});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.out, HasSubstr("assume role arn:aws:iam:::role/no-such-role")) << result.describe();
    EXPECT_THAT(result.out + result.err, Not(HasSubstr(server_.secret_key())));
}

/// In a network namespace with the services' own addresses.
class LinkLocal : public ::testing::Test {
protected:
    /// The document of `cofre debug credentials`; null if the test is skipped.
    nlohmann::json ask() {
        cofre_.wrap({"unshare", "-rn", kData + "/metadata_services.py", (cofre_.home() / "log").string()});
        const auto result = cofre_.run({"debug", "credentials"});
        if (result.exit_code == 77 || result.err.find("unshare:") != std::string::npos) {
            skip_reason_ = result.err;
            return nullptr;
        }
        EXPECT_EQ(result.exit_code, 0) << result.describe();
        return json_of(result);
    }
    std::string asked() const { return read_small_file(cofre_.home() / "log", 65536).value(); }

    CliRunner cofre_;
    std::string skip_reason_;
};
#define SKIP_WITHOUT_NAMESPACES() \
    if (!skip_reason_.empty()) GTEST_SKIP() << "no network namespace: " << skip_reason_

TEST_F(LinkLocal, InstanceMetadataIsAskedInVersion2) {
    const auto found = ask();
    SKIP_WITHOUT_NAMESPACES();
    EXPECT_EQ(found["source"], "imds");
    EXPECT_EQ(found["access_key_id"], "ASIAIMDS");
    EXPECT_THAT(asked(), ::testing::StartsWith("169.254.169.254 PUT /latest/api/token 200\n"));
}

TEST_F(LinkLocal, AnEcsTaskHasItsOwnEndpoint) {
    cofre_.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/task");
    const auto found = ask();
    SKIP_WITHOUT_NAMESPACES();
    EXPECT_EQ(found["source"], "container");
    EXPECT_EQ(found["access_key_id"], "ASIAECS");
}

TEST_F(LinkLocal, AnEksPodShowsItsTokenAndNoProxySeesIt) {
    ASSERT_TRUE(write_file_atomic(cofre_.home() / "token", "pod-token"));
    cofre_.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials")
        .set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", cofre_.home() / "token")
        .set("http_proxy", "http://127.0.0.1:9");
    const auto found = ask();
    SKIP_WITHOUT_NAMESPACES();
    EXPECT_EQ(found["source"], "container");
    EXPECT_EQ(found["access_key_id"], "ASIAEKS");
}

struct OracleCase {
    const char* name;
    const char* config;
    const char* credentials;
    std::vector<std::string> profile;
    bool with_keys_in_environment;
};
class SameAsAwsCli : public ::testing::TestWithParam<OracleCase> {};

TEST_P(SameAsAwsCli, TheSameLinkAnswers) {
    const auto& param = GetParam();
    CliRunner cofre;
    ASSERT_TRUE(fs::create_directories(cofre.home() / ".aws"));
    const std::string process = "{\"Version\":1,\"AccessKeyId\":\"AKIAPROCESS\",\"SecretAccessKey\":\"s\"}";
    ASSERT_TRUE(write_file_atomic(cofre.home() / "keys.json", process));
    ASSERT_TRUE(write_file_atomic(cofre.home() / ".aws/config", param.config));
    ASSERT_TRUE(write_file_atomic(cofre.home() / ".aws/credentials", param.credentials));
    cofre.set("AWS_EC2_METADATA_DISABLED", "true");
    auto environment = clean_environment(cofre.home());
    environment["AWS_EC2_METADATA_DISABLED"] = "true";
    if (param.with_keys_in_environment) {
        for (const auto& [name, value] : {std::pair("AWS_ACCESS_KEY_ID", "AKIAENV"), {"AWS_SECRET_ACCESS_KEY", "s"}}) {
            cofre.set(name, value);
            environment[name] = value;
        }
    }
    std::vector<std::string> theirs = {"aws", "configure", "export-credentials", "--format", "process"};
    std::vector<std::string> ours = {"debug", "credentials"};
    theirs.insert(theirs.end(), param.profile.begin(), param.profile.end());
    ours.insert(ours.end(), param.profile.begin(), param.profile.end());
    const auto expected = run_child({.argv = theirs, .environment = environment, .working_directory = cofre.home()});
    ASSERT_TRUE(expected);
    const auto found = cofre.run(ours);
    ASSERT_EQ(found.exit_code == 0, expected->exit_code == 0) << found.describe() << expected->describe();
    if (found.exit_code != 0) return;
    EXPECT_EQ(json_of(found)["access_key_id"], nlohmann::json::parse(expected->out)["AccessKeyId"]);
}

constexpr const char* kBoth =
    "[default]\naws_access_key_id=AKIACRED\naws_secret_access_key=s\n"
    "[p]\naws_access_key_id=AKIAP\naws_secret_access_key=s\n";
constexpr const char* kProcess =
    "[default]\ncredential_process = cat 'keys.json'\n"
    "aws_access_key_id=AKIACONFIG\naws_secret_access_key=s\n";
INSTANTIATE_TEST_SUITE_P(Table, SameAsAwsCli,
                         ::testing::Values(OracleCase{"ProfileBeforeEnvironment", "", kBoth, {"--profile", "p"}, true},
                                           OracleCase{"CredentialsBeforeProcess", kProcess, kBoth, {}, false},
                                           OracleCase{"ProcessBeforeConfig", kProcess, "", {}, false}),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace cofre::testing
