#pragma once

/// @file
/// HTTP/1.1 requests through libcurl, which only this module includes.

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"
#include "net/http_message.h"
#include "net/rate_limit.h"

namespace cofre::net {

struct HttpClientOptions {
    int max_connections = 32;                           ///< Requests under way at once; further callers wait.
    std::chrono::milliseconds connect_timeout{10'000};  ///< Name lookup, TCP and TLS together.
    /// No byte in either direction for so long ends the request. A link that
    /// still moves, however slowly, never times out: bytes that the kernel
    /// holds count as moving when the peer acknowledges them.
    std::chrono::milliseconds idle_timeout{60'000};
    std::optional<std::filesystem::path> ca_bundle;  ///< Absent: the system's.
    std::string user_agent = "cofre";
    std::filesystem::path unix_socket;  ///< Every request goes to it, whatever host its URL names. Empty: TCP.
    /// "http://host:port" (also https, socks5h), perhaps with user:password@:
    /// every request goes through it, also to loopback. Empty: as the
    /// environment says, and never for loopback.
    std::string proxy;
    /// False: never through a proxy, whatever the environment says. For services
    /// of the host itself, whose answers are secrets.
    bool use_proxy = true;
    std::shared_ptr<RateLimiter> upload_limit;    ///< Of bodies that are sent, all connections together; null: none.
    std::shared_ptr<RateLimiter> download_limit;  ///< Of successful bodies that are received.
};

/// Where a successful answer goes. Without on_body it is kept in
/// HttpResponse::body, up to `max_body`; so is the body of any other status,
/// whose excess is dropped.
struct ResponseHandler {
    /// Called once, before the first byte of a 2xx body or at its end, if
    /// on_body is set. An error stops the transfer and is what send() returns.
    std::function<Status(const HttpResponse&)> on_head;
    ByteSink on_body;  ///< Sees the receive buffer itself: no copy is made.
    std::size_t max_body = 64_KiB;
};

/// Thread-safe. Keeps connections open and uses the most recent one first.
/// TLS 1.2 or newer with verification, proxies from the environment (never for
/// loopback), no redirects, no decompression, no Expect header, no cookies.
/// Memory: `max_connections` times 2 buffers of kBufferSize at most.
class HttpClient {
public:
    static constexpr std::size_t kBufferSize = 128_KiB;

    /// kInvalidArgument: `ca_bundle` cannot be read. `clock` decides when a
    /// CallContext's deadline has passed, and must outlive the client.
    static Result<std::unique_ptr<HttpClient>> create(HttpClientOptions options, Clock& clock = system_clock());
    ~HttpClient();

    /// Sends one request and waits for the whole answer, whatever its status.
    /// Errors of the body's source and of the handler come back as they are.
    ///
    /// kUnavailable: no connection, a broken one, or idle for too long; the
    /// server may have done the work. kUnauthenticated: the server's
    /// certificate is not trusted. kCancelled within about a second of a stop,
    /// kDeadlineExceeded likewise. kResourceExhausted: the body is longer than
    /// `max_body`. Nothing is repeated, but for one case: a kept connection
    /// turns out closed before any byte of an answer came.
    Result<HttpResponse> send(const CallContext& ctx, const HttpRequest& request, const ResponseHandler& handler = {});

private:
    struct Impl;
    explicit HttpClient(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace cofre::net
