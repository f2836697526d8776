#include "aws/sigv4.h"

#include <string>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "net/url.h"

namespace cofre::aws {
namespace {

WallTime at(std::string_view rfc3339) {
    return *parse_rfc3339(rfc3339);
}

// Source: https://github.com/awslabs/aws-c-auth, tests/aws-signing-test-suite/v4
// (AWS's published signing test suite; formerly aws-sig-v4-test-suite). Older
// copies of it join the lines of header_value_multiline by commas.
struct SuiteCase {
    const char* name;
    const char* method;
    const char* target;
    net::HttpHeaders headers;  // Besides Host and X-Amz-Date.
    PathRule rule;
    const char* signature;
};

class SigningSuite : public ::testing::TestWithParam<SuiteCase> {
protected:
    const Credentials credentials_{.access_key_id = "AKIDEXAMPLE",
                                   .secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                                   .session_token = {}};
    const SigningScope scope_{.region = "us-east-1", .service = "service", .time = at("2015-08-30T12:36:00Z")};
    const SigningKey key_ = derive_signing_key(credentials_.secret_access_key, scope_);
};

TEST_P(SigningSuite, GivesThePublishedSignature) {
    const SuiteCase& test = GetParam();
    net::HttpHeaders headers = {{"Host", "example.amazonaws.com"}};
    headers.insert(headers.end(), test.headers.begin(), test.headers.end());
    const std::string_view target = test.target;
    const auto question = target.find('?');
    const SignableRequest request{
        .method = test.method,
        .path = target.substr(0, question),
        .query = question == std::string_view::npos ? std::string_view() : target.substr(question + 1),
        .payload_sha256 = kEmptyPayload,
        .path_rule = test.rule};
    EXPECT_EQ(sign_headers(request, headers, scope_, credentials_, key_).signature, test.signature);
}

constexpr PathRule kNormal = PathRule::kNormalizeAndEncode;
constexpr PathRule kRaw = PathRule::kEncode;

INSTANTIATE_TEST_SUITE_P(
    Published, SigningSuite,
    ::testing::Values(
        SuiteCase{
            "get_vanilla", "GET", "/", {}, kNormal, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        SuiteCase{"post_vanilla",
                  "POST",
                  "/",
                  {},
                  kNormal,
                  "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
        SuiteCase{"query_order_key_case",
                  "GET",
                  "/?Param2=value2&Param1=value1",
                  {},
                  kNormal,
                  "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
        SuiteCase{"query_order_encoded",
                  "GET",
                  "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
                  {},
                  kNormal,
                  "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"},
        SuiteCase{"utf8_query",
                  "GET",
                  "/?\xe1\x88\xb4=bar",
                  {},
                  kNormal,
                  "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
        SuiteCase{"query_unreserved",
                  "GET",
                  "/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~"
                  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                  {},
                  kNormal,
                  "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
        SuiteCase{"utf8_path",
                  "GET",
                  "/\xe1\x88\xb4",
                  {},
                  kNormal,
                  "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
        SuiteCase{"space_normalized",
                  "GET",
                  "/example space/",
                  {},
                  kNormal,
                  "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
        SuiteCase{"slash_unnormalized",
                  "GET",
                  "//",
                  {},
                  kRaw,
                  "c88bcd3d312d75078c0cd961d6deae3f4c754924b01669efcfcb439fd5e5b76e"},
        SuiteCase{"slashes_normalized",
                  "GET",
                  "//example//",
                  {},
                  kNormal,
                  "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
        SuiteCase{"pointless_dot_unnormalized",
                  "GET",
                  "/./example",
                  {},
                  kRaw,
                  "beb03f223f7deae4146464f06e29eebbee9c8afbe15c290cf07aa8b119e14cff"},
        SuiteCase{"relative_relative_unnormalized",
                  "GET",
                  "/example1/example2/../..",
                  {},
                  kRaw,
                  "dc33e0856fd4baca4d7aa2146c38958283844764f38c74252a333df5e613003b"},
        SuiteCase{"relative_relative_normalized",
                  "GET",
                  "/example1/example2/../..",
                  {},
                  kNormal,
                  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        SuiteCase{"header_value_trim",
                  "GET",
                  "/",
                  {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}},
                  kNormal,
                  "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
        SuiteCase{"header_value_multiline",
                  "GET",
                  "/",
                  {{"My-Header1", "value1\n  value2\n     value3"}},
                  kNormal,
                  "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd"},
        SuiteCase{"header_key_duplicate",
                  "GET",
                  "/",
                  {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}},
                  kNormal,
                  "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
        SuiteCase{
            "header_value_order",
            "GET",
            "/",
            {{"My-Header1", "value4"}, {"My-Header1", "value1"}, {"My-Header1", "value3"}, {"My-Header1", "value2"}},
            kNormal,
            "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(SigV4, SignsABodyAndItsHashHeader) {  // post-x-www-form-urlencoded
    const Credentials credentials{.access_key_id = "AKIDEXAMPLE",
                                  .secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                                  .session_token = {}};
    const SigningScope scope{.region = "us-east-1", .service = "service", .time = at("2015-08-30T12:36:00Z")};
    const std::string hash = crypto::sha256("Param1=value1").hex();
    net::HttpHeaders headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                                {"Host", "example.amazonaws.com"},
                                {"Content-Length", "13"},
                                {"x-amz-content-sha256", hash}};
    const auto result =
        sign_headers({.method = "POST", .path = "/", .payload_sha256 = hash, .path_rule = kNormal}, headers, scope,
                     credentials, derive_signing_key(credentials.secret_access_key, scope));
    EXPECT_EQ(result.signature, "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b");
    EXPECT_EQ(headers.back().value,
              "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
              "SignedHeaders=content-length;content-type;host;x-amz-content-sha256;x-amz-date, "
              "Signature=d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b");
}

class SigV4Token : public ::testing::Test {
protected:
    const Credentials credentials_{
        .access_key_id = "AKIDEXAMPLE",
        .secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        .session_token = Secret("6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267")};
    const SigningScope scope_{.region = "us-east-1", .service = "service", .time = at("2015-08-30T12:36:00Z")};
    const SigningKey key_ = derive_signing_key(credentials_.secret_access_key, scope_);
};

TEST_F(SigV4Token, IsSignedAsAHeader) {  // get-vanilla-with-session-token
    net::HttpHeaders headers = {{"Host", "example.amazonaws.com"}, {"X-Amz-Date", "to be replaced"}};
    const auto result =
        sign_headers({.method = "GET", .path = "/", .payload_sha256 = kEmptyPayload, .path_rule = kNormal}, headers,
                     scope_, credentials_, key_);
    EXPECT_EQ(result.signature, "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8");
}

TEST_F(SigV4Token, CanBeAddedAfterTheSignature) {  // post-sts-header-after
    net::HttpHeaders headers = {{"Host", "example.amazonaws.com"}};
    const auto result =
        sign_headers({.method = "POST", .path = "/", .payload_sha256 = kEmptyPayload, .path_rule = kNormal}, headers,
                     scope_, credentials_, key_, TokenRule::kAddAfter);
    EXPECT_EQ(result.signature, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
    EXPECT_EQ(headers.back().name, "x-amz-security-token");
}

TEST(SigV4, SignsAQuery) {  // get-slash-pointless-dot-normalized, query form
    const Credentials credentials{.access_key_id = "AKIDEXAMPLE",
                                  .secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                                  .session_token = {}};
    const SigningScope scope{.region = "us-east-1", .service = "service", .time = at("2015-08-30T12:36:00Z")};
    const net::HttpHeaders headers = {{"Host", "example.amazonaws.com"}, {"X-Amz-Date", "20150830T123600Z"}};
    const auto result = sign_query({.method = "GET",
                                    .path = "/./example",
                                    .headers = &headers,
                                    .payload_sha256 = kEmptyPayload,
                                    .path_rule = kNormal},
                                   scope, credentials, derive_signing_key(credentials.secret_access_key, scope),
                                   std::chrono::seconds(3600));
    EXPECT_EQ(result.query,
              "X-Amz-Algorithm=AWS4-HMAC-SHA256"
              "&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request"
              "&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Expires=3600"
              "&X-Amz-Signature=35034b1a0bdd969f346975386daf8aedfd4976573b8348cf4f67eaa41c5857de");
}

// Source: Amazon S3 API Reference, "Signature Calculations for the Authorization
// Header", https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
class SigV4S3 : public ::testing::Test {
protected:
    std::string sign_example(std::string_view method, std::string_view path, std::string_view query,
                             net::HttpHeaders headers, std::string_view hash) {
        headers.push_back({"Host", "examplebucket.s3.amazonaws.com"});
        headers.push_back({"x-amz-content-sha256", std::string(hash)});
        return sign_headers({.method = method, .path = path, .query = query, .payload_sha256 = hash}, headers, scope_,
                            credentials_, key_)
            .signature;
    }

    const Credentials credentials_{.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                                   .secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                                   .session_token = {}};
    const SigningScope scope_{.region = "us-east-1", .time = at("2013-05-24T00:00:00Z")};
    const SigningKey key_ = derive_signing_key(credentials_.secret_access_key, scope_);
};

TEST_F(SigV4S3, GetObject) {
    EXPECT_EQ(sign_example("GET", "/test.txt", "", {{"Range", "bytes=0-9"}}, kEmptyPayload),
              "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_F(SigV4S3, PutObject) {
    EXPECT_EQ(sign_example("PUT", "/test%24file.text", "",
                           {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                           crypto::sha256("Welcome to Amazon S3.").hex()),
              "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_F(SigV4S3, GetBucketLifecycle) {
    EXPECT_EQ(sign_example("GET", "/", "lifecycle", {}, kEmptyPayload),
              "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST_F(SigV4S3, ListObjects) {
    EXPECT_EQ(sign_example("GET", "/", "max-keys=2&prefix=J", {}, kEmptyPayload),
              "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

// Source: ".../sigv4-query-string-auth.html" of the same reference.
TEST_F(SigV4S3, PresignedGet) {
    const net::HttpHeaders headers = {{"host", "examplebucket.s3.amazonaws.com"}};
    const auto result =
        sign_query({.method = "GET", .path = "/test.txt", .headers = &headers, .payload_sha256 = kUnsignedPayload},
                   scope_, credentials_, key_, std::chrono::seconds(86400));
    EXPECT_EQ(result.signature.signature, "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST_F(SigV4S3, KeepsThePathOfAKeyAsItIs) {
    const net::HttpHeaders headers = {{"host", "h"}};
    const auto result =
        sign({.method = "GET", .path = "/b/a//../%20", .headers = &headers, .payload_sha256 = kEmptyPayload}, scope_,
             "AKID", key_);
    EXPECT_EQ(result.canonical_request.substr(0, 19), "GET\n/b/a//../%20\n\nh");
}

TEST(SigningKeyCache, FollowsDaySecretAndRegion) {
    SigningKeyCache cache;
    const Secret a("secret-a");
    const Secret b("secret-b");
    const SigningScope day1{.region = "r1", .time = at("2026-01-01T23:59:59Z")};
    const SigningScope day2{.region = "r1", .time = at("2026-01-02T00:00:00Z")};
    const SigningScope other{.region = "r2", .time = at("2026-01-02T00:00:00Z")};
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(cache.get(a, day1), derive_signing_key(a, day1));
        EXPECT_EQ(cache.get(a, day2), derive_signing_key(a, day2));
        EXPECT_EQ(cache.get(b, day2), derive_signing_key(b, day2));
        EXPECT_EQ(cache.get(b, other), derive_signing_key(b, other));
    }
}

}  // namespace
}  // namespace cofre::aws
