// What operators expect of S3, against a real server, with the AWS CLI as
// judge: what cofre sets it reads, and what it sets cofre reads.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "testing/job_fixture.h"
#include "testing/s3_tools.h"

namespace cofre::testing {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

// base64 of "0123456789abcdef0123456789abcdef".
constexpr const char* kCustomerKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

class RgwOperator : public JobTest {
protected:
    /// `aws s3api ARGS`; its JSON, or null where it prints none.
    Json aws(std::vector<std::string> args) {
        args.insert(args.begin(), "s3api");
        const auto result = aws_.run(args);
        if (!result || result->exit_code != 0) {
            ADD_FAILURE() << (result ? result->describe() : result.error().message());
            return nullptr;
        }
        return Json::parse(result->out, nullptr, /*allow_exceptions=*/false);
    }
    std::string url(const std::string& key) { return "s3://" + bucket() + "/" + key; }
    std::string file(const std::string& name, const std::string& text) {
        EXPECT_TRUE(write_file(folder() / name, text));
        return (folder() / name).string();
    }
    ChildResult cp(std::vector<std::string> args, const std::string& input = {}) {
        args.insert(args.begin(), {"s3", "cp"});
        return cofre_.run(args, input);
    }
    Json s3_json(std::vector<std::string> args) {
        args.insert(args.begin(), "s3");
        args.emplace_back("--json");
        const auto result = cofre_.run(args);
        EXPECT_STATUS(0, result);
        return json_of(result);
    }
    std::string text_of(const std::string& from, std::vector<std::string> more = {}) {
        more.insert(more.begin(), {from, "-"});
        const auto result = cp(more);
        EXPECT_STATUS(0, result);
        return result.out;
    }
    void make_versioned() {
        aws({"put-bucket-versioning", "--bucket", bucket(), "--versioning-configuration", "Status=Enabled"});
    }

    S3Tool aws_{S3Tool::Kind::kAwsCli, shared_rgw()};
};

TEST_F(RgwOperator, TheAwsCliReadsWhatAnObjectWasBornWith) {
    ASSERT_STATUS(0, cp({file("f", "hello"), url("k"), "--content-type", "text/plain", "--metadata", "who=me", "--tag",
                         "project=a b&c", "--tag", "e=", "--acl", "public-read", "--storage-class", "STANDARD"}));
    const auto head = aws({"head-object", "--bucket", bucket(), "--key", "k"});
    EXPECT_EQ(head.at("ContentType"), "text/plain");
    EXPECT_EQ(head.at("Metadata").at("who"), "me");
    const auto tags = aws({"get-object-tagging", "--bucket", bucket(), "--key", "k"}).at("TagSet");
    EXPECT_EQ(tags.size(), 2U);
    EXPECT_THAT(tags.dump(), HasSubstr("a b&c"));
    EXPECT_THAT(aws({"get-object-acl", "--bucket", bucket(), "--key", "k"}).dump(), HasSubstr("AllUsers"));
}

TEST_F(RgwOperator, TagsGoBothWays) {
    ASSERT_STATUS(0, cp({"-", url("k")}, "x"));
    ASSERT_STATUS(0, cofre_.run({"s3", "tag", url("k"), "a=1", "b=<&>"}));
    const auto set = aws({"get-object-tagging", "--bucket", bucket(), "--key", "k"}).at("TagSet");
    EXPECT_THAT(set.dump(), HasSubstr("<&>"));
    aws({"put-object-tagging", "--bucket", bucket(), "--key", "k", "--tagging", "TagSet=[{Key=c,Value=3}]"});
    EXPECT_EQ(s3_json({"tag", url("k")}).at("tags"), Json({{"c", "3"}}));
    ASSERT_STATUS(0, cofre_.run({"s3", "tag", url("k"), "--remove"}));
    EXPECT_TRUE(s3_json({"tag", url("k")}).at("tags").empty());
    ASSERT_STATUS(1, cofre_.run({"s3", "tag", url("absent")}));
}

TEST_F(RgwOperator, StatTellsAllThatIsKnown) {
    ASSERT_STATUS(0, cp({"-", url("k"), "--tag", "a=1", "--metadata", "who=me"}, "hello"));
    const auto stat = s3_json({"stat", url("k")});
    EXPECT_EQ(stat.at("size"), 5);
    EXPECT_EQ(stat.at("etag"), "5d41402abc4b2a76b9719d911017c592");
    EXPECT_EQ(stat.at("metadata").at("who"), "me");
    EXPECT_EQ(stat.at("tags").at("a"), "1");
    EXPECT_EQ(stat.at("readiness"), "ready");
    EXPECT_EQ(stat.at("storage_class"), "STANDARD");
    EXPECT_TRUE(stat.at("warnings").empty()) << stat.dump();
    const auto people = cofre_.run({"s3", "stat", url("k")});
    ASSERT_STATUS(0, people);
    EXPECT_THAT(people.out, HasSubstr("etag             5d41402abc4b2a76b9719d911017c592"));
}

TEST_F(RgwOperator, CustomerKeysGuardBytesAndWholeBackups) {
    const std::string key_file = file("key", std::string(kCustomerKey) + "\n");
    const std::vector<std::string> with_key = {"--sse-customer-key-file", key_file};
    ASSERT_STATUS(0, cp({file("f", "secret"), url("k"), "--sse-customer-key-file", key_file}));
    EXPECT_EQ(text_of(url("k"), with_key), "secret");
    ASSERT_STATUS(1, cp({url("k"), "-"}));
    const auto head = aws({"head-object", "--bucket", bucket(), "--key", "k", "--sse-customer-algorithm", "AES256",
                           "--sse-customer-key", "0123456789abcdef0123456789abcdef"});
    EXPECT_EQ(head.at("ContentLength"), 6);
    EXPECT_EQ(s3_json({"stat", url("k"), "--sse-customer-key-file", key_file}).at("encryption"), "SSE-C");

    ASSERT_TRUE(build_tree(source(), {.seed = 3, .files = 12}));
    ASSERT_TRUE(write_file(source() / "large", random_bytes(4, 12'000'000)));
    const std::vector<std::string> options = {
        "--sse-customer-key-file", key_file, "--multipart-threshold", "5MiB", "--part-size", "5MiB"};
    ASSERT_STATUS(0, backup(s3_target(), options));
    ASSERT_STATUS(0, verify(s3_target(), with_key));
    ASSERT_STATUS(0, restore(s3_target(), with_key));
    EXPECT_EQ(describe_differences(source(), restored()), "");
    const auto without = verify(s3_target());
    EXPECT_NE(without.exit_code, 0);
    EXPECT_EQ(without.out.find(kCustomerKey), std::string::npos);
}

TEST_F(RgwOperator, ConditionsDecideWhoWrites) {
    ASSERT_STATUS(0, cp({"-", url("k"), "--if-absent"}, "hello"));
    ASSERT_STATUS(1, cp({"-", url("k"), "--if-absent"}, "other"));
    const std::string etag = s3_json({"stat", url("k")}).at("etag");
    ASSERT_STATUS(1, cp({"-", url("k"), "--if-match", "00000000000000000000000000000000"}, "other"));
    EXPECT_EQ(text_of(url("k")), "hello");
    ASSERT_STATUS(0, cp({"-", url("k"), "--if-match", etag}, "newer"));
    EXPECT_EQ(text_of(url("k")), "newer");
    ASSERT_STATUS(1, cp({url("k"), "-", "--if-match", etag}));
}

TEST_F(RgwOperator, OldVersionsAreReadRestoredAndRemoved) {
    make_versioned();
    ASSERT_STATUS(0, cp({"-", url("k")}, "one"));
    ASSERT_STATUS(0, cp({"-", url("k")}, "two"));
    ASSERT_STATUS(0, cofre_.run({"s3", "rm", url("k")}));
    const auto listed = cofre_.run({"s3", "versions", url(""), "--json"});
    ASSERT_STATUS(0, listed);
    const auto versions = json_lines_of(listed);
    ASSERT_EQ(versions.size(), 3U) << listed.describe();
    EXPECT_EQ(aws({"list-object-versions", "--bucket", bucket()}).at("Versions").size(), 2U);
    std::string marker;
    std::string first;
    for (const auto& version : versions) {
        if (version.at("is_delete_marker").get<bool>()) marker = version.at("version_id");
        if (version.at("etag") == "f97c5d29941bfb1b2fdab0874906ab82") first = version.at("version_id");
    }
    ASSERT_FALSE(marker.empty());
    ASSERT_FALSE(first.empty()) << listed.out;
    ASSERT_STATUS(1, cp({url("k"), "-"}));
    EXPECT_EQ(text_of(url("k"), {"--version-id", first}), "one");
    ASSERT_STATUS(0, cp({url("k"), url("k"), "--version-id", first}));
    EXPECT_EQ(text_of(url("k")), "one");
    ASSERT_STATUS(0, cofre_.run({"s3", "rm", url("k"), "--version-id", first}));
    EXPECT_EQ(json_lines_of(cofre_.run({"s3", "versions", url("k"), "--json"})).size(), 3U);
    ASSERT_STATUS(1, cp({url("k"), "-", "--version-id", first}));
}

TEST_F(RgwOperator, LockedObjectsStayUntilTheLockIsLifted) {
    const std::string locked = "locked-" + bucket();
    aws({"create-bucket", "--bucket", locked, "--object-lock-enabled-for-bucket"});
    const std::string place = "s3://" + locked + "/k";
    ASSERT_STATUS(0,
                  cp({"-", place, "--object-lock-mode", "governance", "--object-lock-days", "2", "--legal-hold"}, "x"));
    const auto retention = aws({"get-object-retention", "--bucket", locked, "--key", "k"}).at("Retention");
    EXPECT_EQ(retention.at("Mode"), "GOVERNANCE");
    EXPECT_EQ(aws({"get-object-legal-hold", "--bucket", locked, "--key", "k"}).at("LegalHold").at("Status"), "ON");

    const auto lock = s3_json({"lock", place});
    EXPECT_EQ(lock.at("retention").at("mode"), "GOVERNANCE");
    EXPECT_EQ(lock.at("legal_hold"), true);
    const std::string version = s3_json({"stat", place}).at("version_id");
    ASSERT_STATUS(1, cofre_.run({"s3", "rm", place, "--version-id", version}));
    ASSERT_STATUS(0, cofre_.run({"s3", "lock", place, "--legal-hold", "off", "--until", "2040-01-01T00:00:00Z"}));
    EXPECT_EQ(s3_json({"lock", place}).at("retention").at("until"), "2040-01-01T00:00:00Z");
    ASSERT_STATUS(1, cofre_.run({"s3", "lock", place, "--days", "1"}));
    ASSERT_STATUS(0, cofre_.run({"s3", "rm", place, "--version-id", version, "--bypass-governance"}));
    EXPECT_TRUE(json_lines_of(cofre_.run({"s3", "versions", "s3://" + locked, "--json"})).empty());
}

TEST_F(RgwOperator, ABucketWithoutObjectLockSaysSo) {
    ASSERT_STATUS(0, cp({"-", url("k")}, "x"));
    const auto lock = cofre_.run({"s3", "lock", url("k"), "--days", "1"});
    ASSERT_STATUS(1, lock);
    EXPECT_THAT(lock.err, HasSubstr("made with it"));
}

TEST_F(RgwOperator, LifecycleRulesGoBothWays) {
    const std::string rules = file("rules.yaml", R"(
rules:
  - id: tidy
    prefix: backups/
    expire_days: 30
    expire_noncurrent_days: 7
    abort_uploads_days: 2
)");
    EXPECT_TRUE(s3_json({"lifecycle", "show", url("")}).at("rules").empty());
    ASSERT_STATUS(0, cofre_.run({"s3", "lifecycle", "apply", url(""), rules}));
    const auto read = aws({"get-bucket-lifecycle-configuration", "--bucket", bucket()}).at("Rules");
    ASSERT_EQ(read.size(), 1U);
    EXPECT_EQ(read[0].at("Expiration").at("Days"), 30);
    EXPECT_EQ(read[0].at("AbortIncompleteMultipartUpload").at("DaysAfterInitiation"), 2);
    // What is shown can be applied again.
    const auto shown = cofre_.run({"s3", "lifecycle", "show", url("")});
    ASSERT_STATUS(0, shown);
    ASSERT_STATUS(0, cofre_.run({"s3", "lifecycle", "apply", url(""), file("again.json", shown.out)}));
    EXPECT_EQ(s3_json({"lifecycle", "show", url("")}).at("rules")[0].at("expire_noncurrent_days"), 7);

    aws({"put-bucket-lifecycle-configuration", "--bucket", bucket(), "--lifecycle-configuration",
         R"({"Rules":[{"ID":"theirs","Status":"Enabled","Filter":{"And":{"Prefix":"p/","Tags":[{"Key":"k","Value":"v"}]}},)"
         R"("Expiration":{"Days":9}}]})"});
    const auto theirs = s3_json({"lifecycle", "show", url("")}).at("rules");
    EXPECT_EQ(theirs[0].at("id"), "theirs");
    EXPECT_EQ(theirs[0].at("prefix"), "p/");
    EXPECT_EQ(theirs[0].at("tags").at("k"), "v");
    ASSERT_STATUS(0, cofre_.run({"s3", "lifecycle", "clear", url("")}));
    EXPECT_TRUE(s3_json({"lifecycle", "show", url("")}).at("rules").empty());
}

TEST_F(RgwOperator, CorsRulesGoBothWays) {
    const std::string rules = file("cors.yaml", R"(
rules:
  - allowed_origins: ["https://app.example"]
    allowed_methods: [GET, PUT]
    allowed_headers: ["*"]
    expose_headers: [ETag]
    max_age: 1h
)");
    EXPECT_TRUE(s3_json({"cors", "show", url("")}).at("rules").empty());
    ASSERT_STATUS(0, cofre_.run({"s3", "cors", "apply", url(""), rules}));
    const auto read = aws({"get-bucket-cors", "--bucket", bucket()}).at("CORSRules");
    ASSERT_EQ(read.size(), 1U);
    EXPECT_EQ(read[0].at("AllowedOrigins"), Json({"https://app.example"}));
    EXPECT_EQ(read[0].at("MaxAgeSeconds"), 3600);
    EXPECT_EQ(s3_json({"cors", "show", url("")}).at("rules")[0].at("max_age"), "3600s");
    ASSERT_STATUS(0, cofre_.run({"s3", "cors", "clear", url("")}));
    EXPECT_TRUE(s3_json({"cors", "show", url("")}).at("rules").empty());
}

TEST_F(RgwOperator, ATargetOfTheConfigurationGivesItsSettingsToEveryObject) {
    ASSERT_TRUE(build_tree(source(), {.seed = 5, .files = 6, .hostile_names = false}));
    const std::string config = file("cofre.yaml", R"(
state_dir: )" + (folder() / "state").string() + R"(
targets:
  main:
    url: )" + s3_target() + R"(
    layout: objects
    tags: {project: x}
    sse_customer_key: ${file:)" + file("key", kCustomerKey) +
                                                      R"(}
jobs:
  all:
    sources: [)" + source().string() + R"(]
)");
    ASSERT_STATUS(0, cofre_.run({"run", "--config", config}));
    const auto shown = cofre_.run({"config", "show", "--config", config});
    ASSERT_STATUS(0, shown);
    EXPECT_EQ(shown.out.find(kCustomerKey), std::string::npos);
    const auto keys = shared_rgw().keys(bucket());
    ASSERT_TRUE(keys);
    ASSERT_FALSE(keys->empty());
    for (const auto& key : *keys) {
        const auto tags = aws({"get-object-tagging", "--bucket", bucket(), "--key", key});
        EXPECT_THAT(tags.dump(), HasSubstr("project")) << key;
    }
    ASSERT_STATUS(0, cofre_.run({"verify", "--config", config}));
}

}  // namespace
}  // namespace cofre::testing
