#pragma once

/// @file
/// Private to net: one request under way, as libcurl's callbacks see it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "net/http_client.h"

namespace cofre::net {

/// Moves bytes between a request's source, a response and its handler. All
/// arguments must outlive it. Waits where a rate is limited. Not thread-safe.
class HttpTransfer {
public:
    HttpTransfer(const CallContext& ctx, const HttpClientOptions& options, const HttpRequest& request,
                 const ResponseHandler& handler)
        : ctx_(ctx), options_(options), request_(request), handler_(handler) {}

    /// Fills `out` with the next bytes of the body; 0 at its end, nullopt after
    /// an error of the source.
    std::optional<std::size_t> read_body(std::span<std::byte> out);
    void rewind_body(std::uint64_t offset) { sent_ = offset; }

    /// One header line, or a status line, which starts the headers anew: an
    /// interim answer (100) and a proxy's own come before the final one.
    void on_header_line(std::string_view line);

    /// False: the transfer must stop, for the reason in error().
    bool on_body(std::span<const std::byte> bytes);

    /// Call when the answer is whole.
    Result<HttpResponse> finish();

    const std::optional<Error>& error() const { return error_; }

private:
    bool passes_body() const { return handler_.on_body && response_.ok(); }
    Status pass_head();
    bool stop_with(Status status);

    const CallContext& ctx_;
    const HttpClientOptions& options_;
    const HttpRequest& request_;
    const ResponseHandler& handler_;
    HttpResponse response_;
    std::uint64_t sent_ = 0;
    bool head_passed_ = false;
    std::optional<Error> error_;
};

}  // namespace cofre::net
