#include <gtest/gtest.h>

#include "base/secret.h"

namespace cofre {
namespace {

struct RedactCase {
    const char* text;
    const char* shown;
};

class Redact : public ::testing::TestWithParam<RedactCase> {};

TEST_P(Redact, Hides) {
    EXPECT_EQ(redact(GetParam().text), GetParam().shown);
}

INSTANTIATE_TEST_SUITE_P(
    Urls, Redact,
    ::testing::Values(
        RedactCase{"dial postgres://ana:CANARY@db:5432/app: refused", "dial postgres://ana:***@db:5432/app: refused"},
        RedactCase{"redis://:CANARY@h", "redis://:***@h"}, RedactCase{"mysql://u:CA/NA?RY#@h/x", "mysql://u:***@h/x"},
        RedactCase{"mysql://u:p@CANARY@h/x", "mysql://u:***@h/x"},
        RedactCase{"\"smtp://u:CANARY@h\"", "\"smtp://u:***@h\""},
        RedactCase{"two http://a:CANARY@h http://b:CANARY@h", "two http://a:***@h http://b:***@h"},
        RedactCase{"PUT https://h/k?X-Amz-Signature=CANARY&X-Amz-Date=2",
                   "PUT https://h/k?X-Amz-Signature=***&X-Amz-Date=2"},
        RedactCase{"https://h/?x-amz-security-token=CANARY%2F%3D&a=1", "https://h/?x-amz-security-token=***&a=1"}));

INSTANTIATE_TEST_SUITE_P(
    Headers, Redact,
    ::testing::Values(RedactCase{"Authorization: AWS4-HMAC-SHA256 Credential=A, Signature=CANARY\r\nHost: h",
                                 "Authorization: ***\r\nHost: h"},
                      RedactCase{"authorization: Bearer CANARY", "authorization: ***"},
                      RedactCase{"Proxy-Authorization:Basic CANARY", "Proxy-Authorization:***"},
                      RedactCase{R"({"Authorization": "Bearer CANARY", "a": 1})",
                                 R"({"Authorization": "***", "a": 1})"},
                      RedactCase{"x-amz-security-token: CANARY", "x-amz-security-token: ***"}));

INSTANTIATE_TEST_SUITE_P(
    Pairs, Redact,
    ::testing::Values(
        RedactCase{"host=h password=CANARY dbname=d", "host=h password=*** dbname=d"},
        RedactCase{"password='CANA RY\\'X' x", "password='***' x"}, RedactCase{"PGPASSWORD=CANARY", "PGPASSWORD=***"},
        RedactCase{"aws_secret_access_key = CANARY", "aws_secret_access_key = ***"},
        RedactCase{"Server=h;Password=CA;NA&RY;Database=d", "Server=h;Password=***;Database=d"},
        RedactCase{"token=CANARY", "token=***"}, RedactCase{"client_secret=CANARY&x=1", "client_secret=***&x=1"},
        RedactCase{R"({"SecretAccessKey":"CANARY","b":"c"})", R"({"SecretAccessKey":"***","b":"c"})"},
        RedactCase{R"({"password": "CA\"NARY"})", R"({"password": "***"})"},
        RedactCase{"secret_key: CANARY", "secret_key: ***"}, RedactCase{"password:CANARY", "password:***"},
        RedactCase{"<SessionToken>CANARY</SessionToken>", "<SessionToken>***</SessionToken>"},
        RedactCase{"<SecretAccessKey>CANARY</SecretAccessKey>", "<SecretAccessKey>***</SecretAccessKey>"}));

INSTANTIATE_TEST_SUITE_P(
    Keys, Redact,
    ::testing::Values(RedactCase{"k -----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY----- t",
                                 "k -----BEGIN ***-----END PRIVATE KEY----- t"},
                      RedactCase{"-----BEGIN RSA PRIVATE KEY-----\nCANARY", "-----BEGIN ***"},
                      RedactCase{"key AGE-SECRET-KEY-1CANARY.", "key ***"}));

INSTANTIATE_TEST_SUITE_P(
    LeavesAlone, Redact,
    ::testing::Values(RedactCase{"", ""}, RedactCase{"wrong password: access denied", "wrong password: access denied"},
                      RedactCase{"invalid token: HTTP 403", "invalid token: HTTP 403"},
                      RedactCase{"password_file=/run/secrets/db", "password_file=/run/secrets/db"},
                      RedactCase{"password=", "password="}, RedactCase{"https://h:9000/a@b", "https://h:9000/a@b"},
                      RedactCase{"http://[::1]:9000/a@b", "http://[::1]:9000/a@b"},
                      RedactCase{"s3://bucket/user:x", "s3://bucket/user:x"},
                      RedactCase{"user@host:22", "user@host:22"}, RedactCase{"ssh://git@h/x:y", "ssh://git@h/x:y"},
                      RedactCase{"access_key_id=AKIAEXAMPLE", "access_key_id=AKIAEXAMPLE"}, RedactCase{"://", "://"}));

}  // namespace
}  // namespace cofre
