#include "net/http_client.h"

#include <utility>
#include <vector>

#include <unistd.h>

#include "base/bounded_queue.h"
#include "base/guarded.h"
#include "net/curl_start.h"
#include "net/http_connection.h"

namespace cofre::net {
namespace {

struct Permit {};

}  // namespace

struct HttpClient::Impl {
    Impl(HttpClientOptions client_options, Clock& client_clock)
        : options(std::move(client_options)),
          clock(client_clock),
          permits(static_cast<std::size_t>(options.max_connections)) {}

    Result<std::unique_ptr<HttpConnection>> take();
    void give_back(std::unique_ptr<HttpConnection> connection);

    const HttpClientOptions options;
    const Clock& clock;
    BoundedQueue<Permit> permits;  // As many as requests may still start.
    // Last in, first out: few callers use few connections.
    Guarded<std::vector<std::unique_ptr<HttpConnection>>> idle;
};

Result<std::unique_ptr<HttpConnection>> HttpClient::Impl::take() {
    auto kept = idle.with([](auto& connections) -> std::unique_ptr<HttpConnection> {
        if (connections.empty()) return nullptr;
        auto last = std::move(connections.back());
        connections.pop_back();
        return last;
    });
    if (kept) return kept;
    return HttpConnection::create(options, clock);
}

void HttpClient::Impl::give_back(std::unique_ptr<HttpConnection> connection) {
    idle.with([&](auto& connections) { connections.push_back(std::move(connection)); });
}

HttpClient::HttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::create(HttpClientOptions options, Clock& clock) {
    if (options.max_connections < 1) {
        return Error(ErrorCode::kInvalidArgument, "HTTP client: at least one connection is needed");
    }
    if (options.ca_bundle && ::access(options.ca_bundle->c_str(), R_OK) != 0) {
        return Error(ErrorCode::kInvalidArgument, "CA bundle " + options.ca_bundle->string() + ": cannot be read");
    }
    if (!libcurl_is_ready()) return Error(ErrorCode::kInternal, "libcurl cannot be initialized");
    auto impl = std::make_unique<Impl>(std::move(options), clock);
    for (int i = 0; i < impl->options.max_connections; ++i)
        COFRE_TRY(impl->permits.push(Permit{}, {}));
    return std::unique_ptr<HttpClient>(new HttpClient(std::move(impl)));
}

Result<HttpResponse> HttpClient::send(const CallContext& ctx, const HttpRequest& request,
                                      const ResponseHandler& handler) {
    COFRE_ASSIGN(auto permit, impl_->permits.pop(ctx.stop));
    auto connection = impl_->take();
    Result<HttpResponse> response = [&]() -> Result<HttpResponse> {
        if (!connection) return connection.error();
        return (*connection)->perform(ctx, request, handler);
    }();
    if (connection) impl_->give_back(*std::move(connection));
    // Never blocks: there is room for every permit, and no stop is asked for.
    COFRE_TRY(impl_->permits.push(*permit, {}));
    return response;
}

}  // namespace cofre::net
