#include "s3/s3_xml.h"

#include <string>

#include <gtest/gtest.h>

namespace cofre::s3 {
namespace {

TEST(S3Xml, ReadsAListingAsAmazonWritesIt) {
    // Source: Amazon S3 API Reference, "ListObjectsV2", sample response.
    const auto page = parse_list_page(R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>bucket</Name><Prefix/><NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>
  <KeyCount>1</KeyCount><MaxKeys>1</MaxKeys><IsTruncated>true</IsTruncated>
  <Contents><Key>happy face.jpg</Key><LastModified>2014-11-21T19:40:05.000Z</LastModified>
    <ETag>&quot;70ee1738b6b21e2c8a43f3a5ab0eee71&quot;</ETag><Size>11</Size><StorageClass>STANDARD</StorageClass></Contents>
</ListBucketResult>)");
    ASSERT_TRUE(page) << page.error().message();
    EXPECT_TRUE(page->is_truncated);
    EXPECT_EQ(page->next_token, "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=");
    EXPECT_EQ(page->key_count, 1U);
    EXPECT_FALSE(page->token);
    ASSERT_EQ(page->objects.size(), 1U);
    EXPECT_EQ(page->objects[0].key.str(), "happy face.jpg");
    EXPECT_EQ(page->objects[0].etag, "70ee1738b6b21e2c8a43f3a5ab0eee71");
    EXPECT_EQ(page->objects[0].size, 11U);
    EXPECT_EQ(format_rfc3339(page->objects[0].last_modified), "2014-11-21T19:40:05Z");
}

std::string one_key(const std::string& key, const std::string& extra = "") {
    return "<ListBucketResult><IsTruncated>false</IsTruncated>" + extra + "<Contents><Key>" + key +
           "</Key><LastModified>2014-11-21T19:40:05.000Z</LastModified><Size>1</Size></Contents></ListBucketResult>";
}

TEST(S3Xml, DecodesNamesOnlyIfTheAnswerSaysSo) {
    EXPECT_EQ(parse_list_page(one_key("a+b%2Bc%20d"))->objects[0].key.str(), "a+b%2Bc%20d");
    EXPECT_EQ(parse_list_page(one_key("a+b%2Bc%20d", "<EncodingType>url</EncodingType>"))->objects[0].key.str(),
              "a b+c d");
    EXPECT_FALSE(parse_list_page(one_key("a%zz", "<EncodingType>url</EncodingType>")));
}

TEST(S3Xml, KeepsBlanksInKeys) {
    EXPECT_EQ(parse_list_page(one_key(" "))->objects[0].key.str(), " ");
    EXPECT_EQ(parse_list_page(one_key(" a "))->objects[0].key.str(), " a ");
}

TEST(S3Xml, RefusesKeysThatCannotBeUsed) {
    EXPECT_EQ(parse_list_page(one_key("")).error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(parse_list_page(one_key(std::string(2000, 'x'))).error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(parse_list_page(one_key("%FF", "<EncodingType>url</EncodingType>")).error().code(),
              ErrorCode::kUnsupported);
}

class S3XmlBroken : public ::testing::TestWithParam<const char*> {};

TEST_P(S3XmlBroken, IsNeverAnEmptyAnswer) {
    const auto expect_corruption = [](const auto& result) {
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code(), ErrorCode::kCorruption);
    };
    expect_corruption(parse_list_page(GetParam()));
    expect_corruption(parse_upload_page(GetParam()));
    expect_corruption(parse_upload_id(GetParam()));
    expect_corruption(parse_result_etag(GetParam()));
    expect_corruption(parse_delete_result(GetParam()));
    EXPECT_FALSE(parse_error_document(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Table, S3XmlBroken,
                         ::testing::Values("", " ", "<", "<ListBucketResult>", "plain text", "<html/>",
                                           "<a><b></a></b>", "{\"json\":true}", "<?xml version=\"1.0\"?>"));

TEST(S3Xml, RefusesADocumentThatBringsItsOwnEntities) {
    const auto id = parse_upload_id(
        "<!DOCTYPE x [<!ENTITY e \"expanded\">]>"
        "<InitiateMultipartUploadResult><UploadId>&e;</UploadId></InitiateMultipartUploadResult>");
    EXPECT_TRUE(!id || id->find("expanded") == std::string::npos);
}

TEST(S3Xml, ReadsUploadIds) {
    EXPECT_EQ(
        *parse_upload_id("<InitiateMultipartUploadResult><UploadId>2~x</UploadId></InitiateMultipartUploadResult>"),
        "2~x");
    EXPECT_FALSE(parse_upload_id("<InitiateMultipartUploadResult><UploadId/></InitiateMultipartUploadResult>"));
}

TEST(S3Xml, ReadsResultsWithAndWithoutETag) {
    EXPECT_EQ(*parse_result_etag("<CompleteMultipartUploadResult><ETag>\"a-2\"</ETag></CompleteMultipartUploadResult>"),
              "\"a-2\"");
    EXPECT_EQ(*parse_result_etag("<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>"), "");
    EXPECT_FALSE(parse_result_etag("<Error><Code>InternalError</Code></Error>"));
}

TEST(S3Xml, ReadsWhatWasNotDeleted) {
    const auto failures = parse_delete_result(
        "<DeleteResult><Deleted><Key>a</Key></Deleted><Error><Key>b&amp;c</Key><Code>AccessDenied</Code>"
        "<Message>no</Message></Error></DeleteResult>");
    ASSERT_TRUE(failures);
    ASSERT_EQ(failures->size(), 1U);
    EXPECT_EQ(failures->front().key, "b&c");
    EXPECT_EQ(failures->front().code, "AccessDenied");
}

TEST(S3Xml, WritesKeysThatReadBackAsTheyAre) {
    const std::vector<store::ObjectKey> keys = {*store::ObjectKey::parse("a&b<c>\"d\"\r\n\t")};
    EXPECT_EQ(delete_document(keys),
              "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>"
              "<Object><Key>a&amp;b&lt;c&gt;&quot;d&quot;&#13;&#10;&#9;</Key></Object></Delete>");
}

TEST(S3Xml, KnowsWhatXmlCannotCarry) {
    EXPECT_TRUE(fits_in_xml("plain \xc3\xa7 \t\n"));
    EXPECT_FALSE(fits_in_xml("a\x01"));
    EXPECT_FALSE(fits_in_xml("\xef\xbf\xbf"));
}

TEST(S3Xml, WritesPartsWithTheirChecksumsWhereKept) {
    const std::vector<UploadedPart> parts = {{.number = 1, .size = 1, .etag = "\"e\"", .sha256 = crypto::sha256("")}};
    EXPECT_EQ(complete_document(parts, /*with_checksum=*/false),
              "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
              "<Part><PartNumber>1</PartNumber><ETag>&quot;e&quot;</ETag></Part></CompleteMultipartUpload>");
    EXPECT_NE(complete_document(parts, /*with_checksum=*/true)
                  .find("<ChecksumSHA256>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=</ChecksumSHA256>"),
              std::string::npos);
}

}  // namespace
}  // namespace cofre::s3
