#include "config/bucket_rules_file.h"

#include <string>

#include <gtest/gtest.h>

namespace cofre::config {
namespace {

TEST(BucketRulesFile, ReadsLifecycleRulesFromYaml) {
    const auto rules = parse_lifecycle_rules(R"(
rules:
  - id: tidy
    prefix: backups/
    tags: {kind: old}
    larger_than: 1MiB
    transitions:
      - {days: 30, storage_class: GLACIER}
      - {date: 2031-01-01, storage_class: DEEP_ARCHIVE}
    noncurrent_transitions: [{days: 7, keep_newest: 2, storage_class: GLACIER}]
    expire_days: 365
    expire_noncurrent_days: 90
    abort_uploads_days: 3
  - enabled: false
    expire_delete_markers: true
)",
                                             "rules.yaml");
    ASSERT_TRUE(rules) << rules.error().message();
    ASSERT_EQ(rules->size(), 2U);
    const auto& rule = rules->front();
    EXPECT_EQ(rule.id, "tidy");
    EXPECT_EQ(rule.prefix, "backups/");
    EXPECT_EQ(rule.tags.at("kind"), "old");
    EXPECT_EQ(rule.larger_than, 1U << 20U);
    ASSERT_EQ(rule.transitions.size(), 2U);
    EXPECT_EQ(format_rfc3339(*rule.transitions[1].when.date), "2031-01-01T00:00:00Z");
    EXPECT_EQ(rule.noncurrent_transitions.at(0).keep_newest, 2);
    EXPECT_EQ(rule.expire->days, 365);
    EXPECT_EQ(rule.abort_uploads_days, 3);
    EXPECT_FALSE(rules->back().enabled);
}

TEST(BucketRulesFile, WhatIsShownCanBeApplied) {
    const auto rules = parse_lifecycle_rules(
        R"({"rules": [{"id": "a", "expire_date": "2031-01-01", "larger_than": 5}, {"abort_uploads_days": 1}]})", "f");
    ASSERT_TRUE(rules) << rules.error().message();
    const std::string shown = lifecycle_rules_json(*rules);
    const auto again = parse_lifecycle_rules(shown, "f");
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(lifecycle_rules_json(*again), shown);

    const auto cors = parse_cors_rules(
        "rules: [{allowed_origins: ['https://a'], allowed_methods: [GET], expose_headers: ETag, max_age: 1h}]", "f");
    ASSERT_TRUE(cors) << cors.error().message();
    EXPECT_EQ(cors->front().max_age, std::chrono::hours(1));
    EXPECT_EQ(cors->front().expose_headers, std::vector<std::string>{"ETag"});
    EXPECT_EQ(cors_rules_json(*parse_cors_rules(cors_rules_json(*cors), "f")), cors_rules_json(*cors));
}

struct BadFile {
    const char* name;
    const char* text;
    const char* message;
};

class BadRules : public ::testing::TestWithParam<BadFile> {};

TEST_P(BadRules, AreRefusedWithTheirPlace) {
    const auto rules = parse_lifecycle_rules(GetParam().text, "f.yaml");
    ASSERT_FALSE(rules);
    EXPECT_NE(rules.error().message().find(GetParam().message), std::string::npos) << rules.error().message();
    EXPECT_TRUE(rules.error().message().starts_with("f.yaml")) << rules.error().message();
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadRules,
    ::testing::Values(BadFile{"UnknownKey", "rules: [{expire_day: 1}]", "did you mean \"expire_days\""},
                      BadFile{"NoRules", "rules: []", "no rules"}, BadFile{"NotAMap", "- a", "map of keys"},
                      BadFile{"NoNumber", "rules: [{expire_days: soon}]", "whole number"},
                      BadFile{"Negative", "rules: [{expire_days: -1}]", "whole number"},
                      BadFile{"DoesNothing", "rules: [{prefix: a}]", "does nothing"},
                      BadFile{"TwoMoments", "rules: [{expire_days: 1, expire_date: 2031-01-01}]", "either"},
                      BadFile{"NoClass", "rules: [{transitions: [{days: 1}]}]", "storage_class: is missing"}),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace cofre::config
