#pragma once

/// @file
/// Private to net: one libcurl handle with the connection it keeps.

#include <memory>

#include "net/http_client.h"

namespace cofre::net {

/// Not thread-safe; HttpClient lends it to one caller at a time.
class HttpConnection {
public:
    /// kInternal: libcurl cannot allocate a handle.
    static Result<std::unique_ptr<HttpConnection>> create(const HttpClientOptions& options, const Clock& clock);
    ~HttpConnection();

    /// As HttpClient::send(). After an error the connection is closed, and the
    /// next call opens a new one.
    Result<HttpResponse> perform(const CallContext& ctx, const HttpRequest& request, const ResponseHandler& handler);

private:
    struct Impl;
    explicit HttpConnection(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace cofre::net
