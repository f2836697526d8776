#include "cli/command_line.h"

#include <gtest/gtest.h>

namespace cofre::cli {
namespace {

std::variant<ParsedCommand, ParseStop> parse(std::vector<const char*> words) {
    words.insert(words.begin(), "cofre");
    return parse_command_line(static_cast<int>(words.size()), words.data());
}

template <typename Options>
Options parsed(const std::vector<const char*>& words) {
    const auto result = parse(words);
    const auto* command = std::get_if<ParsedCommand>(&result);
    EXPECT_NE(command, nullptr);
    if (command == nullptr) return {};
    const auto* options = std::get_if<Options>(&command->command);
    EXPECT_NE(options, nullptr);
    return options == nullptr ? Options{} : *options;
}

TEST(ParseCommandLine, TakesTheOptionNamesOfTheOriginalPipeline) {
    const auto run = parsed<RunOptions>({"run", "--dry-run", "--output-json", "out.json", "--verbose", "-c", "c.yaml"});
    EXPECT_TRUE(run.dry_run);
    EXPECT_EQ(run.output_json, "out.json");
    EXPECT_TRUE(parsed<RunOptions>({"run", "--status"}).status);
    EXPECT_TRUE(parsed<RunOptions>({"run", "--create-config"}).create_config);
}

TEST(ParseCommandLine, ARepeatableOptionTakesOneValueEachTime) {
    const auto backup = parsed<BackupOptions>({"backup", "-e", "a", "/x", "--exclude", "b", "/y", "--to", "s3://b"});
    EXPECT_EQ(backup.exclude, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(backup.sources, (std::vector<std::string>{"/x", "/y"}));
    const auto tag = parsed<TagOptions>({"tag", "-r", "/repo", "--add", "new", "--tag", "old", "latest"});
    EXPECT_EQ(tag.add, std::vector<std::string>{"new"});
    EXPECT_EQ(tag.filter.tags, std::vector<std::string>{"old"});
    EXPECT_EQ(tag.ids, std::vector<std::string>{"latest"});
}

TEST(ParseCommandLine, GlobalOptionsWorkOnBothSidesOfTheCommand) {
    for (const auto& words : {std::vector<const char*>{"--json", "-c", "x.yaml", "status"},
                              std::vector<const char*>{"status", "--json", "-c", "x.yaml"}}) {
        const auto result = parse(words);
        const auto& command = std::get<ParsedCommand>(result);
        EXPECT_TRUE(command.globals.json);
        EXPECT_EQ(command.globals.config, "x.yaml");
    }
}

TEST(ParseCommandLine, ReadsABackup) {
    const auto backup = parsed<BackupOptions>({"backup", "/a", "/b", "--to", "s3://b/p", "--layout", "objects", "-e",
                                               "*.tmp", "-e", "cache", "--endpoint", "http://127.0.0.1:1"});
    EXPECT_EQ(backup.sources, (std::vector<std::string>{"/a", "/b"}));
    EXPECT_EQ(backup.exclude, (std::vector<std::string>{"*.tmp", "cache"}));
    EXPECT_EQ(backup.to.place.endpoint, "http://127.0.0.1:1");
}

TEST(ParseCommandLine, ReadsARecoveryKit) {
    const auto kit = parsed<RecoveryKitOptions>({"recovery-kit", "kit.pdf", "-r", "/repo", "--lang", "pt-BR"});
    EXPECT_EQ(kit.kit.file, "kit.pdf");
    EXPECT_EQ(kit.kit.language, "pt-BR");
    EXPECT_EQ(parsed<RecoveryKitOptions>({"recovery-kit", "-r", "/repo"}).kit.file, "-");
    const auto init = parsed<InitOptions>({"init", "--to", "/repo", "--recovery-kit", "k", "--with-password"});
    EXPECT_TRUE(init.kit.with_password);
    EXPECT_EQ(parsed<InitOptions>({"init", "--to", "/repo"}).kit.file, "");
    EXPECT_TRUE(std::holds_alternative<ParseStop>(parse({"init", "--to", "/repo", "--with-password"})));
}

TEST(ParseCommandLine, VerifyTakesOneWayToSayHowClosely) {
    const auto verify = parsed<VerifyOptions>({"verify", "job", "--read-data", "--snapshot", "a", "--snapshot", "b"});
    EXPECT_TRUE(verify.read_data);
    EXPECT_EQ(verify.snapshots, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(verify.level, "");
    EXPECT_TRUE(std::holds_alternative<ParseStop>(parse({"verify", "--read-data", "--level", "list"})));
}

TEST(ParseCommandLine, NestedCommandsAreFound) {
    EXPECT_EQ(parsed<S3CpOptions>({"s3", "cp", "-", "s3://b/k"}).from, "-");
    EXPECT_EQ(parsed<DebugMatchOptions>({"debug", "match", "*.c", "a.c"}).pattern, "*.c");
    const auto cron = parsed<DebugCronOptions>({"debug", "cron", "--expr", "*/5 * * * *", "--count", "3"});
    EXPECT_EQ(cron.expression, "*/5 * * * *");
    EXPECT_EQ(cron.zone, "UTC");
    EXPECT_EQ(cron.count, 3U);
}

TEST(ParseCommandLine, HelpEndsWell) {
    const auto result = parse({"--help"});
    EXPECT_EQ(std::get<ParseStop>(result).exit_status, 0);
    EXPECT_NE(std::get<ParseStop>(result).text.find("backup"), std::string::npos);
}

TEST(ParseCommandLine, MistakesEndWithOneAndSayWhy) {
    for (const auto& words : {std::vector<const char*>{}, std::vector<const char*>{"nonsense"},
                              std::vector<const char*>{"restore"}, std::vector<const char*>{"run", "--no-such-option"},
                              std::vector<const char*>{"backup", "/a", "--to", "x/", "--compression", "rar"}}) {
        const auto result = parse(words);
        ASSERT_TRUE(std::holds_alternative<ParseStop>(result));
        EXPECT_EQ(std::get<ParseStop>(result).exit_status, 1);
        EXPECT_FALSE(std::get<ParseStop>(result).text.empty());
    }
}

TEST(ParseCommandLine, AskedForItsVersion) {
    parsed<VersionOptions>({"--version"});
}

}  // namespace
}  // namespace cofre::cli
