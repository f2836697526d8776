#include "net/http_server.h"

#include <future>
#include <semaphore>

#include <gmock/gmock.h>

#include "base/subprocess.h"
#include "net/testing/raw_client.h"

namespace cofre::net::testing {
namespace {

using ::testing::HasSubstr;

class HttpServerTest : public ServerFixture {};

TEST_F(HttpServerTest, AnswersAndKeepsTheConnection) {
    start();
    RawClient one = client();
    for (int i = 0; i < 3; ++i) {
        one.send(get_request("/hello"));
        const RawReply reply = one.read_reply();
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(reply.body, "hello");
        EXPECT_EQ(reply.field("connection"), "keep-alive");
    }
    EXPECT_EQ(server_->counters().connections_accepted, 1U);
    EXPECT_EQ(server_->counters().replies.at(200), 3U);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
    start();
    RawClient one = client();
    one.send(post_request("/echo", "one") + get_request("/hello") + post_request("/echo", "three"));
    EXPECT_EQ(one.read_reply().body, "one");
    EXPECT_EQ(one.read_reply().body, "hello");
    EXPECT_EQ(one.read_reply().body, "three");
}

TEST_F(HttpServerTest, ClosesWhenAsked) {
    start();
    RawClient one = client();
    one.send(get_request("/hello", "Connection: close\r\n"));
    EXPECT_EQ(one.read_reply().field("connection"), "close");
    EXPECT_TRUE(one.ends());
    EXPECT_EQ(ask("GET /hello HTTP/1.0\r\n\r\n").field("connection"), "close");
}

TEST_F(HttpServerTest, HeadHasTheLengthAndNoBody) {
    start();
    RawClient one = client();
    one.send("HEAD /hello HTTP/1.1\r\nHost: localhost\r\n\r\n" + get_request("/hello"));
    const RawReply reply = one.read_reply(/*has_body=*/false);
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.field("content-length"), "5");
    EXPECT_EQ(one.read_reply().body, "hello");
}

TEST_F(HttpServerTest, TellsWhichMethodsThereAre) {
    start();
    const RawReply reply = ask("DELETE /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(reply.status, 405);
    EXPECT_EQ(reply.field("allow"), "GET, HEAD, OPTIONS");
    const RawReply options = ask("OPTIONS /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(options.status, 204);
    EXPECT_EQ(options.field("allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(ask("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 204);
    EXPECT_EQ(ask(get_request("/nowhere")).status, 404);
}

TEST_F(HttpServerTest, EchoesSaneRequestIdsAndMakesOthers) {
    start();
    EXPECT_EQ(ask(get_request("/hello", "X-Request-Id: abc-1.2_3\r\n")).field("x-request-id"), "abc-1.2_3");
    EXPECT_EQ(ask(get_request("/hello", "X-Request-Id: a b\r\n")).field("x-request-id").size(), 32U);
    EXPECT_EQ(ask(get_request("/hello")).field("x-request-id").size(), 32U);
}

TEST_F(HttpServerTest, ErrorsBecomeReplies) {
    add("GET", "/locked", [](const CallContext&, const ServerRequest&) -> Result<HttpReply> {
        return Error(ErrorCode::kLocked, "somebody is at work").with_hint("wait");
    });
    add("GET", "/throws", [](const CallContext&, const ServerRequest& request) -> Result<HttpReply> {
        return HttpReply::text(200, std::string(request.path).substr(100));
    });
    start();
    const RawReply locked = ask(get_request("/locked"));
    EXPECT_EQ(locked.status, 409);
    EXPECT_THAT(locked.body, HasSubstr("\"message\":\"somebody is at work\",\"hint\":\"wait\""));
    EXPECT_EQ(ask(get_request("/throws")).status, 500);
    EXPECT_EQ(ask(get_request("/hello")).status, 200);
}

TEST_F(HttpServerTest, ParametersReachTheHandler) {
    add("GET", "/runs/{n:uint}/{name}", [](const CallContext&, const ServerRequest& request) -> Result<HttpReply> {
        return HttpReply::text(200,
                               std::to_string(request.number("n") + 1) + request.parameter("name") + request.query);
    });
    start();
    EXPECT_EQ(ask(get_request("/runs/41/a%20b?c=d")).body, "42a bc=d");
}

TEST_F(HttpServerTest, AsksForTheToken) {
    options_.token = Secret("s3cret");
    add("GET", "/health",
        [](const CallContext&, const ServerRequest&) -> Result<HttpReply> { return HttpReply::text(200, "well"); },
        {.is_public = true});
    start();
    const RawReply refused = ask(get_request("/hello"));
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.field("www-authenticate"), "Bearer");
    EXPECT_EQ(ask(get_request("/hello", "Authorization: Bearer wrong1\r\n")).status, 401);
    EXPECT_EQ(ask(get_request("/hello", "Authorization: Bearer s3cret\r\n")).status, 200);
    EXPECT_EQ(ask(get_request("/health")).status, 200);
    EXPECT_EQ(ask(get_request("/nowhere")).status, 401);
}

TEST_F(HttpServerTest, RefusesNamesOfOtherSites) {
    start();
    EXPECT_EQ(ask("GET /hello HTTP/1.1\r\nHost: rebound.example\r\n\r\n").status, 421);
    EXPECT_EQ(ask(post_request("/echo", "x", "Origin: https://evil.example\r\n")).status, 403);
    EXPECT_EQ(ask(post_request("/echo", "x", "Origin: http://localhost\r\n")).status, 200);
}

TEST_F(HttpServerTest, DoesNotListenToOtherMachinesWithoutAToken) {
    options_.listen = {*ListenAddress::parse("0.0.0.0:0")};
    const auto refused = HttpServer::start(options_, HttpRouter());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kPermissionDenied);
    options_.token = Secret("t");
    EXPECT_TRUE(HttpServer::start(options_, HttpRouter()));
}

TEST_F(HttpServerTest, ListensOnUnixSocketsBesidesTcp) {
    const auto folder = TempDir::create("http");
    ASSERT_TRUE(folder);
    const std::string path = (folder->path() / "s").string();
    options_.listen.push_back(*ListenAddress::parse("unix:" + path));
    start();
    RawClient one(path);
    one.send("GET /hello HTTP/1.1\r\nHost: anything\r\n\r\n");
    EXPECT_EQ(one.read_reply().body, "hello");
    EXPECT_EQ(ask(get_request("/hello")).body, "hello");
    EXPECT_EQ(server_->places().at(1), "unix:" + path);
    server_.reset();
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(HttpServerTest, ShutdownLetsTheRequestFinish) {
    std::binary_semaphore began(0);
    std::binary_semaphore may_end(0);
    add("GET", "/slow", [&](const CallContext&, const ServerRequest&) -> Result<HttpReply> {
        began.release();
        may_end.acquire();
        return HttpReply::text(200, "done");
    });
    start();
    RawClient idle = client();
    idle.send(get_request("/hello"));
    EXPECT_EQ(idle.read_reply().status, 200);
    RawClient busy = client();
    busy.send(get_request("/slow"));
    began.acquire();
    auto ended = std::async(std::launch::async, [&] { return server_->shutdown(kPatience).has_value(); });
    EXPECT_TRUE(idle.ends());
    may_end.release();
    const RawReply reply = busy.read_reply();
    EXPECT_EQ(reply.body, "done");
    EXPECT_EQ(reply.field("connection"), "close");
    EXPECT_TRUE(ended.get());
}

TEST_F(HttpServerTest, ShutdownCutsWhatDoesNotFinish) {
    std::binary_semaphore began(0);
    add("GET", "/stuck", [&](const CallContext& ctx, const ServerRequest&) -> Result<HttpReply> {
        began.release();
        while (!ctx.stop.stop_requested())
            std::this_thread::yield();
        return Error(ErrorCode::kCancelled, "stopped");
    });
    start();
    RawClient busy = client();
    busy.send(get_request("/stuck"));
    began.acquire();
    const Status ended = server_->shutdown(std::chrono::milliseconds(1));
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code(), ErrorCode::kDeadlineExceeded);
    EXPECT_TRUE(busy.ends());
}

TEST_F(HttpServerTest, CurlAgrees) {
    add("GET", "/stream", [](const CallContext&, const ServerRequest&) -> Result<HttpReply> {
        HttpReply reply;
        reply.body =
            StreamedBody{[left = 3](const CallContext&, std::span<std::byte> room) mutable -> Result<std::size_t> {
                             if (left-- == 0) return std::size_t{0};
                             std::fill_n(room.begin(), 1000, std::byte{'x'});
                             return std::size_t{1000};
                         },
                         {}};
        return reply;
    });
    start();
    const std::string base = "http://localhost:" + std::to_string(server_->port());
    std::string output;
    const CommandIo io{.on_output = [&](std::span<const std::byte> bytes) -> Status {
        output.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return {};
    }};
    // Two requests in one run share a connection; curl checks lengths and chunks.
    const auto result = run_command({},
                                    {.argv = {"curl",
                                              "-sS",
                                              "--noproxy",
                                              "*",
                                              "--fail",
                                              "-w",
                                              "[%{http_code} %{num_connects}]",
                                              "-H",
                                              "Transfer-Encoding: chunked",
                                              "--data-binary",
                                              "from curl",
                                              base + "/echo",
                                              "--next",
                                              "-sS",
                                              "--noproxy",
                                              "*",
                                              "-w",
                                              "[%{http_code} %{size_download}]",
                                              "-o",
                                              "/dev/null",
                                              base + "/stream"}},
                                    io);
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_TRUE(result->status.ok()) << result->error_output;
    EXPECT_EQ(output, "from curl[200 1][200 3000]");
}

}  // namespace
}  // namespace cofre::net::testing
