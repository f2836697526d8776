#include "aws/shared_config.h"

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/file.h"

namespace cofre::aws {
namespace {

/// "profile.key=value" lines, sorted: easy to read in a table and in a failure.
std::string flatten(const AwsProfiles& profiles) {
    std::string text;
    for (const auto& [name, profile] : profiles) {
        if (profile.empty()) text += name + "\n";
        for (const auto& [key, value] : profile)
            text += name + "/" + key + "=" + value + "\n";
    }
    return text;
}

struct ParseCase {
    const char* name;
    AwsFileKind kind;
    const char* text;
    const char* expected;
};

class AwsFileParse : public ::testing::TestWithParam<ParseCase> {};

TEST_P(AwsFileParse, ReadsWhatTheAwsCliReads) {
    const auto profiles = parse_aws_file(GetParam().text, GetParam().kind);
    ASSERT_TRUE(profiles) << profiles.error().message();
    EXPECT_EQ(flatten(*profiles), GetParam().expected);
}

constexpr auto kConfig = AwsFileKind::kConfig;
constexpr auto kCredentials = AwsFileKind::kCredentials;

// The expectations are what AWS CLI 1.45 (botocore 1.43) makes of the same text.
INSTANTIATE_TEST_SUITE_P(
    Table, AwsFileParse,
    ::testing::Values(
        ParseCase{"Empty", kConfig, "", ""},
        ParseCase{"DefaultAndNamed", kConfig, "[default]\nregion = a\n[profile b]\nregion=c\n",
                  "b/region=c\ndefault/region=a\n"},
        ParseCase{"QuotedNameWithSpaces", kConfig, "[profile \"with spaces\"]\nregion=a\n", "with spaces/region=a\n"},
        ParseCase{"SingleQuotesAndEscapes", kConfig, "[profile 'a b']\nx=1\n[profile c\\ d]\nx=2\n",
                  "a b/x=1\nc d/x=2\n"},
        ParseCase{"HeadingsTheCliIgnores", kConfig,
                  "[backup]\nx=1\n[profile]\nx=2\n[profile a b]\nx=3\n[profile \"open]\nx=4\n[plugins]\nx=5\n", ""},
        ParseCase{"SsoSessionsAndServices", kConfig, "[sso-session corp]\nsso_region=a\n[services local]\ns3=\n a=b\n",
                  "services local/s3.a=b\nsso-session corp/sso_region=a\n"},
        ParseCase{"LastDefaultReplacesTheOther", kConfig,
                  "[default]\nregion=a\noutput=json\n[profile default]\nregion=b\n", "default/region=b\n"},
        ParseCase{"LastDefaultReplacesInEitherOrder", kConfig, "[profile default]\nregion=b\n[default]\noutput=json\n",
                  "default/output=json\n"},
        ParseCase{"CredentialsTakeNamesAsTheyAre", kCredentials, "[a b]\nx=1\n[profile c]\nx=2\n",
                  "a b/x=1\nprofile c/x=2\n"},
        ParseCase{"CommentsAtLineStart", kConfig, "# one\n; two\n[default]\n  # three\nregion=a\n;b=c\n",
                  "default/region=a\n"},
        ParseCase{"NoCommentsBehindValues", kConfig, "[default]\na = b # c\nd = e ; f\ng=h#i\n",
                  "default/a=b # c\ndefault/d=e ; f\ndefault/g=h#i\n"},
        ParseCase{"TextBehindAHeadingIsIgnored", kConfig, "[default] # mine\nregion=a\n", "default/region=a\n"},
        ParseCase{"NestedBlock", kConfig, "[default]\ns3 =\n  addressing_style = path\n  # why\n\n  max = 3 = 4\nx=y\n",
                  "default/s3.addressing_style=path\ndefault/s3.max=3 = 4\ndefault/x=y\n"},
        ParseCase{"EmptyBlockIsAnEmptyValue", kConfig, "[default]\ns3 =\n\nregion = a\n",
                  "default/region=a\ndefault/s3=\n"},
        ParseCase{"ContinuedValue", kConfig, "[default]\na = b\n   c\n\n   d\nregion=e\n",
                  "default/a=b\nc\n\nd\ndefault/region=e\n"},
        ParseCase{"IndentedSettingsAreNotContinuations", kConfig, "[default]\n  a = 1\n  b = 2\n",
                  "default/a=1\ndefault/b=2\n"},
        ParseCase{"ColonAlsoSeparates", kConfig, "[default]\nregion: a\nurl = http://b:9000\n",
                  "default/region=a\ndefault/url=http://b:9000\n"},
        ParseCase{"NamesLoseTheirCase", kConfig, "[default]\nRegion = EU\n", "default/region=EU\n"},
        ParseCase{"InheritedDefaults", kConfig, "[DEFAULT]\nregion=a\n[default]\nx=1\n[profile b]\nregion=c\n",
                  "b/region=c\ndefault/region=a\ndefault/x=1\n"},
        ParseCase{"CrLf", kConfig, "[default]\r\nregion = a\r\n\r\noutput = b\r\n",
                  "default/output=b\ndefault/region=a\n"},
        ParseCase{"CrAlone", kConfig, "[default]\rregion = a\routput = b", "default/output=b\ndefault/region=a\n"},
        // The CLI stumbles over the mark that Windows editors write; we do not.
        ParseCase{"ByteOrderMark", kConfig, "\xEF\xBB\xBF[default]\nregion=a\n", "default/region=a\n"},
        ParseCase{"NoBreakSpaceAtTheEnd", kConfig, "[default]\nregion = a\xC2\xA0\n", "default/region=a\n"},
        ParseCase{"EmptyProfile", kConfig, "[profile a]\n", "a\n"},
        ParseCase{"EqualsSignsInSecrets", kCredentials, "[default]\naws_secret_access_key = a/b+c==\n",
                  "default/aws_secret_access_key=a/b+c==\n"}),
    [](const auto& param) { return std::string(param.param.name); });

struct RefusalCase {
    const char* name;
    std::string text;
    const char* message;
};

class AwsFileRefusal : public ::testing::TestWithParam<RefusalCase> {};

TEST_P(AwsFileRefusal, NamesTheLine) {
    const auto profiles = parse_aws_file(GetParam().text, kConfig);
    ASSERT_FALSE(profiles);
    EXPECT_EQ(profiles.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(profiles.error().message(), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Table, AwsFileRefusal,
    ::testing::Values(RefusalCase{"NoSection", "\nregion=a\n", "line 2: a setting before the first [section]"},
                      RefusalCase{"NoSeparator", "[default]\nregion\n",
                                  "line 2: neither a [section] nor a setting of the form name = value"},
                      RefusalCase{"NoName", "[default]\n= a\n", "line 2: a value without a name"},
                      RefusalCase{"UnclosedHeading", "[default\n", "line 1: a setting before the first [section]"},
                      RefusalCase{"SectionTwice", "[default]\na=1\n\n[default]\nb=2\n",
                                  "line 4: section [default] appears again, first in line 1"},
                      RefusalCase{"SettingTwice", "[default]\nregion=a\nRegion=b\n",
                                  "line 3: setting \"region\" appears again, first in line 2"},
                      RefusalCase{"BlockWithoutEquals", "[default]\ns3 =\n  path\n",
                                  "line 2: below \"s3\" there is a line without '='"},
                      RefusalCase{"Nul", std::string("[default]\na=\0\n", 14), "line 2: holds a NUL byte"},
                      RefusalCase{"Latin1", "[default]\na=\xE9\n", "line 2: is not UTF-8"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(AwsFileRefusal, BoundsWhatDefaultsMultiply) {
    std::string text = "[DEFAULT]\n";
    for (int i = 0; i < 1000; ++i)
        text += "a" + std::to_string(i) + "=1\n";
    for (int i = 0; i < 1000; ++i)
        text += "[profile p" + std::to_string(i) + "]\n";
    const auto profiles = parse_aws_file(text, kConfig);
    ASSERT_FALSE(profiles);
    EXPECT_EQ(profiles.error().code(), ErrorCode::kResourceExhausted);
}

/// The AWS variables of one test, as they were before when it ends.
class AwsFiles : public ::testing::Test {
protected:
    void SetUp() override {
        auto folder = TempDir::create("aws-config-test");
        ASSERT_TRUE(folder);
        folder_ = std::move(*folder);
        for (const char* name :
             {"HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
            const char* value = std::getenv(name);
            saved_.emplace_back(name, value ? std::optional<std::string>(value) : std::nullopt);
            ::unsetenv(name);
        }
        ::setenv("HOME", folder_->path().c_str(), 1);
        std::filesystem::create_directory(folder_->path() / ".aws");
    }
    void TearDown() override {
        for (const auto& [name, value] : saved_) {
            value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
        }
    }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_->path() / name) << text;
    }

    std::optional<TempDir> folder_;

private:
    std::vector<std::pair<std::string, std::optional<std::string>>> saved_;
};

TEST_F(AwsFiles, AreEmptyWhereNoneExist) {
    const auto profiles = load_aws_profiles();
    ASSERT_TRUE(profiles);
    EXPECT_TRUE(profiles->empty());
}

TEST_F(AwsFiles, LieBelowHome) {
    write(".aws/config", "[profile a]\nregion=x\n");
    write(".aws/credentials", "[a]\naws_access_key_id=y\n");
    EXPECT_EQ(flatten(*load_aws_profiles()), "a/aws_access_key_id=y\na/region=x\n");
}

TEST_F(AwsFiles, CredentialsWinSettingBySetting) {
    write(".aws/config", "[default]\nregion=x\noutput=json\n[profile b]\nregion=z\n");
    write(".aws/credentials", "[default]\nregion=y\n[c]\nregion=w\n");
    EXPECT_EQ(flatten(*load_aws_profiles()), "b/region=z\nc/region=w\ndefault/output=json\ndefault/region=y\n");
}

TEST_F(AwsFiles, ANestedBlockReplacesTheWholeBlock) {
    write(".aws/config", "[default]\ns3 =\n  a = 1\n  b = 2\n");
    write(".aws/credentials", "[default]\ns3 =\n  c = 3\n");
    EXPECT_EQ(flatten(*load_aws_profiles()), "default/s3.c=3\n");
}

TEST_F(AwsFiles, VariablesNameTheFilesAndMayUseOthers) {
    write("elsewhere", "[default]\nregion=x\n");
    write("keys", "[default]\naws_access_key_id=y\n");
    ::setenv("AWS_CONFIG_FILE", "~/elsewhere", 1);
    ::setenv("AWS_SHARED_CREDENTIALS_FILE", "${HOME}/keys", 1);
    EXPECT_EQ(flatten(*load_aws_profiles()), "default/aws_access_key_id=y\ndefault/region=x\n");
    ::setenv("AWS_CONFIG_FILE", "$HOME/elsewhere", 1);
    ::setenv("AWS_SHARED_CREDENTIALS_FILE", "$NO_SUCH_VARIABLE/keys", 1);
    EXPECT_EQ(flatten(*load_aws_profiles()), "default/region=x\n");
}

TEST_F(AwsFiles, ErrorsNameTheFile) {
    write(".aws/credentials", "[default]\nnonsense\n");
    const auto profiles = load_aws_profiles();
    ASSERT_FALSE(profiles);
    EXPECT_EQ(profiles.error().message(), "read " + (folder_->path() / ".aws/credentials").string() +
                                              ": line 2: neither a [section] nor a setting of the form name = value");
}

TEST_F(AwsFiles, ProfileNameComesFromTheEnvironment) {
    EXPECT_EQ(default_profile_name(), "default");
    ::setenv("AWS_DEFAULT_PROFILE", "second", 1);
    EXPECT_EQ(default_profile_name(), "second");
    ::setenv("AWS_PROFILE", "first", 1);
    EXPECT_EQ(default_profile_name(), "first");
    ::setenv("AWS_PROFILE", "", 1);
    EXPECT_EQ(default_profile_name(), "second");
}

}  // namespace
}  // namespace cofre::aws
