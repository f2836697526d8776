// What smugglers and broken clients send, through a socket. The table of heads
// is in http_request_parser_test.cc; here, that the connection ends with it.

#include <gmock/gmock.h>

#include "net/testing/raw_client.h"

namespace cofre::net::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StrictServer : public ServerFixture {
protected:
    void SetUp() override { start(); }

    /// Refused with `status`, and what follows in the same bytes is not served.
    void expect_refused(std::string_view request, int status, const std::string& reason) {
        RawClient one = client();
        one.send(std::string(request) + get_request("/hello"));
        const RawReply reply = one.read_reply();
        EXPECT_EQ(reply.status, status);
        EXPECT_EQ(reply.field("connection"), "close");
        EXPECT_THAT(reply.body, HasSubstr(reason));
        EXPECT_TRUE(one.ends());
        EXPECT_EQ(rejected(reason), 1U);
    }
};

TEST_F(StrictServer, RefusesCodingAndLength) {
    expect_refused(
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400, "transfer-encoding-and-content-length");
}

TEST_F(StrictServer, RefusesDifferingLengths) {
    expect_refused("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd", 400,
                   "content-length-repeated");
}

TEST_F(StrictServer, RefusesBareLineFeeds) {
    expect_refused("GET /hello HTTP/1.1\nHost: localhost\n\n", 400, "bare-line-feed");
}

TEST_F(StrictServer, RefusesFoldedFields) {
    expect_refused("GET /hello HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n", 400, "folded-field");
}

TEST_F(StrictServer, RefusesSpacesBeforeTheColon) {
    expect_refused("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n", 400,
                   "space-before-colon");
}

TEST_F(StrictServer, RefusesNul) {
    expect_refused(std::string_view("GET /hello\0 HTTP/1.1\r\nHost: localhost\r\n\r\n", 41), 400, "control-character");
}

TEST_F(StrictServer, RefusesATargetOfAnotherHost) {
    expect_refused("GET http://other/hello HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "host-differs-from-target");
}

TEST_F(StrictServer, RefusesUnknownCodings) {
    expect_refused("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501,
                   "transfer-coding-unknown");
}

TEST_F(StrictServer, RefusesNegativeAndHugeLengths) {
    expect_refused("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400, "content-length");
    expect_refused("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18446744073709551617\r\n\r\n", 413,
                   "content-length-too-large");
}

TEST_F(StrictServer, RefusesOversizedChunkExtensions) {
    expect_refused("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
                       std::string(2'000, 'x') + "\r\na\r\n0\r\n\r\n",
                   400, "chunk-line-too-long");
}

TEST_F(StrictServer, RefusesLineFeedsInChunks) {
    expect_refused("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\na\n0\n\n", 400,
                   "chunk-extension");
}

TEST_F(StrictServer, RefusesTrailers) {
    expect_refused("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: 1\r\n\r\n", 400,
                   "trailers");
}

TEST_F(StrictServer, AnswersWithTheRightStatus) {
    expect_refused("GET /hello HTTP/3.0\r\nHost: localhost\r\n\r\n", 505, "version-unsupported");
    expect_refused("BREW /hello HTTP/1.1\r\nHost: localhost\r\n\r\n", 501, "method-unknown");
    expect_refused("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nExpect: x\r\n\r\n", 417,
                   "expectation");
    expect_refused("GET /" + std::string(10'000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 414, "target-too-long");
    expect_refused("GET /hello HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n", 431,
                   "head-too-large");
}

TEST_F(StrictServer, TlsOnAPlainPortIsRefusedAtOnce) {
    RawClient one = client();
    one.send(std::string_view("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 10));
    EXPECT_EQ(one.read_reply().status, 400);
}

TEST_F(StrictServer, SaysNothingAboutItself) {
    const RawReply reply = ask("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(reply.field("server"), "");
    for (const char* word : {"cofre", "Beast", "Boost"})
        EXPECT_THAT(reply.head + reply.body, Not(HasSubstr(word)));
}

}  // namespace
}  // namespace cofre::net::testing
