#include "config/load.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "config/testing/parse_for_test.h"

namespace cofre::config {
namespace {

using testing::parse;

// Fault row F64: unknown key, wrong type, BOM, CRLF, NUL, "~", empty variables:
// each is refused with its line, or means what load.h says.
struct FaultCase {
    const char* name;
    std::string text;
    Environment environment;
    const char* outcome;  ///< "prefix=...", or the error without the file's folder.
};

class F64_ConfigFaults : public ::testing::TestWithParam<FaultCase> {};

TEST_P(F64_ConfigFaults, AreRefusedWithTheirLineOrDocumented) {
    const auto config = parse(GetParam().text, GetParam().environment);
    const std::string outcome = config
                                    ? "prefix=" + config->targets.at(0).prefix +
                                          " part_concurrency=" + std::to_string(config->targets.at(0).part_concurrency)
                                    : config.error().message();
    EXPECT_EQ(outcome, GetParam().outcome);
    EXPECT_EQ(outcome.find("hunter2"), std::string::npos);
}

std::string target(const std::string& lines) {
    return "targets:\n  t:\n    url: s3://b/p\n" + lines;
}

INSTANTIATE_TEST_SUITE_P(
    Table, F64_ConfigFaults,
    ::testing::Values(
        FaultCase{"Nothing", target(""), {}, "prefix=p/ part_concurrency=4"},
        FaultCase{"UnknownKey",
                  target("    part_conc: 3\n"),
                  {},
                  "/etc/cofre/c.yaml:4:5: unknown key \"part_conc\" in \"targets.t\"; did you mean \"part_size\"?"},
        FaultCase{"TextForNumber",
                  target("    part_concurrency: many\n"),
                  {},
                  "/etc/cofre/c.yaml:4:23: targets.t.part_concurrency: expected a whole number, found \"many\""},
        FaultCase{"FractionForNumber",
                  target("    part_concurrency: 1.5\n"),
                  {},
                  "/etc/cofre/c.yaml:4:23: targets.t.part_concurrency: expected a whole number, found \"1.5\""},
        FaultCase{"ListForNumber",
                  target("    part_concurrency: [1]\n"),
                  {},
                  "/etc/cofre/c.yaml:4:23: targets.t.part_concurrency: expected a whole number, found a list"},
        FaultCase{"MapForNumber",
                  target("    part_concurrency: {a: 1}\n"),
                  {},
                  "/etc/cofre/c.yaml:4:23: targets.t.part_concurrency: expected a whole number, found a map"},
        FaultCase{"OutOfRange",
                  target("    part_concurrency: 0\n"),
                  {},
                  "/etc/cofre/c.yaml:4:23: targets.t.part_concurrency: must be between 1 and 64"},
        FaultCase{"TooLargeForAnInteger",
                  target("    part_concurrency: 99999999999\n"),
                  {},
                  "/etc/cofre/c.yaml:4:23: targets.t.part_concurrency: the number is too large"},
        FaultCase{"NumberForBool",
                  target("    allow_http: 1\n"),
                  {},
                  "/etc/cofre/c.yaml:4:17: targets.t.allow_http: expected true or false, found \"1\""},
        FaultCase{"WordForSize",
                  target("    part_size: big\n"),
                  {},
                  "/etc/cofre/c.yaml:4:16: targets.t.part_size: expected a size such as 50MiB, found \"big\""},
        FaultCase{"WordForDuration",
                  target("    idle_timeout: soon\n"),
                  {},
                  "/etc/cofre/c.yaml:4:19: targets.t.idle_timeout: expected a duration such as 30s, found \"soon\""},
        FaultCase{"WordForChoice",
                  target("    addressing: both\n"),
                  {},
                  "/etc/cofre/c.yaml:4:17: targets.t.addressing: expected one of path, virtual, found \"both\""},
        FaultCase{"LineBreakInText",
                  target("    region: \"a\\nb\"\n"),
                  {},
                  "/etc/cofre/c.yaml:4:13: targets.t.region: holds a line break or another control character"},
        FaultCase{"SecretOfWrongTypeIsNotEchoed",
                  target("    secret_access_key: [hunter2]\n"),
                  {},
                  "/etc/cofre/c.yaml:4:24: targets.t.secret_access_key: expected a secret, found a list"},
        FaultCase{"ForeignTextIsNotEchoed",
                  target("    part_concurrency: ${PW}\n"),
                  {{"PW", "hunter2"}},
                  "/etc/cofre/c.yaml:4:23: targets.t.part_concurrency: expected a whole number, found something else"},
        FaultCase{"ByteOrderMark", "\xEF\xBB\xBF" + target(""), {}, "prefix=p/ part_concurrency=4"},
        FaultCase{"CrLf",
                  "targets:\r\n  t:\r\n    url: s3://b/p\r\n    part_concurrency: 7\r\n",
                  {},
                  "prefix=p/ part_concurrency=7"},
        FaultCase{"Nul", target(std::string("    region: a\0b\n", 16)), {}, "/etc/cofre/c.yaml:4:14: a NUL byte"},
        FaultCase{"EscapedNul",
                  target("    region: \"a\\0b\"\n"),
                  {},
                  "/etc/cofre/c.yaml:4:13: targets.t.region: holds a line break or another control character"},
        FaultCase{"Tab", target("\tregion: a\n"), {}, "/etc/cofre/c.yaml:4:1: a tab in the indentation"},
        FaultCase{"BareTildeIsNull", target("    ca_bundle: ~\n"), {}, "prefix=p/ part_concurrency=4"},
        FaultCase{"TildeOfAnother",
                  target("    ca_bundle: ~root/ca\n"),
                  {},
                  "/etc/cofre/c.yaml:4:16: targets.t.ca_bundle: ~name is not understood; write the path in full, or "
                  "./~name for a file of that name"},
        FaultCase{"TildeInAList",
                  target("jobs: {j: {sources: [~]}}\n"),
                  {},
                  "/etc/cofre/c.yaml:4:21: jobs.j.sources: an empty item in the list"},
        FaultCase{"NoValueIsTheDefault", target("    part_concurrency:\n"), {}, "prefix=p/ part_concurrency=4"},
        FaultCase{"EmptyTextIsNoNumber",
                  target("    part_concurrency: \"\"\n"),
                  {},
                  "/etc/cofre/c.yaml:4:23: targets.t.part_concurrency: expected a whole number, found \"\""},
        FaultCase{"UnsetVariable",
                  target("    part_concurrency: ${N}\n"),
                  {},
                  "/etc/cofre/c.yaml:4:23: targets.t.part_concurrency: ${N}: N is not set"},
        FaultCase{"EmptyVariableIsUnset",
                  target("    part_concurrency: ${N}\n"),
                  {{"N", ""}},
                  "/etc/cofre/c.yaml:4:23: targets.t.part_concurrency: ${N}: N is not set"},
        FaultCase{"EmptyVariableTakesTheDefault",
                  target("    part_concurrency: ${N:-9}\n"),
                  {{"N", ""}},
                  "prefix=p/ part_concurrency=9"},
        FaultCase{"EmptyOverrideIsUnset", target(""), {{"COFRE_LOG_LEVEL", ""}}, "prefix=p/ part_concurrency=4"},
        FaultCase{"WrongOverride",
                  target(""),
                  {{"COFRE_LOG_LEVEL", "loud"}},
                  "environment variable COFRE_LOG_LEVEL: logging.level: expected one of debug, info, warning, error, "
                  "critical, off, warn, found \"loud\""},
        FaultCase{"KeyTwice",
                  target("    region: a\n    region: b\n"),
                  {},
                  "/etc/cofre/c.yaml:5:5: key \"region\" appears twice, first in line 4"},
        FaultCase{"TargetTwice",
                  "targets:\n  t: {url: /a}\n  t: {url: /b}\n",
                  {},
                  "/etc/cofre/c.yaml:3:3: key \"t\" appears twice, first in line 2"}),
    [](const auto& param) { return std::string(param.param.name); });

/// A folder of its own as current folder, home and place of files.
class LoadConfig : public ::testing::Test {
protected:
    void SetUp() override {
        auto folder = TempDir::create("config-load-test");
        ASSERT_TRUE(folder);
        folder_ = std::move(*folder);
        std::filesystem::create_directories(path("home/.config/cofre"));
        std::filesystem::create_directories(path("current"));
        options_.current_dir = path("current");
        options_.environment = {{"HOME", path("home").string()}};
    }
    std::filesystem::path path(const std::string& name) const { return folder_->path() / name; }
    void write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
        std::ofstream(path(name)) << text;
        ASSERT_EQ(::chmod(path(name).c_str(), mode), 0);
    }

    std::optional<TempDir> folder_;
    LoadOptions options_;
};

constexpr const char* kCofre = "targets: {t: {url: ./data}}\njobs: {j: {sources: src}}\n";
constexpr const char* kLegacy = "s3: {bucket_name: b}\nbackup: {source_directory: src}\n";

TEST_F(LoadConfig, LooksInTheDocumentedOrder) {
    write("home/.config/cofre/cofre.yaml", kCofre);
    EXPECT_EQ(*find_config_path(options_), path("home/.config/cofre/cofre.yaml"));
    write("current/config.yaml", kLegacy);
    EXPECT_EQ(*find_config_path(options_), path("current/config.yaml"));
    write("current/cofre.yaml", kCofre);
    EXPECT_EQ(*find_config_path(options_), path("current/cofre.yaml"));
    options_.path = "other.yaml";
    EXPECT_EQ(*find_config_path(options_), path("current/other.yaml"));
}

TEST_F(LoadConfig, PassesOverTheConfigYamlOfOthers) {
    write("current/config.yaml", "services: {web: {}}\n");
    const auto found = find_config_path(options_);
    if (std::filesystem::exists("/etc/cofre/cofre.yaml")) GTEST_SKIP() << "this machine has a configuration of its own";
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(found.error().message(), "no configuration found; looked for " + path("current/cofre.yaml").string() +
                                           ", " + path("current/config.yaml").string() +
                                           " (not a configuration of cofre), " +
                                           path("home/.config/cofre/cofre.yaml").string() + ", /etc/cofre/cofre.yaml");
    EXPECT_NE(found.error().hint().find("cofre config init"), std::string::npos);
}

TEST_F(LoadConfig, FollowsXdgConfigHome) {
    std::filesystem::create_directories(path("xdg/cofre"));
    write("xdg/cofre/cofre.yaml", kCofre);
    options_.environment["XDG_CONFIG_HOME"] = path("xdg").string();
    EXPECT_EQ(*find_config_path(options_), path("xdg/cofre/cofre.yaml"));
}

TEST_F(LoadConfig, PathsAreRelativeToTheFileOrInTheLegacyFormToTheCurrentFolder) {
    write("home/c.yaml", kCofre);
    options_.path = path("home/c.yaml");
    const auto config = load_config(options_);
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->path, path("home/c.yaml"));
    EXPECT_EQ(config->jobs[0].sources, std::vector<std::string>{path("home/src").string()});

    write("home/l.yaml", kLegacy);
    options_.path = path("home/l.yaml");
    EXPECT_EQ(load_config(options_)->jobs[0].sources, std::vector<std::string>{path("current/src").string()});
}

TEST_F(LoadConfig, ReadsDotEnvBesideTheFile) {
    write("home/c.yaml", "targets: {t: {url: \"s3://${BUCKET}/p\"}}\njobs: {j: {sources: /x}}\n");
    write("home/.env", "BUCKET=from-dot-env\n");
    write("current/.env", "BUCKET=not-this\n");
    options_.path = path("home/c.yaml");
    EXPECT_EQ(load_config(options_)->targets[0].bucket, "from-dot-env");
    write("home/.env", "BUCKET\n");
    EXPECT_EQ(load_config(options_).error().message(),
              path("home/.env").string() + ":1: a line of the form NAME=value is expected");
}

TEST_F(LoadConfig, ReadsSecretsFromFiles) {
    write("home/key", "secret\n");
    write("home/c.yaml",
          "targets: {t: {url: \"s3://b\", access_key_id: id, secret_access_key: \"${file:key}\"}}\n"
          "jobs: {j: {sources: /x}}\n",
          0644);
    options_.path = path("home/c.yaml");
    const auto config = load_config(options_);
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->targets[0].secret_access_key.reveal(), "secret");
    EXPECT_TRUE(config->warnings.empty());  // The secret itself is elsewhere.
}

TEST_F(LoadConfig, WarnsOfSecretsThatOthersMayRead) {
    const std::string with_secret =
        "targets: {t: {url: \"s3://b\", access_key_id: id, secret_access_key: hunter2}}\njobs: {j: {sources: /x}}\n";
    options_.path = path("home/c.yaml");
    write("home/c.yaml", with_secret, 0600);
    EXPECT_TRUE(load_config(options_)->warnings.empty());
    write("home/c.yaml", with_secret, 0640);
    auto warnings = load_config(options_)->warnings;
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_NE(warnings[0].find("chmod 600 " + path("home/c.yaml").string()), std::string::npos);

    write("home/c.yaml", kCofre, 0644);
    write("home/.env", "DB_PASSWORD=hunter2\n", 0604);
    warnings = load_config(options_)->warnings;
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_NE(warnings[0].find(path("home/.env").string()), std::string::npos);
}

TEST_F(LoadConfig, ANamedFileMustExistAndBeSmall) {
    options_.path = path("none.yaml");
    EXPECT_EQ(load_config(options_).error().code(), ErrorCode::kNotFound);
    write("home/c.yaml", std::string((1U << 20U) + 1, '#'));
    options_.path = path("home/c.yaml");
    EXPECT_EQ(load_config(options_).error().code(), ErrorCode::kResourceExhausted);
}

TEST(TargetFromUrl, IsWhatATargetOfThatUrlWouldBe) {
    const auto options = testing::made_up_options({{"AWS_REGION", "r"}, {"AWS_ENDPOINT_URL", "https://h"}});
    const auto target = target_from_url("s3://b/p", options);
    ASSERT_TRUE(target) << target.error().message();
    EXPECT_EQ(target->name, "s3://b/p");
    EXPECT_EQ(target->prefix, "p/");
    EXPECT_EQ(target->region, "r");
    EXPECT_EQ(target->endpoint, "https://h");
    EXPECT_EQ(target_from_url("./disk", options)->folder, "/current/disk");
    const auto error = target_from_url("https://me:hunter2@h/b", options).error();
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.message(), "target https://me:***@h/b: not a place for backups");
}

TEST(ProcessLoadOptions, ComeFromTheProcess) {
    const auto options = process_load_options();
    EXPECT_FALSE(options.path);
    EXPECT_TRUE(options.current_dir.is_absolute());
    EXPECT_EQ(options.environment.at("PATH"), std::getenv("PATH"));
}

}  // namespace
}  // namespace cofre::config
