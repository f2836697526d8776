#include "s3/bucket_xml.h"

#include <string>

#include <gtest/gtest.h>

namespace cofre::s3 {
namespace {

TEST(BucketXml, ReadsALifecycleAsAmazonWritesIt) {
    // Source: Amazon S3 API Reference, "GetBucketLifecycleConfiguration", and
    // "Examples of S3 Lifecycle configurations".
    const auto rules = parse_lifecycle(R"(<?xml version="1.0" encoding="UTF-8"?>
<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Rule><ID>Archive and then delete rule</ID>
    <Filter><And><Prefix>projectdocs/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag>
      <ObjectSizeGreaterThan>500</ObjectSizeGreaterThan></And></Filter>
    <Status>Enabled</Status>
    <Transition><Days>30</Days><StorageClass>STANDARD_IA</StorageClass></Transition>
    <Transition><Date>2030-01-01T00:00:00.000Z</Date><StorageClass>GLACIER</StorageClass></Transition>
    <NoncurrentVersionTransition><NoncurrentDays>7</NoncurrentDays><StorageClass>GLACIER</StorageClass>
      <NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionTransition>
    <NoncurrentVersionExpiration><NoncurrentDays>90</NoncurrentDays></NoncurrentVersionExpiration>
    <Expiration><Days>365</Days></Expiration>
    <AbortIncompleteMultipartUpload><DaysAfterInitiation>3</DaysAfterInitiation></AbortIncompleteMultipartUpload>
  </Rule>
  <Rule><ID>old</ID><Prefix>logs/</Prefix><Status>Disabled</Status>
    <Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule>
</LifecycleConfiguration>)");
    ASSERT_TRUE(rules) << rules.error().message();
    ASSERT_EQ(rules->size(), 2U);
    const auto& first = rules->front();
    EXPECT_EQ(first.id, "Archive and then delete rule");
    EXPECT_TRUE(first.enabled);
    EXPECT_EQ(first.prefix, "projectdocs/");
    EXPECT_EQ(first.tags.at("k"), "v");
    EXPECT_EQ(first.larger_than, 500U);
    ASSERT_EQ(first.transitions.size(), 2U);
    EXPECT_EQ(first.transitions[0].when.days, 30);
    EXPECT_EQ(format_rfc3339(*first.transitions[1].when.date), "2030-01-01T00:00:00Z");
    ASSERT_EQ(first.noncurrent_transitions.size(), 1U);
    EXPECT_EQ(first.noncurrent_transitions[0].keep_newest, 2);
    EXPECT_EQ(first.expire_noncurrent_days, 90);
    EXPECT_EQ(first.expire->days, 365);
    EXPECT_EQ(first.abort_uploads_days, 3);
    EXPECT_TRUE(first.not_understood.empty());
    const auto& second = rules->back();
    EXPECT_FALSE(second.enabled);
    EXPECT_EQ(second.prefix, "logs/");
    EXPECT_TRUE(second.expire_delete_markers);
    EXPECT_FALSE(second.expire);
}

TEST(BucketXml, WritesALifecycleThatReadsTheSame) {
    LifecycleRule rule{.id = "a & <b>", .enabled = false, .prefix = "x/", .tags = {{"k", "v"}}};
    rule.smaller_than = 10;
    rule.transitions = {{{.days = 1, .date = {}}, "GLACIER"}};
    rule.expire = LifecycleMoment{.days = {}, .date = *parse_rfc3339("2031-02-03T00:00:00Z")};
    rule.expire_noncurrent_days = 4;
    rule.keep_newest_noncurrent = 5;
    rule.abort_uploads_days = 6;
    const std::string xml = lifecycle_document(std::vector{rule});
    EXPECT_NE(xml.find("<And><Prefix>x/</Prefix>"), std::string::npos) << xml;
    const auto again = parse_lifecycle(xml);
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->front().id, rule.id);
    EXPECT_EQ(lifecycle_document(*again), xml);
}

TEST(BucketXml, FilterOfOneConditionHasNoAnd) {
    const std::string by_prefix = lifecycle_document(std::vector{LifecycleRule{.id = {}, .prefix = "p"}});
    EXPECT_NE(by_prefix.find("<Filter><Prefix>p</Prefix></Filter>"), std::string::npos) << by_prefix;
    LifecycleRule tagged;
    tagged.tags = {{"k", "v"}};
    const std::string by_tag = lifecycle_document(std::vector{tagged});
    EXPECT_NE(by_tag.find("<Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>"), std::string::npos) << by_tag;
    // All objects: an empty prefix says so to every store.
    const std::string all = lifecycle_document(std::vector{LifecycleRule{}});
    EXPECT_NE(all.find("<Filter><Prefix"), std::string::npos) << all;
}

TEST(BucketXml, TellsWhatARuleHoldsThatIsNotUnderstood) {
    const auto rules = parse_lifecycle(
        "<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter><Colour>red</Colour></Filter><Magic/></Rule>"
        "</LifecycleConfiguration>");
    ASSERT_TRUE(rules);
    EXPECT_EQ(rules->front().not_understood, (std::vector<std::string>{"Colour", "Magic"}));
}

TEST(BucketXml, RefusesAnswersThatAreNone) {
    EXPECT_EQ(parse_lifecycle("<Error/>").error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(parse_lifecycle("<LifecycleConfiguration><Rule/></LifecycleConfiguration>").error().code(),
              ErrorCode::kCorruption);
    EXPECT_EQ(parse_cors("").error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(parse_versioning("<VersioningConfiguration><Status>?</Status></VersioningConfiguration>").error().code(),
              ErrorCode::kCorruption);
    EXPECT_EQ(parse_bucket_lock("<ObjectLockConfiguration><Rule><DefaultRetention><Mode>X</Mode></DefaultRetention>"
                                "</Rule></ObjectLockConfiguration>")
                  .error()
                  .code(),
              ErrorCode::kCorruption);
}

TEST(BucketXml, CorsGoesBothWays) {
    const CorsRule rule{.id = "web",
                        .allowed_origins = {"https://a.example", "https://*.b.example"},
                        .allowed_methods = {"GET", "PUT"},
                        .allowed_headers = {"*"},
                        .expose_headers = {"ETag"},
                        .max_age = std::chrono::seconds(3000)};
    const auto again = parse_cors(cors_document(std::vector{rule}));
    ASSERT_TRUE(again) << again.error().message();
    ASSERT_EQ(again->size(), 1U);
    EXPECT_EQ(again->front().allowed_origins, rule.allowed_origins);
    EXPECT_EQ(again->front().allowed_methods, rule.allowed_methods);
    EXPECT_EQ(again->front().expose_headers, rule.expose_headers);
    EXPECT_EQ(again->front().max_age, rule.max_age);
}

TEST(BucketXml, ReadsVersioning) {
    EXPECT_EQ(*parse_versioning("<VersioningConfiguration/>"), Versioning::kOff);
    EXPECT_EQ(*parse_versioning(versioning_document(Versioning::kEnabled)), Versioning::kEnabled);
    EXPECT_EQ(*parse_versioning(versioning_document(Versioning::kSuspended)), Versioning::kSuspended);
}

TEST(BucketXml, ReadsALocation) {
    EXPECT_EQ(*parse_location("<LocationConstraint xmlns=\"x\"/>"), "us-east-1");
    EXPECT_EQ(*parse_location("<LocationConstraint>EU</LocationConstraint>"), "eu-west-1");
    EXPECT_EQ(*parse_location("<LocationConstraint>sa-east-1</LocationConstraint>"), "sa-east-1");
}

TEST(BucketXml, LockGoesBothWays) {
    const auto lock = parse_bucket_lock(bucket_lock_document(
        {.enabled = true, .default_mode = RetentionMode::kCompliance, .default_days = 30, .default_years = {}}));
    ASSERT_TRUE(lock) << lock.error().message();
    EXPECT_TRUE(lock->enabled);
    EXPECT_EQ(lock->default_mode, RetentionMode::kCompliance);
    EXPECT_EQ(lock->default_days, 30);
    EXPECT_FALSE(lock->default_years);
}

}  // namespace
}  // namespace cofre::s3
