#include "net/http_request_parser.h"

#include <cstring>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cofre::net {
namespace {

using Step = HttpRequestParser::Step;

struct ParsedRequest {
    Step step = Step::kNeedMore;
    std::string reason;
    int status = 0;
    std::string body;
    std::string rest;  // What comes after the request.
};

/// Feeds `input` in pieces of `piece` bytes.
ParsedRequest parse_in_pieces(std::string_view input, std::size_t piece, const HeadLimits& limits = {}) {
    HttpRequestParser parser(limits);
    ParsedRequest result;
    std::string buffer;
    bool has_head = false;
    const auto refused = [&] {
        result.reason = std::string(parser.refusal().reason);
        result.status = parser.refusal().status;
        return result;
    };
    while (result.step == Step::kNeedMore) {
        if (input.empty()) return result;
        buffer += input.substr(0, piece);
        input.remove_prefix(std::min(piece, input.size()));
        if (!has_head) {
            result.step = parser.read_head(buffer);
            if (result.step == Step::kRefused) return refused();
            if (result.step == Step::kNeedMore) continue;
            has_head = true;
            buffer.erase(0, parser.head_size());
            if (parser.summary().framing == BodyFraming::kNone) break;
            result.step = Step::kNeedMore;
        }
        for (;;) {
            std::string room(3, '\0');
            const auto step = parser.read_body(buffer, std::as_writable_bytes(std::span(room)));
            buffer.erase(0, step.consumed);
            result.body += room.substr(0, step.produced);
            result.step = step.step;
            if (result.step == Step::kRefused) return refused();
            if (result.step == Step::kDone || (step.produced == 0 && step.consumed == 0)) break;
        }
    }
    result.rest = buffer + std::string(input);
    return result;
}

struct RefusedCase {
    const char* name;
    std::string input;
    int status;
    const char* reason;
    friend void PrintTo(const RefusedCase& one, std::ostream* out) { *out << one.name; }
};

const std::string kTwoFields = "GET / HTTP/1.1\r\nHost: a\r\n";
const std::string kPostHead = "POST / HTTP/1.1\r\nHost: a\r\n";
const std::string kChunkedHead = kPostHead + "Transfer-Encoding: chunked\r\n\r\n";

class RefusedRequest : public ::testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedRequest, IsRefusedHoweverItArrives) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
        const auto result = parse_in_pieces(GetParam().input, piece);
        EXPECT_EQ(result.step, Step::kRefused) << piece;
        EXPECT_EQ(result.status, GetParam().status) << piece;
        EXPECT_EQ(result.reason, GetParam().reason) << piece;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedRequest,
    ::testing::Values(
        RefusedCase{"CodingAndLength", kPostHead + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
                    "transfer-encoding-and-content-length"},
        RefusedCase{"LengthAndCoding", kPostHead + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400,
                    "transfer-encoding-and-content-length"},
        RefusedCase{"DifferingLengths", kPostHead + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", 400,
                    "content-length-repeated"},
        RefusedCase{"EqualLengths", kPostHead + "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", 400,
                    "content-length-repeated"},
        RefusedCase{"LengthList", kPostHead + "Content-Length: 3, 3\r\n\r\n", 400, "content-length"},
        RefusedCase{"NegativeLength", kPostHead + "Content-Length: -3\r\n\r\n", 400, "content-length"},
        RefusedCase{"PlusLength", kPostHead + "Content-Length: +3\r\n\r\n", 400, "content-length"},
        RefusedCase{"HexLength", kPostHead + "Content-Length: 0x3\r\n\r\n", 400, "content-length"},
        RefusedCase{"EmptyLength", kPostHead + "Content-Length: \r\n\r\n", 400, "content-length"},
        RefusedCase{"HugeLength", kPostHead + "Content-Length: 99999999999999999999\r\n\r\n", 413,
                    "content-length-too-large"},
        RefusedCase{"UnknownCoding", kPostHead + "Transfer-Encoding: gzip\r\n\r\n", 501, "transfer-coding-unknown"},
        RefusedCase{"CodingTwice", kPostHead + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
                    "transfer-encoding-repeated"},
        RefusedCase{"ChunkedTwice", kPostHead + "Transfer-Encoding: chunked, chunked\r\n\r\n", 501,
                    "transfer-coding-unknown"},
        RefusedCase{"ChunkedThenIdentity", kPostHead + "Transfer-Encoding: chunked, identity\r\n\r\n", 501,
                    "transfer-coding-unknown"},
        RefusedCase{"CodingWithVerticalTab", kPostHead + "Transfer-Encoding: \x0b" "chunked\r\n\r\n", 400,
                    "control-character"},
        RefusedCase{"CodingInOldVersion", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
                    "transfer-encoding-in-http-1.0"},
        RefusedCase{"BareLineFeedAfterRequestLine", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "bare-line-feed"},
        RefusedCase{"BareLineFeedAfterField", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400, "bare-line-feed"},
        RefusedCase{"BareLineFeedAtEnd", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400, "bare-line-feed"},
        RefusedCase{"BareCarriageReturn", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400, "bare-carriage-return"},
        RefusedCase{"FoldedField", kTwoFields + "X: a\r\n b\r\n\r\n", 400, "folded-field"},
        RefusedCase{"FoldedFirstField", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, "folded-field"},
        RefusedCase{"SpaceBeforeColon", kTwoFields + "Content-Length : 3\r\n\r\n", 400, "space-before-colon"},
        RefusedCase{"TabBeforeColon", kTwoFields + "Transfer-Encoding\t: chunked\r\n\r\n", 400, "space-before-colon"},
        RefusedCase{"FieldWithoutColon", kTwoFields + "nothing\r\n\r\n", 400, "field-without-colon"},
        RefusedCase{"FieldWithoutName", kTwoFields + ": x\r\n\r\n", 400, "field-name"},
        RefusedCase{"FieldNameWithBrackets", kTwoFields + "a[b]: x\r\n\r\n", 400, "field-name"},
        RefusedCase{"NulInField", kTwoFields + std::string("X: a\0b\r\n\r\n", 10), 400, "control-character"},
        RefusedCase{"NulInRequestLine", std::string("GET /\0 HTTP/1.1\r\n\r\n", 19), 400, "control-character"},
        RefusedCase{"DeleteInField", kTwoFields + "X: a\x7f\r\n\r\n", 400, "control-character"},
        RefusedCase{"NoHost", "GET / HTTP/1.1\r\nX: b\r\n\r\n", 400, "host-missing"},
        RefusedCase{"TwoHosts", kTwoFields + "Host: a\r\n\r\n", 400, "host-repeated"},
        RefusedCase{"EmptyHost", "GET / HTTP/1.1\r\nHost: \r\n\r\n", 400, "host"},
        RefusedCase{"HostWithUser", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400, "host"},
        RefusedCase{"HostList", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, "host"},
        RefusedCase{"OtherHostInTarget", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "host-differs-from-target"},
        RefusedCase{"OtherScheme", "GET file:///etc HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
        RefusedCase{"RelativeTarget", "GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
        RefusedCase{"SpaceInTarget", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
        RefusedCase{"TwoSpaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
        RefusedCase{"Fragment", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
        RefusedCase{"BytesAboveAscii", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
        RefusedCase{"StarWithGet", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
        RefusedCase{"NoVersion", "GET /\r\nHost: a\r\n\r\n", 400, "request-line"},
        RefusedCase{"LowerCaseVersion", "GET / http/1.1\r\nHost: a\r\n\r\n", 400, "version"},
        RefusedCase{"Version2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, "version-unsupported"},
        RefusedCase{"Version12", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505, "version-unsupported"},
        RefusedCase{"UnknownMethod", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501, "method-unknown"},
        RefusedCase{"Connect", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 501, "method-unknown"},
        RefusedCase{"MethodWithSlash", "G/T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "method"},
        RefusedCase{"TwoEmptyLinesFirst", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "unfinished-head"},
        RefusedCase{"OtherExpectation", kTwoFields + "Expect: 200-maybe\r\n\r\n", 417, "expectation"},
        RefusedCase{"LongTarget", "GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414,
                    "target-too-long"},
        RefusedCase{"LongHead", kTwoFields + "X: " + std::string(20'000, 'a') + "\r\n\r\n", 431, "head-too-large"},
        RefusedCase{"ManyFields",
                    [] {
                        std::string text = kTwoFields;
                        for (int i = 0; i < 101; ++i) text += "X: a\r\n";
                        return text + "\r\n";
                    }(),
                    431, "too-many-fields"},
        RefusedCase{"ChunkWithBareLineFeed", kChunkedHead + "3\nabc\r\n0\r\n\r\n", 400, "chunk-extension"},
        RefusedCase{"ChunkWithoutEnd", kChunkedHead + "3\r\nabcd\r\n0\r\n\r\n", 400, "chunk"},
        RefusedCase{"NegativeChunk", kChunkedHead + "-3\r\nabc\r\n0\r\n\r\n", 400, "chunk"},
        RefusedCase{"ChunkInHexNotation", kChunkedHead + "0x3\r\nabc\r\n0\r\n\r\n", 400, "chunk-extension"},
        RefusedCase{"ChunkLargerThanAnything", kChunkedHead + "fffffffffffffffff\r\nabc", 400, "chunk"},
        RefusedCase{"LongChunkExtension", kChunkedHead + "3;a=" + std::string(2'000, 'b') + "\r\nabc\r\n0\r\n\r\n", 400,
                    "chunk-line-too-long"},
        RefusedCase{"ManyChunkExtensions",
                    [] {
                        std::string text = kChunkedHead;
                        for (int i = 0; i < 20; ++i) text += "1;a=" + std::string(500, 'b') + "\r\nx\r\n";
                        return text + "0\r\n\r\n";
                    }(),
                    400, "chunk-extension"},
        RefusedCase{"Trailers", kChunkedHead + "3\r\nabc\r\n0\r\nX-Late: 1\r\n\r\n", 400, "trailers"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(HttpRequestParser, ReadsAHead) {
    HttpRequestParser parser({});
    const std::string text =
        "GET /a/b?x=1 HTTP/1.1\r\nHost: Example.com:80\r\nX-One:  two \t\r\nX-Empty:\r\nConnection: close\r\n\r\nrest";
    ASSERT_EQ(parser.read_head(text), Step::kDone);
    EXPECT_EQ(parser.head_size(), text.size() - 4);
    EXPECT_EQ(parser.summary().method, "GET");
    EXPECT_EQ(parser.summary().origin_form, "/a/b?x=1");
    EXPECT_EQ(parser.summary().host, "Example.com:80");
    EXPECT_FALSE(parser.summary().keep_alive);
    const HttpHeaders headers = parser.take_headers();
    EXPECT_EQ(find_header(headers, "x-one"), "two");
    ASSERT_EQ(headers.size(), 4U);
    EXPECT_EQ(headers[2].name, "x-empty");
}

TEST(HttpRequestParser, TakesPathAndQueryOfAnAbsoluteTarget) {
    HttpRequestParser parser({});
    ASSERT_EQ(parser.read_head("GET http://A:8/p?q HTTP/1.1\r\nHost: a:8\r\n\r\n"), Step::kDone);
    EXPECT_EQ(parser.summary().origin_form, "/p?q");
}

TEST(HttpRequestParser, OldClientsCloseUnlessTheySayOtherwise) {
    HttpRequestParser plain({});
    ASSERT_EQ(plain.read_head("GET / HTTP/1.0\r\n\r\n"), Step::kDone);
    EXPECT_FALSE(plain.summary().keep_alive);
    HttpRequestParser asking({});
    ASSERT_EQ(asking.read_head("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), Step::kDone);
    EXPECT_TRUE(asking.summary().keep_alive);
}

TEST(HttpRequestParser, LeavesThePipelinedRequestAlone) {
    const std::string next = "GET /next HTTP/1.1\r\n";
    for (const std::size_t piece : {std::size_t{1}, std::size_t{5}, std::size_t{1'000}}) {
        const auto by_length = parse_in_pieces(kPostHead + "Content-Length: 5\r\n\r\nhello" + next, piece);
        EXPECT_EQ(by_length.step, Step::kDone);
        EXPECT_EQ(by_length.body, "hello");
        EXPECT_EQ(by_length.rest, next);
        const auto chunked = parse_in_pieces(kChunkedHead + "3;x=\"y\"\r\nhel\r\n02\r\nlo\r\n0\r\n\r\n" + next, piece);
        EXPECT_EQ(chunked.step, Step::kDone) << chunked.reason;
        EXPECT_EQ(chunked.body, "hello");
        EXPECT_EQ(chunked.rest, next);
    }
}

TEST(HttpRequestParser, SkipsOneEmptyLineBeforeARequest) {
    EXPECT_EQ(parse_in_pieces("\r\n" + kTwoFields + "\r\n", 1).step, Step::kDone);
}

}  // namespace
}  // namespace cofre::net
