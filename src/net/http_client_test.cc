#include "net/http_client.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/task_group.h"
#include "base/testing/fake_clock.h"
#include "scripted_http.h"

namespace cofre::net {
namespace {

using scripted::Reply;
using scripted::Request;
using scripted::WireFault;
using std::chrono::milliseconds;

class HttpClientTest : public ::testing::Test {
protected:
    void SetUp() override {
        server_ = *scripted::HttpServer::start([this](const Request&) { return fault_; },
                                               [this](const Request& request) {
                                                   const std::lock_guard lock(mutex_);
                                                   last_ = request;
                                                   return reply_;
                                               });
        client_ = make_client({});
    }

    std::unique_ptr<HttpClient> make_client(HttpClientOptions options) {
        return *HttpClient::create(std::move(options), clock_);
    }
    HttpRequest get(std::string_view path = "/") const { return {.url = server_->url() + std::string(path)}; }

    cofre::testing::FakeClock clock_;
    WireFault fault_;
    Reply reply_;
    std::mutex mutex_;  // Connections have a thread each.
    Request last_;      // Tests look at it only when the answer is in.
    CallContext ctx_;
    std::unique_ptr<scripted::HttpServer> server_;
    std::unique_ptr<HttpClient> client_;
};

// The server plays the proxy: it is told whole URLs.
TEST_F(HttpClientTest, GoesThroughTheProxyThatIsNamed) {
    const auto client = make_client({.proxy = server_->url()});
    ASSERT_TRUE(client->send(ctx_, {.url = "http://store.invalid/x?y=1"}));
    EXPECT_EQ(last_.target, "http://store.invalid/x?y=1");
    ASSERT_TRUE(client->send(ctx_, get("/loopback")));
    EXPECT_EQ(last_.target, server_->url() + "/loopback");
}

TEST_F(HttpClientTest, ReturnsStatusHeadersAndBody) {
    reply_ = {.status = 404, .headers = {{"X-Thing", " a "}}, .body = "gone"};
    const auto response = client_->send(ctx_, get("/x?y=1"));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 404);
    EXPECT_EQ(response->header("x-thing"), "a");
    EXPECT_EQ(response->body, "gone");
    EXPECT_EQ(last_.target, "/x?y=1");
}

TEST_F(HttpClientTest, AddsNoHeadersThatWouldBreakASignature) {
    ASSERT_TRUE(client_->send(ctx_, {.method = "PUT", .url = server_->url(), .has_text = true, .text = "body"}));
    EXPECT_EQ(last_.header("expect"), "");
    EXPECT_EQ(last_.header("accept-encoding"), "");
    EXPECT_EQ(last_.header("content-type"), "");
    EXPECT_EQ(last_.header("transfer-encoding"), "");
    EXPECT_EQ(last_.header("content-length"), "4");
}

TEST_F(HttpClientTest, SendsThePathAsItIs) {
    ASSERT_TRUE(client_->send(ctx_, get("/a/../b//./%2e")));
    EXPECT_EQ(last_.path(), "/a/../b//./%2e");
}

TEST_F(HttpClientTest, SendsASourceThatIsLargerThanItsBuffers) {
    std::string body(3 * HttpClient::kBufferSize + 17, 'x');
    body.back() = 'y';
    const SpanSource source(body);
    ASSERT_TRUE(client_->send(ctx_, {.method = "PUT", .url = server_->url(), .source = &source}));
    EXPECT_EQ(last_.method, "PUT");
    EXPECT_EQ(last_.body, body);
}

TEST_F(HttpClientTest, AlternatesMethodsOnOneConnection) {
    const SpanSource source(std::string_view("from a source"));
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(client_->send(ctx_, {.method = "PUT", .url = server_->url(), .source = &source}));
        EXPECT_EQ(last_.body, "from a source");
        ASSERT_TRUE(client_->send(ctx_, {.method = "HEAD", .url = server_->url()}));
        EXPECT_EQ(last_.method, "HEAD");
        ASSERT_TRUE(client_->send(ctx_, {.method = "POST", .url = server_->url(), .has_text = true, .text = ""}));
        EXPECT_EQ(last_.header("content-length"), "0");
        ASSERT_TRUE(client_->send(ctx_, {.method = "DELETE", .url = server_->url()}));
        EXPECT_EQ(last_.method, "DELETE");
        EXPECT_EQ(last_.header("content-length"), "");
        ASSERT_TRUE(client_->send(ctx_, get()));
        EXPECT_EQ(last_.method, "GET");
    }
    EXPECT_EQ(server_->connections(), 1);
}

TEST_F(HttpClientTest, SendsHeadersWithoutAValue) {
    ASSERT_TRUE(client_->send(ctx_, {.url = server_->url(), .headers = {{"x-amz-meta-empty", ""}, {"x-b", "1"}}}));
    EXPECT_NE(last_.headers.end(), std::find_if(last_.headers.begin(), last_.headers.end(),
                                                [](const auto& h) { return h.name == "x-amz-meta-empty"; }));
}

TEST_F(HttpClientTest, RefusesHeadersThatWouldAddOthers) {
    const auto response = client_->send(ctx_, {.url = server_->url(), .headers = {{"x-a", "1\r\nx-b: 2"}}});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(HttpClientTest, DoesNotFollowRedirects) {
    reply_ = {.status = 301, .headers = {{"Location", "http://127.0.0.1:1/elsewhere"}}};
    const auto response = client_->send(ctx_, get());
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 301);
}

TEST_F(HttpClientTest, PassesASuccessfulBodyToTheSink) {
    reply_.body = std::string(500'000, 'z');
    std::string got;
    int heads = 0;
    const ResponseHandler handler{.on_head = [&](const HttpResponse& head) -> Status {
                                      ++heads;
                                      EXPECT_EQ(head.header("content-length"), "500000");
                                      return {};
                                  },
                                  .on_body = [&](std::span<const std::byte> bytes) -> Status {
                                      got += to_text(bytes);
                                      return {};
                                  }};
    const auto response = client_->send(ctx_, get(), handler);
    ASSERT_TRUE(response);
    EXPECT_EQ(heads, 1);
    EXPECT_EQ(got, reply_.body);
    EXPECT_TRUE(response->body.empty());
}

TEST_F(HttpClientTest, KeepsTheBodyOfAnErrorFromTheSink) {
    reply_ = {.status = 500, .body = "<Error/>"};
    const ResponseHandler handler{.on_body = [](std::span<const std::byte>) -> Status {
        return Error(ErrorCode::kInternal, "not for the sink");
    }};
    EXPECT_EQ(client_->send(ctx_, get(), handler)->body, "<Error/>");
}

TEST_F(HttpClientTest, ReturnsTheErrorOfTheSinkAsItIs) {
    reply_.body = "data";
    const ResponseHandler handler{.on_body = [](std::span<const std::byte>) -> Status {
        return Error(ErrorCode::kResourceExhausted, "disk full");
    }};
    const auto response = client_->send(ctx_, get(), handler);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::kResourceExhausted);
    EXPECT_EQ(response.error().message(), "disk full");
}

TEST_F(HttpClientTest, ReturnsTheErrorOfTheSourceAsItIs) {
    class Broken final : public ByteSource {
        std::uint64_t size() const override { return 10; }
        Status read_at(std::uint64_t, std::span<std::byte>) const override {
            return Error(ErrorCode::kConflict, "file became shorter");
        }
    };
    const Broken source;
    const auto response = client_->send(ctx_, {.method = "PUT", .url = server_->url(), .source = &source});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::kConflict);
    EXPECT_EQ(response.error().message(), "file became shorter");
}

TEST_F(HttpClientTest, RefusesASuccessLongerThanItsLimit) {
    reply_.body = std::string(2000, 'x');
    const auto response = client_->send(ctx_, get(), {.max_body = 1000});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(HttpClientTest, CutsTheBodyOfAnErrorAtItsLimit) {
    reply_ = {.status = 500, .body = std::string(2000, 'x')};
    EXPECT_EQ(client_->send(ctx_, get(), {.max_body = 1000})->body.size(), 1000U);
}

TEST_F(HttpClientTest, F11ABlackHoleEndsWithTheIdleTimeout) {
    fault_.never_answer = true;
    const auto client = make_client({.idle_timeout = milliseconds(100)});
    const auto response = client->send(ctx_, get());
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
    EXPECT_NE(response.error().message().find("no byte moved for 100 ms"), std::string::npos)
        << response.error().message();
}

TEST_F(HttpClientTest, F12ASlowDownloadIsNotCut) {
    fault_.drip = milliseconds(150);
    reply_.body = "0123456789";
    const auto client = make_client({.idle_timeout = milliseconds(1000)});
    const auto response = client->send(ctx_, get());
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "0123456789");
}

// libcurl has handed over everything long before the peer has taken it.
TEST_F(HttpClientTest, F12ASlowUploadIsNotCut) {
    fault_.sip = milliseconds(40);
    const std::string body(4'000'000, 'x');
    const SpanSource source(body);
    const auto client = make_client({.idle_timeout = milliseconds(1000)});
    const auto response = client->send(ctx_, {.method = "PUT", .url = server_->url(), .source = &source});
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(last_.body.size(), body.size());
}

TEST_F(HttpClientTest, F08AResetIsUnavailable) {
    fault_.reset_after_body_bytes = 1000;
    const std::string body(1'000'000, 'x');
    const SpanSource source(body);
    const auto response = client_->send(ctx_, {.method = "PUT", .url = server_->url(), .source = &source});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
}

TEST_F(HttpClientTest, ABodyThatIsCutShortIsUnavailable) {
    fault_.cut_after_reply_bytes = 3;
    reply_.body = "0123456789";
    const auto response = client_->send(ctx_, get());
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
}

TEST_F(HttpClientTest, ANobodyAtTheEndpointIsUnavailableWithAHint) {
    const auto response = client_->send(ctx_, {.url = "http://127.0.0.1:1/"});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
    EXPECT_NE(response.error().hint(), "");
}

TEST_F(HttpClientTest, StopsWhenAsked) {
    fault_.never_answer = true;
    std::stop_source stop;
    Status result;
    TaskGroup group;
    group.spawn([&](const std::stop_token&) -> Status {
        auto response = client_->send({.stop = stop.get_token()}, get());
        if (!response) result = std::move(response).error();
        return {};
    });
    stop.request_stop();
    ASSERT_TRUE(group.wait());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kCancelled);
}

TEST_F(HttpClientTest, EndsAtTheDeadlineOfItsClock) {
    fault_.never_answer = true;
    const auto response = client_->send({.deadline = clock_.now()}, get());
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::kDeadlineExceeded);
}

TEST_F(HttpClientTest, OpensNoMoreConnectionsThanAllowed) {
    const auto client = make_client({.max_connections = 2});
    std::atomic<int> good{0};
    TaskGroup group;
    for (int i = 0; i < 8; ++i) {
        group.spawn([&](const std::stop_token&) -> Status {
            for (int j = 0; j < 10; ++j)
                good += client->send(ctx_, {.url = server_->url()}) ? 1 : 0;
            return {};
        });
    }
    ASSERT_TRUE(group.wait());
    EXPECT_EQ(good, 80);
    EXPECT_LE(server_->connections(), 2);
}

TEST_F(HttpClientTest, OpensANewConnectionWhenTheServerCloses) {
    fault_.close_after = true;
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(client_->send(ctx_, get()));
    EXPECT_EQ(server_->connections(), 3);
}

class HttpClientLimits : public HttpClientTest {
protected:
    std::shared_ptr<RateLimiter> one_mib_a_second() {
        return std::make_shared<RateLimiter>(*RateTable::parse("1M"), clock_);
    }
    const std::string body_ = std::string(3'000'000, 'x') + "end";
};

TEST_F(HttpClientLimits, HoldUploadsBackToTheirRate) {
    const auto limited = make_client({.upload_limit = one_mib_a_second()});
    ASSERT_TRUE(limited->send(ctx_, {.method = "PUT", .url = server_->url(), .has_text = true, .text = body_}));
    EXPECT_EQ(last_.body, body_);
    EXPECT_EQ(last_.header("transfer-encoding"), "");
    EXPECT_EQ(last_.header("expect"), "");
    EXPECT_EQ(last_.header("content-length"), std::to_string(body_.size()));
    EXPECT_GE(clock_.passed(), milliseconds(2'700));
    EXPECT_LE(clock_.passed(), milliseconds(3'000));

    const SpanSource source(body_);
    ASSERT_TRUE(limited->send(ctx_, {.method = "PUT", .url = server_->url(), .source = &source}));
    EXPECT_EQ(last_.body, body_);
    EXPECT_GE(clock_.passed(), milliseconds(5'400));
}

TEST_F(HttpClientLimits, HoldDownloadsBackToTheirRate) {
    const auto limited = make_client({.download_limit = one_mib_a_second()});
    reply_.body = body_;
    const auto response = limited->send(ctx_, get(), {.max_body = 8_MiB});
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, body_);
    EXPECT_GE(clock_.passed(), milliseconds(2'700));
    EXPECT_LE(clock_.passed(), milliseconds(3'000));
}

TEST(HttpClient, RefusesACaBundleThatCannotBeRead) {
    const auto client = HttpClient::create({.ca_bundle = "/nonexistent/ca.pem"});
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace cofre::net
