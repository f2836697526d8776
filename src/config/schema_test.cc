#include "config/schema.h"

#include <algorithm>
#include <regex>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace cofre::config {
namespace {

const KeySpec* find(const std::vector<KeySpec>& keys, std::string_view path) {
    const auto found = std::find_if(keys.begin(), keys.end(), [&](const KeySpec& key) { return key.path == path; });
    return found == keys.end() ? nullptr : &*found;
}

TEST(ConfigKeys, DescribeTheTable) {
    const auto keys = config_keys(Form::kCofre);
    const auto* const part_size = find(keys, "targets.*.part_size");
    ASSERT_NE(part_size, nullptr);
    EXPECT_EQ(part_size->type, ValueType::kSize);
    EXPECT_EQ(part_size->default_json, "\"50MB\"");
    EXPECT_EQ(part_size->minimum, 5 << 20);
    const auto* const secret = find(keys, "targets.*.secret_access_key");
    ASSERT_NE(secret, nullptr);
    EXPECT_EQ(secret->type, ValueType::kSecret);
    EXPECT_EQ(secret->default_json, "null");
    const auto* const verify = find(keys, "jobs.*.verify");
    ASSERT_NE(verify, nullptr);
    EXPECT_EQ(verify->choices, (std::vector<std::string>{"auto", "head", "read"}));
    EXPECT_EQ(verify->default_json, "\"auto\"");
    EXPECT_TRUE(find(keys, "targets.*.url")->required);
    EXPECT_EQ(find(config_keys(Form::kLegacy), "s3.part_size_mb")->default_json, "50");
}

TEST(ConfigKeys, AreUniqueAndSayWhatTheyMean) {
    for (const Form form : {Form::kCofre, Form::kLegacy}) {
        std::set<std::string> seen;
        for (const auto& key : config_keys(form)) {
            EXPECT_TRUE(seen.insert(key.path).second) << key.path;
            EXPECT_GT(key.description.size(), 10U) << key.path;
            EXPECT_TRUE(key.description.ends_with('.')) << key.path;
        }
    }
}

TEST(JsonSchema, ListsEveryKeyAndNoOther) {
    for (const Form form : {Form::kCofre, Form::kLegacy}) {
        const auto schema = nlohmann::json::parse(config_json_schema(form));
        EXPECT_EQ(schema.at("additionalProperties"), false);
        std::size_t count = 0;
        for (const auto& [name, section] : schema.at("properties").items()) {
            const auto& inner = section.contains("propertyNames") ? section.at("additionalProperties") : section;
            count += inner.contains("properties") ? inner.at("properties").size() : 1;
            EXPECT_EQ(inner.value("additionalProperties", false), false) << name;
            if (name != "notifications") continue;
            // "channels" is no key, but has keys of its own.
            const auto& channel = inner.at("properties").at("channels").at("additionalProperties");
            count += channel.at("properties").size() - 1;
        }
        EXPECT_EQ(count, config_keys(form).size());
    }
}

TEST(JsonSchema, KnowsTypesDefaultsAndRequiredKeys) {
    const auto schema = nlohmann::json::parse(config_json_schema());
    const auto& job = schema.at("properties").at("jobs").at("additionalProperties");
    const auto& target = schema.at("properties").at("targets").at("additionalProperties");
    EXPECT_EQ(target.at("required"), nlohmann::json::array({"url"}));
    const auto& compression = job.at("properties").at("compression");
    EXPECT_EQ(compression.at("default"), "none");
    EXPECT_EQ(compression.at("anyOf").at(0).at("enum"), nlohmann::json::array({"none", "zstd", "gzip"}));
    const std::regex any_case(compression.at("anyOf").at(1).at("pattern").get<std::string>());
    EXPECT_TRUE(std::regex_search("ZStd", any_case));
    EXPECT_FALSE(std::regex_search("zstdx", any_case));
    // The bucket may come from the environment.
    const auto legacy = nlohmann::json::parse(config_json_schema(Form::kLegacy));
    EXPECT_FALSE(legacy.at("properties").at("s3").contains("required"));
}

TEST(ConfigReference, HasARowForEveryKey) {
    const auto text = config_reference();
    const auto rows = std::count(text.begin(), text.end(), '\n');
    EXPECT_GT(rows, static_cast<std::ptrdiff_t>(config_keys(Form::kCofre).size()));
    EXPECT_NE(text.find("### `targets.<name>`"), std::string::npos);
    EXPECT_NE(text.find("| `url` | a text | required |"), std::string::npos);
}

}  // namespace
}  // namespace cofre::config
