#include "net/curl_error.h"

#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cofre::net {
namespace {

using ::testing::HasSubstr;

struct CurlErrorCase {
    const char* name;
    CURLcode code;
    const char* detail;
    ErrorCode ours;
    const char* hint;
};
class CurlError : public ::testing::TestWithParam<CurlErrorCase> {};

TEST_P(CurlError, SaysWhatToDo) {
    const Error error = error_of_curl(GetParam().code, GetParam().detail);
    EXPECT_EQ(error.code(), GetParam().ours) << error.message();
    EXPECT_THAT(error.hint(), HasSubstr(GetParam().hint));
}

INSTANTIATE_TEST_SUITE_P(
    Table, CurlError,
    ::testing::Values(
        CurlErrorCase{"Expired", CURLE_PEER_FAILED_VERIFICATION, "SSL certificate problem: certificate has expired",
                      ErrorCode::kUnauthenticated, "renewed"},
        CurlErrorCase{"Future", CURLE_PEER_FAILED_VERIFICATION, "SSL certificate problem: certificate is not yet valid",
                      ErrorCode::kUnauthenticated, "clock"},
        CurlErrorCase{"Name", CURLE_PEER_FAILED_VERIFICATION,
                      "SSL: no alternative certificate subject name matches target host name 'a'",
                      ErrorCode::kUnauthenticated, "addressing: path"},
        CurlErrorCase{"SelfSigned", CURLE_PEER_FAILED_VERIFICATION, "SSL certificate problem: self-signed certificate",
                      ErrorCode::kUnauthenticated, "CA bundle"},
        CurlErrorCase{"OldTls", CURLE_SSL_CONNECT_ERROR, "error:0A000102:SSL routines::unsupported protocol",
                      ErrorCode::kUnsupported, "update the server"},
        CurlErrorCase{"OldTlsAlert", CURLE_SSL_CONNECT_ERROR,
                      "error:0A00042E:SSL routines::tlsv1 alert protocol version", ErrorCode::kUnsupported, "update"},
        CurlErrorCase{"NoTls", CURLE_SSL_CONNECT_ERROR, "error:0A00010B:SSL routines::wrong version number",
                      ErrorCode::kUnsupported, "port"},
        CurlErrorCase{"Broken", CURLE_SSL_CONNECT_ERROR, "Connection reset by peer", ErrorCode::kUnavailable, ""},
        CurlErrorCase{"NoDetail", CURLE_COULDNT_CONNECT, "", ErrorCode::kUnavailable, "can be reached"}),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace cofre::net
