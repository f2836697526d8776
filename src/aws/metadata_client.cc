#include "aws/metadata_client.h"

#include <algorithm>

#include "base/units.h"

namespace cofre::aws {

Result<net::HttpResponse> MetadataClient::send(const CallContext& ctx, const net::HttpRequest& request) const {
    // A client for each exchange: they are minutes or hours apart, and these
    // services close what is idle.
    COFRE_ASSIGN(
        const auto http,
        net::HttpClient::create(
            {.max_connections = 1, .connect_timeout = timeout_, .idle_timeout = timeout_, .use_proxy = false}, clock_));
    CallContext limited = ctx;
    limited.deadline = std::min(ctx.deadline, clock_.now() + timeout_);
    auto response = http->send(limited, request);
    if (response || response.error().code() != ErrorCode::kDeadlineExceeded || limited.deadline == ctx.deadline) {
        return response;
    }
    return Error(ErrorCode::kUnavailable, "no answer within " + format_duration(timeout_));
}

}  // namespace cofre::aws
