// Slow clients, too many clients, handlers that take too long.

#include <semaphore>

#include <gmock/gmock.h>

#include "net/testing/raw_client.h"

namespace cofre::net::testing {
namespace {

using std::chrono::milliseconds;

class LimitedServer : public ServerFixture {};

TEST_F(LimitedServer, ASlowHeadIsCutWhateverItsRate) {
    options_.limits.header_timeout = milliseconds(100);
    start();
    RawClient one = client();
    one.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n");
    // Bytes that keep coming do not help: the limit is for the head as a whole.
    std::jthread drip([&](const std::stop_token& stop) {
        while (!stop.stop_requested() && one.send("X"))
            std::this_thread::yield();
    });
    const RawReply reply = one.read_reply();
    EXPECT_TRUE(reply.status == 408 || reply.status == 431) << reply.status;
    drip.request_stop();
}

TEST_F(LimitedServer, AnUnfinishedHeadIs408) {
    options_.limits.header_timeout = milliseconds(50);
    start();
    RawClient one = client();
    one.send("GET /hel");
    EXPECT_EQ(one.read_reply().status, 408);
    EXPECT_EQ(rejected("head-timeout"), 1U);
    RawClient silent = client();
    EXPECT_TRUE(silent.ends());
}

TEST_F(LimitedServer, IdleConnectionsEnd) {
    options_.limits.keep_alive_timeout = milliseconds(50);
    start();
    RawClient one = client();
    one.send(get_request("/hello"));
    EXPECT_EQ(one.read_reply().status, 200);
    EXPECT_TRUE(one.ends());
    EXPECT_TRUE(eventually([&] { return server_->counters().connections_open == 0; }));
}

TEST_F(LimitedServer, ABodyThatStopsIs408) {
    options_.limits.body_idle_timeout = milliseconds(50);
    start();
    RawClient one = client();
    one.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf");
    EXPECT_EQ(one.read_reply().status, 408);
    EXPECT_EQ(rejected("body-timeout"), 1U);
}

TEST_F(LimitedServer, ABodyThatTricklesIs408) {
    options_.limits.min_body_rate = 1_MiB;
    options_.limits.min_rate_grace = milliseconds(100);
    start();
    RawClient one = client();
    one.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    std::jthread drip([&](const std::stop_token& stop) {
        // A byte whenever the last one has been taken; far below a MiB a second.
        while (!stop.stop_requested() && one.send("1\r\nx\r\n")) {
            pollfd nothing{one.fd(), 0, 0};
            ::poll(&nothing, 1, 1);
        }
    });
    EXPECT_EQ(one.read_reply().status, 408);
    drip.request_stop();
}

TEST_F(LimitedServer, ReadersWhoDoNotReadAreCut) {
    options_.limits.body_idle_timeout = milliseconds(100);
    add("GET", "/large", [](const CallContext&, const ServerRequest&) -> Result<HttpReply> {
        return HttpReply::text(200, std::string(32_MiB, 'x'));
    });
    start();
    RawClient one = client();
    one.send(get_request("/large"));
    EXPECT_TRUE(eventually([&] { return rejected("write-timeout") == 1; }));
    EXPECT_TRUE(eventually([&] { return server_->counters().connections_open == 0; }));
}

TEST_F(LimitedServer, AHandlerThatTakesTooLongIs504) {
    options_.limits.request_timeout = milliseconds(50);
    add("GET", "/stuck", [](const CallContext& ctx, const ServerRequest&) -> Result<HttpReply> {
        while (!ctx.stop.stop_requested())
            std::this_thread::yield();
        return Error(ErrorCode::kCancelled, "stopped");
    });
    start();
    RawClient one = client();
    one.send(get_request("/stuck"));
    EXPECT_EQ(one.read_reply().status, 504);
    EXPECT_TRUE(one.ends());
    EXPECT_EQ(ask(get_request("/hello")).status, 200);
}

TEST_F(LimitedServer, AFullQueueIs503) {
    options_.handler_threads = 1;
    options_.max_waiting_requests = 1;
    std::binary_semaphore began(0);
    std::counting_semaphore<8> may_end(0);
    add("GET", "/slow", [&](const CallContext&, const ServerRequest&) -> Result<HttpReply> {
        began.release();
        may_end.acquire();
        return HttpReply::text(200, "done");
    });
    start();
    RawClient running = client();
    running.send(get_request("/slow"));
    began.acquire();
    RawClient waiting = client();
    waiting.send(get_request("/slow"));
    ASSERT_TRUE(eventually([&] { return server_->counters().requests_waiting == 1; }));
    const RawReply refused = ask(get_request("/hello"));
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.field("retry-after"), "1");
    EXPECT_EQ(rejected("queue-full"), 1U);
    may_end.release(2);
    EXPECT_EQ(running.read_reply().status, 200);
    EXPECT_EQ(waiting.read_reply().status, 200);
}

TEST_F(LimitedServer, OneConnectionTooMany) {
    options_.limits.max_connections = 2;
    start();
    RawClient first = client();
    RawClient second = client();
    ASSERT_TRUE(eventually([&] { return server_->counters().connections_open == 2; }));
    RawClient third = client();
    EXPECT_EQ(third.read_reply().status, 503);
    EXPECT_EQ(rejected("too-many-connections"), 1U);
    second.send(get_request("/hello"));
    EXPECT_EQ(second.read_reply().status, 200);
}

TEST_F(LimitedServer, OneConnectionOfAPeerTooMany) {
    options_.limits.max_connections_per_peer = 1;
    start();
    {
        RawClient first = client();
        ASSERT_TRUE(eventually([&] { return server_->counters().connections_open == 1; }));
        RawClient second = client();
        EXPECT_EQ(second.read_reply().status, 503);
        EXPECT_EQ(rejected("too-many-connections-of-peer"), 1U);
    }
    ASSERT_TRUE(eventually([&] { return server_->counters().connections_open == 0; }));
    EXPECT_EQ(ask(get_request("/hello")).status, 200);
}

}  // namespace
}  // namespace cofre::net::testing
