#include "net/reply_head.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cofre::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(HttpDate, IsImfFixdate) {
    EXPECT_EQ(format_http_date(*parse_rfc3339("1994-11-06T08:49:37Z")), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(format_http_date(*parse_rfc3339("2024-02-29T23:59:59.9Z")), "Thu, 29 Feb 2024 23:59:59 GMT");
}

TEST(ReplyHead, TellsBrowsersWhatIsForbidden) {
    const std::string head = make_reply_head(HttpReply::text(200, "x"), {.length = 1, .request_id = "r1"});
    EXPECT_THAT(head, HasSubstr("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(head, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
    EXPECT_THAT(head, HasSubstr("X-Frame-Options: DENY\r\n"));
    EXPECT_THAT(head, HasSubstr("Content-Security-Policy: default-src 'none'"));
    EXPECT_THAT(head, HasSubstr("X-Request-Id: r1\r\n"));
    EXPECT_THAT(head, HasSubstr("Content-Length: 1\r\n"));
    EXPECT_THAT(head, Not(HasSubstr("Server:")));
}

TEST(ReplyHead, ALaxerPolicyOfTheHandlerReplacesOurs) {
    HttpReply reply = HttpReply::text(200, "x", "text/html");
    reply.headers.push_back({"content-security-policy", "default-src 'self'"});
    reply.headers.push_back({"Cache-Control", "max-age=60"});
    const std::string head = make_reply_head(reply, {});
    EXPECT_THAT(head, HasSubstr("content-security-policy: default-src 'self'\r\n"));
    EXPECT_THAT(head, Not(HasSubstr("'none'")));
    EXPECT_THAT(head, Not(HasSubstr("no-store")));
}

TEST(ReplyHead, NoFieldBreaksOutOrChangesTheFraming) {
    HttpReply reply = HttpReply::text(200, "x");
    reply.headers.push_back({"X-Name", "a\r\nX-Injected: b"});
    reply.headers.push_back({"X-Bad\r\nName", "a"});
    reply.headers.push_back({"Content-Length", "99"});
    reply.headers.push_back({"Transfer-Encoding", "chunked"});
    const std::string head = make_reply_head(reply, {.length = 1});
    EXPECT_THAT(head, Not(HasSubstr("Injected")));
    EXPECT_THAT(head, Not(HasSubstr("Bad")));
    EXPECT_THAT(head, Not(HasSubstr("99")));
    EXPECT_THAT(head, Not(HasSubstr("chunked")));
}

struct RangeCase {
    const char* name;
    const char* range;
    int status;
    std::uint64_t offset;
    std::uint64_t length;
};
class RangeReply : public ::testing::TestWithParam<RangeCase> {};

TEST_P(RangeReply, GivesThePart) {
    const std::string text = "0123456789";
    ServerRequest request{.method = "GET"};
    request.headers.push_back({"range", GetParam().range});
    const HttpReply reply = HttpReply::source(request, std::make_shared<SpanSource>(text), "text/plain");
    EXPECT_EQ(reply.status, GetParam().status);
    if (reply.status == 416) {
        EXPECT_EQ(find_header({{"content-range", reply.headers[1].value}}, "content-range"), "bytes */10");
        return;
    }
    const auto& body = std::get<SourceBody>(reply.body);
    EXPECT_EQ(body.offset, GetParam().offset);
    EXPECT_EQ(body.length, GetParam().length);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RangeReply,
    ::testing::Values(RangeCase{"Whole", "", 200, 0, 10}, RangeCase{"First", "bytes=0-3", 206, 0, 4},
                      RangeCase{"Open", "bytes=7-", 206, 7, 3}, RangeCase{"Suffix", "bytes=-4", 206, 6, 4},
                      RangeCase{"LongSuffix", "bytes=-40", 206, 0, 10}, RangeCase{"BeyondEnd", "bytes=5-99", 206, 5, 5},
                      RangeCase{"AfterEnd", "bytes=10-", 416, 0, 0}, RangeCase{"NoSuffix", "bytes=-0", 416, 0, 0},
                      RangeCase{"Backwards", "bytes=5-2", 200, 0, 10},
                      RangeCase{"Several", "bytes=0-1,3-4", 200, 0, 10},
                      RangeCase{"Huge", "bytes=99999999999999999999-", 200, 0, 10},
                      RangeCase{"OtherUnit", "lines=0-1", 200, 0, 10}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(ErrorReply, IsJsonWhateverTheMessageHolds) {
    const HttpReply reply = error_reply(Error(ErrorCode::kNotFound, "no \"x\\y\"\n\xff").with_hint("look"), "r1");
    EXPECT_EQ(reply.status, 404);
    EXPECT_EQ(std::get<std::string>(reply.body),
              "{\"error\":{\"code\":\"" + std::string(to_string(ErrorCode::kNotFound)) +
                  "\",\"message\":\"no \\\"x\\\\\\\\y\\\"\\\\n\\\\xff\",\"hint\":\"look\"},\"request_id\":\"r1\"}\n");
}

TEST(ErrorReply, DoesNotTellWhatWentWrongInside) {
    const HttpReply reply = error_reply(Error(ErrorCode::kInternal, "std::bad_alloc at 0x1234"), "r1");
    EXPECT_EQ(reply.status, 500);
    EXPECT_THAT(std::get<std::string>(reply.body), Not(HasSubstr("bad_alloc")));
}

}  // namespace
}  // namespace cofre::net
