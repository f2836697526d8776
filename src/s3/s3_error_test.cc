#include "s3/s3_error.h"

#include <string>

#include <gtest/gtest.h>

namespace cofre::s3 {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr std::string_view kBase = "https://store.example.com";

FailedRequest failed_put() {
    return {.operation = S3Operation::kPutObject,
            .key = "a/b\n",
            .bucket = "backups",
            .base_url = kBase,
            .region = "us-east-1",
            .access_key_id = "AKIDTEST"};
}

net::HttpResponse response(int status, const std::string& code, const std::string& message = "m",
                           const std::string& extra = "") {
    net::HttpResponse answer;
    answer.status = status;
    answer.body = "<?xml version=\"1.0\"?>\n<Error><Code>" + code + "</Code><Message>" + message + "</Message>" +
                  extra + "<RequestId>R1</RequestId></Error>";
    return answer;
}

struct ErrorCase {
    const char* code;
    int status;
    ErrorCode expected;
    const char* in_message;
    const char* in_hint;
};
class S3ErrorTable : public ::testing::TestWithParam<ErrorCase> {};

TEST_P(S3ErrorTable, SaysWhatIsWrongAndWhatToDo) {
    const ErrorCase& test = GetParam();
    const Error error = to_error(read_failure(response(test.status, test.code)), failed_put());
    EXPECT_EQ(error.code(), test.expected) << error.message();
    EXPECT_NE(error.message().find(test.in_message), std::string::npos) << error.message();
    EXPECT_NE(error.message().find(test.code), std::string::npos) << error.message();
    EXPECT_NE(error.hint().find(test.in_hint), std::string::npos) << error.hint();
}

INSTANTIATE_TEST_SUITE_P(
    Table, S3ErrorTable,
    ::testing::Values(
        ErrorCase{"NoSuchKey", 404, ErrorCode::kNotFound, "no such object", ""},
        ErrorCase{"AccessDenied", 403, ErrorCode::kPermissionDenied, "access denied",
                  "s3:PutObject on bucket \"backups\" for key AKIDTEST"},
        ErrorCase{"AllAccessDisabled", 403, ErrorCode::kPermissionDenied, "access denied", "s3:PutObject"},
        ErrorCase{"InvalidAccessKeyId", 403, ErrorCode::kUnauthenticated, "does not know this access key id",
                  "check the access key id"},
        ErrorCase{"SignatureDoesNotMatch", 403, ErrorCode::kUnauthenticated, "secret key does not fit",
                  "check the secret access key"},
        ErrorCase{"ExpiredToken", 400, ErrorCode::kUnauthenticated, "session token has expired", "sign in again"},
        ErrorCase{"RequestTimeTooSkewed", 403, ErrorCode::kUnauthenticated, "clock differs", "clock"},
        ErrorCase{"PermanentRedirect", 301, ErrorCode::kInvalidArgument, "another region", "region"},
        ErrorCase{"PreconditionFailed", 412, ErrorCode::kConflict, "", ""},
        ErrorCase{"QuotaExceeded", 403, ErrorCode::kResourceExhausted, "quota", "raise the quota"},
        ErrorCase{"InvalidObjectState", 403, ErrorCode::kUnsupported, "archive tier", "restore it"},
        ErrorCase{"SlowDown", 503, ErrorCode::kUnavailable, "m (SlowDown, HTTP 503, request R1)", ""},
        ErrorCase{"InternalError", 500, ErrorCode::kUnavailable, "m (InternalError", ""},
        ErrorCase{"EntityTooLarge", 400, ErrorCode::kInvalidArgument, "m (EntityTooLarge", ""},
        ErrorCase{"NotImplemented", 501, ErrorCode::kUnsupported, "", ""},
        ErrorCase{"InsufficientStorage", 507, ErrorCode::kResourceExhausted, "", ""},
        ErrorCase{"SomethingNew", 418, ErrorCode::kInvalidArgument, "m (SomethingNew, HTTP 418", ""}),
    [](const auto& test) { return std::string(test.param.code); });

TEST(S3Error, ABucketThatIsMissingIsNamedWithItsEndpoint) {
    const Error error = to_error(read_failure(response(404, "NoSuchBucket")), failed_put());
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_EQ(error.message(), "bucket \"backups\" does not exist at https://store.example.com (NoSuchBucket)");
    EXPECT_EQ(error.hint(), "create it, or check the bucket's name and the endpoint");
}

TEST(S3Error, NamesOperationKeyBucketAndEndpoint) {
    EXPECT_EQ(to_error(read_failure(response(404, "NoSuchKey")), failed_put()).message(),
              "put object \"a/b\\n\" in bucket \"backups\" at https://store.example.com: no such object "
              "(NoSuchKey, HTTP 404, request R1)");
}

TEST(S3Error, TellsTheRegionIfTheStoreDoes) {
    const auto answer = response(400, "AuthorizationHeaderMalformed", "m", "<Region>eu-west-1</Region>");
    EXPECT_EQ(to_error(read_failure(answer), failed_put()).hint(), "set the region to eu-west-1");
    net::HttpResponse redirect = response(301, "PermanentRedirect");
    redirect.headers = {{"x-amz-bucket-region", "eu-north-1"}};
    EXPECT_EQ(to_error(read_failure(redirect), failed_put()).hint(), "set the region to eu-north-1");
}

TEST(S3Error, ReadsAnswersWithoutABody) {
    net::HttpResponse answer;
    answer.status = 404;
    answer.headers = {{"x-amz-request-id", "R9"}};
    const Error error = to_error(read_failure(answer), failed_put());
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_NE(error.message().find(": not found (HTTP 404, request R9)"), std::string::npos) << error.message();
}

TEST(S3Error, ShowsAStoresWordsWithoutSecretsOrControlCharacters) {
    const auto answer =
        response(400, "Odd", "X-Amz-Security-Token=CANARYCANARYCANARYCANARY\n&#27;[31m" + std::string(5000, 'x'));
    const Error error = to_error(read_failure(answer), failed_put());
    EXPECT_EQ(error.message().find("CANARY"), std::string::npos) << error.message();
    EXPECT_EQ(error.message().find('\x1b'), std::string::npos);
    EXPECT_LT(error.message().size(), 1000U);
}

TEST(S3Error, IgnoresWhatIsNoErrorDocument) {
    for (const char* body :
         {"", "<html><body>502 Bad Gateway</body></html>", "<Error", "{\"code\":\"x\"}",
          "<!DOCTYPE e [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Error><Code>&x;</Code></Error>"}) {
        net::HttpResponse answer;
        answer.status = 502;
        answer.body = body;
        const Error error = to_error(read_failure(answer), failed_put());
        EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
        EXPECT_EQ(error.message().find("root:"), std::string::npos);
    }
}

struct RemedyCase {
    const char* name;
    S3Failure failure;
    bool has_token;
    Remedy expected;
};
class S3Remedy : public ::testing::TestWithParam<RemedyCase> {};

constexpr WallTime kSigned{std::chrono::seconds(1'800'000'000)};

TEST_P(S3Remedy, IsTheOneThatHelps) {
    EXPECT_EQ(remedy_for(GetParam().failure, kSigned, GetParam().has_token), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Table, S3Remedy,
    ::testing::Values(
        RemedyCase{"SlowDown", {.status = 503, .code = "SlowDown"}, false, Remedy::kWait},
        RemedyCase{"TooMany", {.status = 429}, false, Remedy::kWait},
        RemedyCase{"Plain503", {.status = 503}, false, Remedy::kRetry},
        RemedyCase{"Status500", {.status = 500, .code = "InternalError"}, false, Remedy::kRetry},
        RemedyCase{"RequestTimeout", {.status = 400, .code = "RequestTimeout"}, false, Remedy::kRetry},
        RemedyCase{"AccessDenied", {.status = 403, .code = "AccessDenied"}, true, Remedy::kNone},
        RemedyCase{"WrongSecret", {.status = 403, .code = "SignatureDoesNotMatch"}, false, Remedy::kNone},
        RemedyCase{"Expired", {.status = 400, .code = "ExpiredToken"}, true, Remedy::kRefreshCredentials},
        RemedyCase{"ExpiredOnCeph", {.status = 403, .code = "InvalidAccessKeyId"}, true, Remedy::kRefreshCredentials},
        RemedyCase{"HeadRefusedWithToken", {.status = 400}, true, Remedy::kRefreshCredentials},
        RemedyCase{"HeadRefused", {.status = 403, .server_time = kSigned + minutes(1)}, false, Remedy::kNone},
        RemedyCase{"HeadSkewed", {.status = 403, .server_time = kSigned + minutes(20)}, false, Remedy::kSetClock},
        RemedyCase{"Skewed",
                   {.status = 403, .code = "RequestTimeTooSkewed", .server_time = kSigned - minutes(60)},
                   false,
                   Remedy::kSetClock},
        RemedyCase{"SkewedWithoutDate", {.status = 403, .code = "RequestTimeTooSkewed"}, false, Remedy::kNone},
        RemedyCase{"Region",
                   {.status = 400, .code = "AuthorizationHeaderMalformed", .region = "eu-west-1"},
                   false,
                   Remedy::kSetRegion},
        RemedyCase{"Redirect", {.status = 301, .region = "eu-west-1"}, false, Remedy::kSetRegion},
        RemedyCase{"RedirectToNowhere", {.status = 301}, false, Remedy::kNone},
        RemedyCase{"NotFound", {.status = 404, .code = "NoSuchKey"}, true, Remedy::kNone},
        RemedyCase{"NotFoundHead", {.status = 404}, true, Remedy::kNone}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(S3Failure, ReadsDatesAndRetryAfter) {
    auto answer = response(503, "SlowDown");
    answer.headers = {{"date", "Fri, 15 Jan 2027 08:00:00 GMT"}, {"retry-after", "7"}};
    const auto failure = read_failure(answer);
    EXPECT_EQ(failure.server_time, kSigned);
    EXPECT_EQ(failure.retry_after, milliseconds(7000));
    answer.headers = {{"x-amz-retry-after", "250"}, {"retry-after", "7"}};
    EXPECT_EQ(read_failure(answer).retry_after, milliseconds(250));
    answer.headers = {{"retry-after", "-1"}, {"date", "yesterday"}};
    EXPECT_FALSE(read_failure(answer).retry_after);
    EXPECT_FALSE(read_failure(answer).server_time);
}

}  // namespace
}  // namespace cofre::s3
