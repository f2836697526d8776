#include "net/http_server.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/task_group.h"
#include "net/http_server_core.h"

namespace cofre::net {

namespace {

/// Descriptors that are not connections: files, the catalog, children.
constexpr rlim_t kSpareDescriptors = 512;

/// Every connection is a descriptor, and the usual soft limit of 1024 is there
/// for programs that use select(2). We do not.
void raise_descriptor_limit(std::size_t max_connections) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    const rlim_t wanted = static_cast<rlim_t>(max_connections) + kSpareDescriptors;
    if (limit.rlim_cur >= wanted) return;
    limit.rlim_cur = std::min(wanted, limit.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < wanted) {
        log_warning("net", "the limit of open files (" + std::to_string(limit.rlim_cur) + ") allows fewer than " +
                               std::to_string(max_connections) + " connections");
    }
}

Error tls_error(std::string_view what, const std::filesystem::path& path, const NetError& ec) {
    return Error(ErrorCode::kInvalidArgument, "TLS " + std::string(what) + " " + path.string() + ": " + ec.message());
}

}  // namespace

Result<std::shared_ptr<TlsContext>> load_tls(const TlsFiles& files) {
    auto context = std::make_shared<TlsContext>(TlsContext::tls_server);
    NetError ec;
    context->set_options(TlsContext::default_workarounds | TlsContext::no_sslv2 | TlsContext::no_sslv3 |
                             TlsContext::no_tlsv1 | TlsContext::no_tlsv1_1 | TlsContext::no_compression,
                         ec);
    if (ec) return tls_error("settings for", files.certificate, ec);
    context->use_certificate_chain_file(files.certificate.string(), ec);
    if (ec) return tls_error("certificate", files.certificate, ec);
    // Fails if the key is of another certificate.
    context->use_private_key_file(files.key.string(), TlsContext::pem, ec);
    if (ec) return tls_error("key", files.key, ec);
    return context;
}

struct HttpServer::Impl {
    Impl(HttpServerOptions options, HttpRouter router) : core(std::move(options), std::move(router)) {}

    Status stop(std::chrono::milliseconds grace) {
        if (std::exchange(has_stopped, true)) return {};
        asio::post(core.io(), [this, deadline = system_clock().now() + grace] { core.drain(deadline); });
        COFRE_TRY(threads.wait());
        if (!core.has_cut()) return {};
        return Error(ErrorCode::kDeadlineExceeded, "requests that did not end in time were cut");
    }

    ServerCore core;
    std::vector<std::string> places;
    std::uint16_t port = 0;
    bool has_stopped = false;
    TaskGroup threads{std::stop_token()};  // Last: joined before the rest dies.
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() {  // NOLINT(bugprone-exception-escape): without memory to say so, ending is right.
    if (const Status stopped = impl_->stop(std::chrono::milliseconds(0)); !stopped) {
        log_debug("net", "HTTP server: " + stopped.error().message());
    }
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options, HttpRouter router) {
    const bool authenticates = !options.token.empty() || options.handlers_authenticate;
    if (options.handler_threads < 1) return Error(ErrorCode::kInvalidArgument, "an HTTP server without threads");
    std::shared_ptr<TlsContext> tls;
    if (options.tls) {
        COFRE_ASSIGN(tls, load_tls(*options.tls));
    }
    COFRE_ASSIGN(auto sockets, open_listen_sockets(options.listen, authenticates));
    raise_descriptor_limit(options.limits.max_connections);

    const int threads = options.handler_threads;
    auto impl = std::make_unique<Impl>(std::move(options), std::move(router));
    for (const auto& socket : sockets) {
        impl->places.push_back(socket.place());
        if (impl->port == 0) impl->port = socket.port();
    }
    impl->core.set_tls(std::move(tls));
    impl->core.listen(std::move(sockets));
    for (int i = 0; i < threads; ++i) {
        impl->threads.spawn([core = &impl->core](const std::stop_token& stop) { return core->pool().work(stop); });
    }
    impl->threads.spawn([core = &impl->core](const std::stop_token& /*stop*/) -> Status {
        core->run();
        return {};
    });
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

std::vector<std::string> HttpServer::places() const {
    return impl_->places;
}

std::uint16_t HttpServer::port() const {
    return impl_->port;
}

Status HttpServer::reload_tls() {
    const auto& files = impl_->core.options().tls;
    if (!files) return Error(ErrorCode::kInvalidArgument, "the server has no TLS files");
    COFRE_ASSIGN(auto tls, load_tls(*files));
    asio::post(impl_->core.io(),
               [core = &impl_->core, tls = std::move(tls)]() mutable { core->set_tls(std::move(tls)); });
    return {};
}

HttpServerCounters HttpServer::counters() const {
    return impl_->core.counters();
}

Status HttpServer::shutdown(std::chrono::milliseconds grace) {
    return impl_->stop(grace);
}

}  // namespace cofre::net
