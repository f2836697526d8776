#pragma once

/// @file
/// Private to aws: HTTP to a service of the host itself, which is near or absent.

#include <chrono>
#include <memory>
#include <string>

#include "base/call_context.h"
#include "base/clock.h"
#include "net/http_client.h"

namespace cofre::aws {

/// Thread-safe. Never through a proxy, whatever the environment says: what comes
/// back are keys, and link-local addresses mean this host only.
class MetadataClient {
public:
    /// `timeout` bounds the connection, each silence, and the whole exchange.
    MetadataClient(std::chrono::milliseconds timeout, Clock& clock) : timeout_(timeout), clock_(clock) {}

    /// As HttpClient::send(), but kUnavailable, not kDeadlineExceeded, when the
    /// timeout passes rather than the deadline of `ctx`.
    Result<net::HttpResponse> send(const CallContext& ctx, const net::HttpRequest& request) const;

private:
    const std::chrono::milliseconds timeout_;
    Clock& clock_;
};

}  // namespace cofre::aws
