#include "config/show.h"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "config/testing/parse_for_test.h"

namespace cofre::config {
namespace {

using testing::parse;

constexpr const char* kText = R"(targets:
  main:
    url: s3://b/p
    access_key_id: AKIDEXAMPLE
    secret_access_key: hunter2
    session_token: ${TOKEN}
    storage_class: "$${literal}"
  disk: {url: /backup}
jobs:
  docs:
    sources: ["/a b", "postgres://me:hunter2@h/db"]
    to: main
    exclude_larger_than: 1500MiB
)";

TEST(ShowYaml, NamesTheOriginOfEveryValue) {
    const auto config = parse(kText, {{"TOKEN", "hunter2"}, {"AWS_REGION", "eu"}, {"COFRE_LOG_LEVEL", "debug"}},
                              "AWS_ENDPOINT_URL=https://h\n");
    ASSERT_TRUE(config) << config.error().message();
    const auto text = show_yaml(*config);
    for (const char* line : {
             "\nlogging:\n  level: debug  # environment COFRE_LOG_LEVEL\n",
             "  max_log_size_mb: 10  # default\n",
             "\ntargets:\n  main:\n    url: \"s3://b/p\"  # /etc/cofre/c.yaml:3\n",
             "    region: eu  # environment AWS_REGION\n",
             "    endpoint: \"https://h\"  # /etc/cofre/.env:1 AWS_ENDPOINT_URL\n",
             "    secret_access_key: \"********\"  # /etc/cofre/c.yaml:5\n",
             "    session_token: \"********\"  # /etc/cofre/c.yaml:6\n",
             "    storage_class: \"$${literal}\"  # /etc/cofre/c.yaml:7\n",
             "    part_size: \"50MB\"  # default\n",
             "    idle_timeout: \"60s\"  # default\n",
             "\n  disk:\n    url: /backup  # /etc/cofre/c.yaml:8\n    layout: auto  # default\n",
             "    exclude_larger_than: \"1500MiB\"  # /etc/cofre/c.yaml:13\n",
         }) {
        EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
    }
    EXPECT_EQ(text.find("hunter2"), std::string::npos);
    EXPECT_EQ(text.find("null"), std::string::npos);
}

/// What is shown, but for where it came from.
std::string values(const Config& config) {
    std::string text;
    for (const auto& setting : config.settings) {
        for (const auto& part : setting.path)
            text += part + "/";
        text += setting.json + "\n";
    }
    return text;
}

TEST(ShowYaml, LoadsAgainToTheSameValues) {
    const auto config = parse(kText, {{"TOKEN", "hunter2"}, {"AWS_REGION", "eu"}});
    ASSERT_TRUE(config);
    const auto again = parse(show_yaml(*config));
    ASSERT_TRUE(again) << again.error().message() << "\n" << show_yaml(*config);
    EXPECT_EQ(values(*again), values(*config));

    const auto legacy = parse("s3: {bucket_name: \"5\", prefix: 'null'}\nbackup: {source_directory: /x}\n");
    ASSERT_TRUE(legacy);
    const auto legacy_again = parse(show_yaml(*legacy));
    ASSERT_TRUE(legacy_again) << legacy_again.error().message();
    EXPECT_EQ(values(*legacy_again), values(*legacy));
}

TEST(ShowJson, IsOneDocumentWithValuesAndOrigins) {
    const auto config = parse(kText, {{"TOKEN", "hunter2"}});
    ASSERT_TRUE(config);
    const auto text = show_json(*config);
    EXPECT_EQ(text.find("hunter2"), std::string::npos);
    const auto json = nlohmann::json::parse(text);
    EXPECT_EQ(json.at("form"), "cofre");
    EXPECT_EQ(json.at("path"), "/etc/cofre/c.yaml");
    EXPECT_EQ(json.at("settings").at("targets").at("main").at("url"), "s3://b/p");
    EXPECT_EQ(json.at("settings").at("targets").at("main").at("secret_access_key"), "********");
    EXPECT_EQ(json.at("settings").at("targets").at("main").at("profile"), nullptr);
    EXPECT_EQ(json.at("settings").at("jobs").at("docs").at("skip_unchanged"), true);
    EXPECT_EQ(json.at("settings").at("targets").at("main").at("part_concurrency"), 4);
    EXPECT_EQ(json.at("origins").at("targets.main.url"), "/etc/cofre/c.yaml:3");
    EXPECT_EQ(json.at("origins").at("jobs.docs.verify"), "default");
}

TEST(ShowYaml, TakesNamesThatYamlWouldMisread) {
    const auto config =
        parse("targets: {\"null\": {url: /a}, \"1\": {url: /b}}\njobs: {\"yes\": {sources: /s, to: \"1\"}}\n");
    ASSERT_TRUE(config) << config.error().message();
    const auto again = parse(show_yaml(*config));
    ASSERT_TRUE(again) << again.error().message() << show_yaml(*config);
    EXPECT_EQ(values(*again), values(*config));
}

}  // namespace
}  // namespace cofre::config
