#include "config/template.h"

#include <regex>
#include <string>

#include <gtest/gtest.h>

#include "config/schema.h"
#include "config/testing/parse_for_test.h"

namespace cofre::config {
namespace {

using testing::parse;

/// Takes the '#' from every line that shows a key; leaves prose.
std::string uncomment(std::string_view text) {
    return std::regex_replace(std::string(text), std::regex("(^|\n)( *)# ( *[a-z_0-9]+:)(?= |\n)"), "$1$2$3");
}

std::string replace(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(ConfigTemplate, IsValidAndWorksOnceTwoLinesAreEdited) {
    ASSERT_TRUE(parse(config_template()));
    auto text = replace(std::string(config_template()), "s3://my-bucket/backups", "s3://mine/x");
    text = replace(text, "~/Documents", "/data");
    const auto config = parse(text);
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->targets.at(0).bucket, "mine");
    EXPECT_EQ(config->jobs.at(0).sources, std::vector<std::string>{"/data"});
    EXPECT_EQ(config->jobs.at(0).to, config->targets.at(0).name);
    EXPECT_TRUE(config->warnings.empty());
}

TEST(LegacyConfigTemplate, IsValidAndWorksOnceTwoLinesAreEdited) {
    auto text = replace(std::string(legacy_config_template()), "my-bucket", "mine");
    text = replace(text, "/path/to/backup", "/data");
    const auto config = parse(text);
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_TRUE(config->legacy);
    EXPECT_EQ(config->targets.at(0).bucket, "mine");
    EXPECT_EQ(config->targets.at(0).access_key_id, "");  // Those of `aws configure`.
    EXPECT_EQ(config->jobs.at(0).sources, std::vector<std::string>{"/data"});
    EXPECT_TRUE(config->warnings.empty());
}

/// The commented lines are right too, and none is missing.
void expect_every_key(std::string_view text, Form form) {
    const auto whole = uncomment(text);
    const auto config = parse(whole, {{"BACKUP_KEY_ID", "a"}, {"BACKUP_SECRET", "b"}, {"BACKUP_TOKEN", "c"}});
    ASSERT_TRUE(config) << config.error().message() << "\n" << whole;
    std::size_t from_file = 0;
    for (const auto& setting : config->settings) {
        if (setting.path.front() == "databases" && setting.path.back() == "command") {
            ++from_file;  // Instead of a url, which is shown.
            continue;
        }
        if (setting.path.front() == "notifications") {
            ++from_file;  // Each kind of channel has keys of its own: docs/notifications.md.
            continue;
        }
        from_file += setting.origin.kind == Origin::Kind::kFile ? 1 : 0;
        EXPECT_EQ(setting.origin.kind, Origin::Kind::kFile) << setting.path.back();
    }
    EXPECT_EQ(from_file, config_keys(form).size());
}

TEST(ConfigTemplate, ShowsEveryKey) {
    expect_every_key(config_template(), Form::kCofre);
}

TEST(LegacyConfigTemplate, ShowsEveryKey) {
    expect_every_key(legacy_config_template(), Form::kLegacy);
}

}  // namespace
}  // namespace cofre::config
