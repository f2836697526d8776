// Bodies that stream, in both directions.

#include <atomic>
#include <semaphore>

#include <gmock/gmock.h>

#include "net/testing/raw_client.h"

namespace cofre::net::testing {
namespace {

using ::testing::HasSubstr;

/// Counts the bytes of a body; what it read is in the reply.
Result<HttpReply> count_bytes(const CallContext& /*ctx*/, const ServerRequest& request) {
    std::uint64_t total = 0;
    std::array<std::byte, 10'000> room{};
    for (;;) {
        COFRE_ASSIGN(const std::size_t got, request.stream->read(room));
        if (got == 0) break;
        total += got;
    }
    const auto length = request.stream->length();
    return HttpReply::text(200, std::to_string(total) + " of " + (length ? std::to_string(*length) : "?"));
}

class BodyServer : public ServerFixture {
protected:
    BodyServer() {
        add("PUT", "/count", count_bytes, {.max_body = 64_MiB, .streams_body = true});
        add("PUT", "/refuse",
            [](const CallContext&, const ServerRequest&) -> Result<HttpReply> {
                return Error(ErrorCode::kPermissionDenied, "not yours");
            },
            {.max_body = 64_MiB, .streams_body = true});
    }
    static std::string put(std::string_view path, std::uint64_t length, std::string_view fields = {}) {
        return "PUT " + std::string(path) +
               " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(length) + "\r\n" +
               std::string(fields) + "\r\n";
    }
};

TEST_F(BodyServer, StreamsALargeBodyToItsHandler) {
    start();
    RawClient one = client();
    const std::string part(1U << 20U, 'x');
    one.send(put("/count", 20 * part.size()));
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(one.send(part));
    const RawReply reply = one.read_reply();
    EXPECT_EQ(reply.body, "20971520 of 20971520");
    EXPECT_EQ(reply.field("connection"), "keep-alive");
    one.send("PUT /count HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 3; ++i)
        one.send("100000\r\n" + part + "\r\n");
    one.send("0\r\n\r\n" + put("/count", 0));
    EXPECT_EQ(one.read_reply().body, "3145728 of ?");
    EXPECT_EQ(one.read_reply().body, "0 of 0");
}

TEST_F(BodyServer, ASlowHandlerHoldsTheClientBack) {
    std::binary_semaphore may_read(0);
    add("PUT", "/wait",
        [&](const CallContext& ctx, const ServerRequest& request) {
            may_read.acquire();
            return count_bytes(ctx, request);
        },
        {.max_body = 64_MiB, .streams_body = true});
    start();
    RawClient one = client();
    one.send(put("/wait", 32_MiB));
    // More than the kernel's buffers hold: the server must not read ahead without bound.
    std::atomic<bool> all_sent{false};
    std::jthread sender([&] {
        const std::string part(1U << 20U, 'x');
        for (int i = 0; i < 32; ++i)
            one.send(part);
        all_sent = true;
    });
    ASSERT_TRUE(eventually([&] { return server_->counters().requests_under_way == 1; }));
    EXPECT_FALSE(all_sent);
    may_read.release();
    sender.join();
    EXPECT_EQ(one.read_reply().body, "33554432 of 33554432");
}

TEST_F(BodyServer, AnEarlyAnswerEndsTheUpload) {
    start();
    RawClient one = client();
    one.send(put("/refuse", 32_MiB) + std::string(100'000, 'x'));
    const RawReply reply = one.read_reply();
    EXPECT_EQ(reply.status, 403);
    EXPECT_EQ(reply.field("connection"), "close");
}

TEST_F(BodyServer, AsksForTheBodyOnlyWhenItIsWanted) {
    start();
    RawClient refused = client();
    refused.send(put("/refuse", 5, "Expect: 100-continue\r\n"));
    EXPECT_EQ(refused.read_reply().status, 403);
    RawClient too_large = client();
    too_large.send(put("/count", 65_MiB, "Expect: 100-continue\r\n"));
    EXPECT_EQ(too_large.read_reply().status, 413);
    RawClient wanted = client();
    wanted.send(put("/count", 5, "Expect: 100-continue\r\n"));
    EXPECT_EQ(wanted.read_reply().status, 100);
    wanted.send("hello");
    EXPECT_EQ(wanted.read_reply().body, "5 of 5");
    RawClient buffered = client();
    buffered.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(buffered.read_reply().status, 100);
    buffered.send("ok");
    EXPECT_EQ(buffered.read_reply().body, "ok");
}

TEST_F(BodyServer, TheLimitHoldsForChunksToo) {
    add("POST", "/small", [](const CallContext&, const ServerRequest&) -> Result<HttpReply> { return HttpReply{}; },
        {.max_body = 10});
    start();
    EXPECT_EQ(ask(post_request("/small", "0123456789")).status, 200);
    EXPECT_EQ(ask(post_request("/small", "0123456789a")).status, 413);
    EXPECT_EQ(ask("POST /small HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "6\r\n012345\r\n6\r\n678901\r\n0\r\n\r\n")
                  .status,
              413);
    EXPECT_EQ(rejected("body-too-large"), 2U);
}

TEST_F(BodyServer, AClientThatGoesAwayIsAnErrorAndNoEnd) {
    std::binary_semaphore ended(0);
    std::atomic<int> code{-1};
    add("PUT", "/gone",
        [&](const CallContext& ctx, const ServerRequest& request) {
            auto reply = count_bytes(ctx, request);
            if (!reply) code = static_cast<int>(reply.error().code());
            ended.release();
            return reply;
        },
        {.max_body = 64_MiB, .streams_body = true});
    start();
    {
        RawClient one = client();
        one.send(put("/gone", 100) + "half");
    }
    ended.acquire();
    EXPECT_EQ(code, static_cast<int>(ErrorCode::kUnavailable));
    EXPECT_TRUE(eventually([&] { return rejected("body-unfinished") == 1; }));
}

TEST_F(BodyServer, AMalformedChunkReachesTheHandlerAsAnError) {
    start();
    RawClient one = client();
    one.send("PUT /count HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXXXX\r\n");
    EXPECT_EQ(one.read_reply().status, 400);
}

TEST_F(BodyServer, OnlySoManyUploadsHoldThreads) {
    options_.handler_threads = 2;
    start();
    RawClient first = client();
    first.send(put("/count", 5, "Expect: 100-continue\r\n"));
    EXPECT_EQ(first.read_reply().status, 100);
    RawClient second = client();
    second.send(put("/count", 5) + "hello");
    const RawReply refused = second.read_reply();
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.field("retry-after"), "1");
    EXPECT_EQ(ask(get_request("/hello")).status, 200);
    first.send("hello");
    EXPECT_EQ(first.read_reply().status, 200);
}

/// Bytes of which each can be told from its place.
class PatternSource final : public ByteSource {
public:
    explicit PatternSource(std::uint64_t size) : size_(size) {}
    std::uint64_t size() const override { return size_; }
    Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
        for (std::byte& byte : out)
            byte = static_cast<std::byte>(offset++ * 7 / 3);
        return {};
    }

private:
    std::uint64_t size_;
};

TEST_F(BodyServer, SendsSourcesWholeOrInPart) {
    const auto source = std::make_shared<PatternSource>(3'000'001);
    add("GET", "/file", [&](const CallContext&, const ServerRequest& request) -> Result<HttpReply> {
        return HttpReply::source(request, source, "application/octet-stream");
    });
    start();
    std::string all(3'000'001, '\0');
    ASSERT_TRUE(source->read_at(0, std::as_writable_bytes(std::span(all))));
    RawClient one = client();
    one.send(get_request("/file") + get_request("/file", "Range: bytes=1000000-1999999\r\n") + get_request("/hello"));
    const RawReply whole = one.read_reply();
    EXPECT_EQ(whole.status, 200);
    EXPECT_TRUE(whole.body == all);
    const RawReply part = one.read_reply();
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.field("content-range"), "bytes 1000000-1999999/3000001");
    EXPECT_TRUE(part.body == all.substr(1'000'000, 1'000'000));
    EXPECT_EQ(one.read_reply().body, "hello");
}

/// A body of `pieces` pieces, and then an end, or an error.
HttpReply pieces_reply(int pieces, std::optional<std::uint64_t> length, bool fails) {
    HttpReply reply;
    reply.body = StreamedBody{
        [left = pieces, fails](const CallContext&, std::span<std::byte> room) mutable -> Result<std::size_t> {
            if (left-- > 0) {
                std::fill_n(room.begin(), 100, std::byte{'p'});
                return std::size_t{100};
            }
            if (fails) return Error(ErrorCode::kCorruption, "the rest is damaged");
            return std::size_t{0};
        },
        length};
    return reply;
}

TEST_F(BodyServer, AReplyThatFailsHalfWayHasNoEnd) {
    add("GET", "/good",
        [](const CallContext&, const ServerRequest&) -> Result<HttpReply> { return pieces_reply(3, {}, false); });
    add("GET", "/bad",
        [](const CallContext&, const ServerRequest&) -> Result<HttpReply> { return pieces_reply(3, {}, true); });
    add("GET", "/short",
        [](const CallContext&, const ServerRequest&) -> Result<HttpReply> { return pieces_reply(3, 500, false); });
    start();
    const RawReply good = ask(get_request("/good"));
    EXPECT_TRUE(good.is_whole);
    EXPECT_EQ(good.body, std::string(300, 'p'));
    for (const char* path : {"/bad", "/short"}) {
        const RawReply cut = ask(get_request(path));
        EXPECT_FALSE(cut.is_whole) << path;
        EXPECT_EQ(cut.body, std::string(300, 'p')) << path;
    }
    EXPECT_EQ(rejected("reply-failed"), 2U);
    const RawReply old = ask("GET /good HTTP/1.0\r\n\r\n");
    EXPECT_EQ(old.body, std::string(300, 'p'));
    EXPECT_EQ(old.field("transfer-encoding"), "");
}

TEST_F(BodyServer, SlowReadersHoldNoThread) {
    options_.handler_threads = 1;
    add("GET", "/large", [](const CallContext&, const ServerRequest& request) -> Result<HttpReply> {
        return HttpReply::source(request, std::make_shared<PatternSource>(64_MiB), "application/octet-stream");
    });
    start();
    RawClient lazy = client();
    lazy.send(get_request("/large"));
    ASSERT_TRUE(eventually([&] { return server_->counters().replies.contains(200); }));
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(ask(get_request("/hello")).status, 200);
}

}  // namespace
}  // namespace cofre::net::testing
