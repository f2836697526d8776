#include "s3/object_xml.h"

#include <string>

#include <gtest/gtest.h>

namespace cofre::s3 {
namespace {

TEST(ObjectXml, TagsGoBothWays) {
    const Tags tags = {{"a & b", "<c>"}, {"empty", ""}};
    const auto again = parse_tags(tags_document(tags));
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(*again, tags);
    EXPECT_TRUE(parse_tags("<Tagging><TagSet/></Tagging>")->empty());
}

TEST(ObjectXml, RetentionAndHoldGoBothWays) {
    const auto retention =
        parse_retention(retention_document({RetentionMode::kCompliance, *parse_rfc3339("2030-01-01T00:00:00.1Z")}));
    ASSERT_TRUE(retention) << retention.error().message();
    EXPECT_EQ(retention->mode, RetentionMode::kCompliance);
    // Up, never down: a second too short is a second unprotected.
    EXPECT_EQ(format_rfc3339(retention->until), "2030-01-01T00:00:01Z");
    EXPECT_TRUE(*parse_legal_hold(legal_hold_document(true)));
    EXPECT_FALSE(*parse_legal_hold(legal_hold_document(false)));
    EXPECT_EQ(parse_legal_hold("<LegalHold/>").error().code(), ErrorCode::kCorruption);
}

TEST(ObjectXml, RestoreSaysDaysAndTier) {
    EXPECT_EQ(restore_document({.days = 3, .tier = RestoreTier::kBulk}),
              "<RestoreRequest xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Days>3</Days><GlacierJobParameters>"
              "<Tier>Bulk</Tier></GlacierJobParameters></RestoreRequest>");
    EXPECT_EQ(restore_document({.days = {}, .tier = RestoreTier::kExpedited}).find("Days"), std::string::npos);
}

TEST(ObjectXml, ReadsAttributesAsAmazonWritesThem) {
    // Source: Amazon S3 API Reference, "GetObjectAttributes", response syntax.
    const auto attributes = parse_attributes(R"(<GetObjectAttributesResponse>
  <ETag>d41d8cd98f00b204e9800998ecf8427e-2</ETag>
  <Checksum><ChecksumSHA256>c29tZQ==</ChecksumSHA256><ChecksumType>COMPOSITE</ChecksumType></Checksum>
  <ObjectParts><IsTruncated>false</IsTruncated><PartsCount>2</PartsCount>
    <Part><ChecksumSHA256>b25l</ChecksumSHA256><PartNumber>1</PartNumber><Size>5242880</Size></Part>
    <Part><ChecksumSHA256>dHdv</ChecksumSHA256><PartNumber>2</PartNumber><Size>7</Size></Part></ObjectParts>
  <StorageClass>GLACIER</StorageClass><ObjectSize>5242887</ObjectSize>
</GetObjectAttributesResponse>)");
    ASSERT_TRUE(attributes) << attributes.error().message();
    EXPECT_EQ(attributes->size, 5242887U);
    EXPECT_EQ(attributes->checksums.at("SHA256"), "c29tZQ==");
    EXPECT_EQ(attributes->checksums.size(), 1U);
    EXPECT_EQ(attributes->checksum_type, "COMPOSITE");
    EXPECT_EQ(attributes->part_count, 2);
    ASSERT_EQ(attributes->parts.size(), 2U);
    EXPECT_EQ(attributes->parts[1].number, 2);
    EXPECT_EQ(attributes->parts[1].checksums.at("SHA256"), "dHdv");
}

TEST(ObjectXml, ReadsVersionsInTheOrderOfTheDocument) {
    // Source: Amazon S3 API Reference, "ListObjectVersions", sample response.
    const auto page = parse_version_page(R"(<ListVersionsResult><IsTruncated>true</IsTruncated>
  <NextKeyMarker>a%2Bb</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker><EncodingType>url</EncodingType>
  <DeleteMarker><Key>a%2Bb</Key><VersionId>v2</VersionId><IsLatest>true</IsLatest>
    <LastModified>2009-11-12T17:50:30.000Z</LastModified></DeleteMarker>
  <Version><Key>a%2Bb</Key><VersionId>v1</VersionId><IsLatest>false</IsLatest>
    <LastModified>2009-10-12T17:50:30.000Z</LastModified><ETag>&quot;fba9dede&quot;</ETag><Size>434234</Size>
    <StorageClass>STANDARD</StorageClass></Version></ListVersionsResult>)");
    ASSERT_TRUE(page) << page.error().message();
    EXPECT_TRUE(page->is_truncated);
    EXPECT_EQ(page->next_key_marker, "a+b");
    ASSERT_EQ(page->versions.size(), 2U);
    EXPECT_TRUE(page->versions[0].is_delete_marker);
    EXPECT_TRUE(page->versions[0].is_latest);
    EXPECT_EQ(page->versions[1].key.str(), "a+b");
    EXPECT_EQ(page->versions[1].etag, "fba9dede");
    EXPECT_EQ(page->versions[1].size, 434234U);
}

TEST(ObjectXml, ReadsAnAcl) {
    const auto acl = parse_acl(R"(<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList>
  <Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">
    <URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant>
  <Grant><Grantee><ID>me</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>
</AccessControlList></AccessControlPolicy>)");
    ASSERT_TRUE(acl) << acl.error().message();
    EXPECT_EQ(acl->owner, "me");
    ASSERT_EQ(acl->grants.size(), 2U);
    EXPECT_EQ(acl->grants[0].grantee, "http://acs.amazonaws.com/groups/global/AllUsers");
    EXPECT_EQ(acl->grants[1].permission, "FULL_CONTROL");
}

TEST(ObjectDetails, SayWhetherAnArchivedObjectCanBeRead) {
    const auto readiness = [](const char* storage_class, const char* restore) {
        net::HttpResponse response{.status = 200, .headers = {{"content-length", "1"}}, .body = {}};
        if (*storage_class != '\0') response.headers.push_back({"x-amz-storage-class", storage_class});
        if (*restore != '\0') response.headers.push_back({"x-amz-restore", restore});
        return read_object_detail(response)->readiness;
    };
    EXPECT_EQ(readiness("", ""), Readiness::kReady);
    EXPECT_EQ(readiness("GLACIER_IR", ""), Readiness::kReady);
    EXPECT_EQ(readiness("GLACIER", ""), Readiness::kArchived);
    EXPECT_EQ(readiness("DEEP_ARCHIVE", "ongoing-request=\"true\""), Readiness::kUnderWay);
    EXPECT_EQ(readiness("GLACIER", "ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2012 00:00:00 GMT\""),
              Readiness::kRestored);
}

TEST(ObjectDetails, SayWhatProtectsAnObject) {
    const auto detail = read_object_detail({.status = 200,
                                            .headers = {{"content-length", "1"},
                                                        {"x-amz-object-lock-mode", "COMPLIANCE"},
                                                        {"x-amz-object-lock-retain-until-date", "2030-01-01T00:00:00Z"},
                                                        {"x-amz-object-lock-legal-hold", "ON"},
                                                        {"x-amz-tagging-count", "3"},
                                                        {"x-amz-server-side-encryption", "aws:kms"},
                                                        {"x-amz-server-side-encryption-aws-kms-key-id", "key"}},
                                            .body = {}});
    ASSERT_TRUE(detail);
    ASSERT_TRUE(detail->retention);
    EXPECT_EQ(detail->retention->mode, RetentionMode::kCompliance);
    EXPECT_EQ(format_rfc3339(detail->retention->until), "2030-01-01T00:00:00Z");
    EXPECT_TRUE(detail->legal_hold);
    EXPECT_EQ(detail->tag_count, 3);
    EXPECT_EQ(detail->encryption, "aws:kms");
    EXPECT_EQ(detail->kms_key_id, "key");
    EXPECT_EQ(detail->storage_class, "STANDARD");
}

}  // namespace
}  // namespace cofre::s3
