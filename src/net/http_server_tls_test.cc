#include <gmock/gmock.h>

#include "base/subprocess.h"
#include "net/http_client.h"
#include "net/testing/raw_client.h"

namespace cofre::net::testing {
namespace {

using ::testing::HasSubstr;

/// The server behind a certificate that openssl(1) made.
class TlsServer : public ServerFixture {
protected:
    void SetUp() override {
        ASSERT_TRUE(folder_) << folder_.error().message();
        make_certificate("first");
        options_.tls = TlsFiles{path("server.pem"), path("server.key")};
    }
    std::string path(const std::string& name) const { return (folder_->path() / name).string(); }
    void make_certificate(const std::string& organization) {
        const auto made = run_command(
            {},
            {.argv = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                      "-keyout", path("server.key"), "-out", path("server.pem"), "-days", "2", "-subj",
                      "/CN=localhost/O=" + organization, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"}},
            {});
        ASSERT_TRUE(made && made->status.ok()) << (made ? made->error_output : made.error().message());
    }
    Result<HttpResponse> fetch(const std::string& target, std::string_view body = {}) {
        auto trusting = HttpClient::create({.ca_bundle = path("server.pem")});
        if (!trusting) return std::move(trusting).error();
        HttpRequest request{.url = "https://localhost:" + std::to_string(server_->port()) + target};
        if (!body.empty()) {
            request.method = "POST";
            request.has_text = true;
            request.text = body;
        }
        return (*trusting)->send({}, request, {.max_body = 64_MiB});
    }
    Result<TempDir> folder_ = TempDir::create("tls");
};

TEST_F(TlsServer, ServesClientsThatTrustIt) {
    add("GET", "/large", [](const CallContext&, const ServerRequest& request) -> Result<HttpReply> {
        EXPECT_TRUE(request.is_tls);
        return HttpReply::text(200, std::string(5'000'000, 'y'));
    });
    start();
    const auto hello = fetch("/hello");
    ASSERT_TRUE(hello) << hello.error().message();
    EXPECT_EQ(hello->body, "hello");
    EXPECT_EQ(fetch("/large")->body.size(), 5'000'000U);
    const std::string body(50'000, 'b');
    EXPECT_EQ(fetch("/echo", body)->body, body);
}

TEST_F(TlsServer, EventsAndUploadsWorkToo) {
    EventHub hub;
    add("GET", "/events", [&](const CallContext&, const ServerRequest&) -> Result<HttpReply> {
        auto stream = hub.subscribe();
        stream->send({.data = "secret event"});
        stream->close();
        return HttpReply::events(stream);
    });
    add("POST", "/stream",
        [](const CallContext&, const ServerRequest& request) -> Result<HttpReply> {
            std::string text;
            std::string room(1000, '\0');
            for (;;) {
                COFRE_ASSIGN(const std::size_t got, request.stream->read(std::as_writable_bytes(std::span(room))));
                if (got == 0) return HttpReply::text(200, text);
                text.append(room, 0, got);
            }
        },
        {.max_body = 1_MiB, .streams_body = true});
    start();
    const auto events = fetch("/events");
    ASSERT_TRUE(events) << events.error().message();
    EXPECT_EQ(events->body, "data: secret event\n\n");
    const std::string body(300'000, 'b');
    const auto echoed = fetch("/stream", body);
    ASSERT_TRUE(echoed) << echoed.error().message();
    EXPECT_TRUE(echoed->body == body);
}

TEST_F(TlsServer, PlainTextOnATlsPortGetsNothing) {
    start();
    RawClient one = client();
    one.send(get_request("/hello"));
    EXPECT_THAT(one.read_to_end(), ::testing::Not(HasSubstr("hello")));
    EXPECT_TRUE(eventually([&] { return rejected("tls") == 1; }));
}

TEST_F(TlsServer, AHandshakeThatStallsIsCut) {
    options_.limits.header_timeout = std::chrono::milliseconds(50);
    start();
    RawClient one = client();
    EXPECT_TRUE(one.ends());
    EXPECT_EQ(rejected("tls-timeout"), 1U);
}

TEST_F(TlsServer, TakesARenewedCertificate) {
    start();
    ASSERT_TRUE(fetch("/hello"));
    make_certificate("second");
    ASSERT_FALSE(fetch("/hello"));  // Trusts the new one only, which is not served yet.
    const Status reloaded = server_->reload_tls();
    ASSERT_TRUE(reloaded) << reloaded.error().message();
    EXPECT_TRUE(eventually([&] { return fetch("/hello").has_value(); }));
    ASSERT_TRUE(write_file_atomic(path("server.key"), "not a key"));
    EXPECT_EQ(server_->reload_tls().error().code(), ErrorCode::kInvalidArgument);
    EXPECT_TRUE(fetch("/hello"));
}

TEST_F(TlsServer, DoesNotStartWithoutItsFiles) {
    options_.tls->key = path("nothing");
    const auto started = HttpServer::start(options_, HttpRouter());
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(started.error().message(), HasSubstr("nothing"));
}

TEST_F(TlsServer, ShutsDownGracefully) {
    start();
    ASSERT_TRUE(fetch("/hello"));
    EXPECT_TRUE(server_->shutdown(kPatience));
}

}  // namespace
}  // namespace cofre::net::testing
