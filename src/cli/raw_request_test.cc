#include "cli/raw_request.h"

#include <gtest/gtest.h>

namespace cofre::cli {
namespace {

TEST(ParseRawRequest, SplitsLineHeadersAndBody) {
    const auto request =
        parse_raw_request("POST /a b?x=1&y HTTP/1.1\r\nHost:example.com\r\nX-A: 1\r\n  2\r\n\r\nbody\r\n");
    ASSERT_TRUE(request);
    EXPECT_EQ(request->method, "POST");
    EXPECT_EQ(request->path, "/a b");
    EXPECT_EQ(request->query, "x=1&y");
    ASSERT_EQ(request->headers.size(), 2U);
    EXPECT_EQ(request->headers[1].value, " 1   2");
    EXPECT_EQ(request->body, "body\r\n");
}

TEST(ParseRawRequest, NeedsNoEndOfHeaders) {
    const auto request = parse_raw_request("GET / HTTP/1.1\nHost:h");
    ASSERT_TRUE(request);
    EXPECT_EQ(request->headers[0].value, "h");
    EXPECT_TRUE(request->body.empty());
}

TEST(ParseRawRequest, RefusesWhatIsNoRequest) {
    for (const char* text : {"", "GET /", "hello world\n", "GET / HTTP/1.1\nno colon\n\n"}) {
        EXPECT_FALSE(parse_raw_request(text)) << text;
    }
}

}  // namespace
}  // namespace cofre::cli
