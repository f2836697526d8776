#pragma once

/// @file
/// HTTP/1.1 server: sockets on one thread (Boost.Asio, stackful coroutines),
/// handlers as plain blocking functions on a bounded pool. ADR 0014.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/units.h"
#include "net/http_router.h"
#include "net/listen_socket.h"
#include "net/request_head.h"

namespace cofre::net {

struct HttpServerLimits {
    HeadLimits head;
    std::chrono::milliseconds header_timeout{10'000};  ///< From the first byte (or the connection) to the whole head.
    std::chrono::milliseconds body_idle_timeout{30'000};   ///< No byte of a body, in either direction, for so long.
    std::uint64_t min_body_rate = 1_KiB;                   ///< Bytes a second a body must come at, on average ...
    std::chrono::milliseconds min_rate_grace{30'000};      ///< ... after so long. 0 bytes: no minimum.
    std::chrono::milliseconds request_timeout{60'000};     ///< From the complete request to the reply's head.
    std::chrono::milliseconds keep_alive_timeout{75'000};  ///< Between requests of a connection.
    std::size_t max_connections = 12'000;                  ///< One more is told 503 and closed. About 2 KiB each, idle.
    std::size_t max_connections_per_peer = 0;  ///< By address (IPv6: /64). 0: no limit; a proxy is one peer.
};

struct TlsFiles {
    std::filesystem::path certificate;  ///< PEM, with the chain.
    std::filesystem::path key;          ///< PEM.
};

struct HttpServerOptions {
    std::vector<ListenAddress> listen{ListenAddress{}};
    std::optional<TlsFiles> tls;  ///< For TCP; a unix socket is always plain.
    HttpServerLimits limits;
    int handler_threads = 8;
    std::size_t max_waiting_requests = 64;  ///< For a thread; one more is 503 with Retry-After.
    /// Handlers that pull bodies, or run while one comes, at once; one more is 503.
    /// They hold a thread for as long as the client takes. 0: half of the threads.
    int max_streaming_handlers = 0;

    Secret token;                                 ///< "Authorization: Bearer"; empty: nobody is asked for one.
    bool handlers_authenticate = false;           ///< No token, but the handlers know whom they serve.
    std::vector<std::string> hosts;               ///< See is_allowed_host().
    std::vector<std::string> origins;             ///< See is_allowed_origin().
    std::chrono::milliseconds heartbeat{15'000};  ///< A comment on event streams that are silent for so long.
    /// Writes the body of an error that the server or a handler's Error makes;
    /// empty: error_reply(). Called on the server's thread: it must not block.
    std::function<HttpReply(const ServerRequest&, const Error&, int status)> render_error;
};

/// What has happened since the start, for metrics.
struct HttpServerCounters {
    std::uint64_t connections_open = 0;
    std::uint64_t connections_accepted = 0;
    std::uint64_t event_streams_open = 0;
    std::uint64_t requests_under_way = 0;
    std::uint64_t requests_waiting = 0;             ///< For a thread of the pool.
    std::map<int, std::uint64_t> replies;           ///< By status.
    std::map<std::string, std::uint64_t> rejected;  ///< By reason: "bare-line-feed", "head-timeout", "queue-full" ...
};

/// Peak memory: `max_connections` times about 2 KiB while idle; for a request under
/// way a stack (64 KiB, touched pages only), its head, a body of up to the
/// route's max_body or four pieces of 64 KiB, and one piece of a streamed reply.
///
/// Thread-safe. Destruction cuts what is under way; handlers are asked to stop
/// and waited for.
class HttpServer {
public:
    /// Listens and serves. Errors: of open_listen_sockets(), and kInvalidArgument if
    /// the TLS files cannot be used.
    static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options, HttpRouter router);
    ~HttpServer();  // NOLINT(bugprone-exception-escape): see the definition.
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// "127.0.0.1:41234", "unix:/run/cofre.sock", in the order of the options.
    std::vector<std::string> places() const;
    /// Of the first TCP socket; 0 if there is none.
    std::uint16_t port() const;

    /// Reads the TLS files again, for new connections. An error changes nothing.
    Status reload_tls();

    HttpServerCounters counters() const;

    /// Stops listening, closes idle connections and event streams, lets requests
    /// under way finish for `grace`, then cuts the rest. Waits for the handlers,
    /// however long they take to see their stop. kDeadlineExceeded: something was
    /// cut. Call once.
    Status shutdown(std::chrono::milliseconds grace);

private:
    struct Impl;
    explicit HttpServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace cofre::net
