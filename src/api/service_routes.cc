#include "api/service_routes.h"

#include <utility>

#include "api/metrics.h"
#include "api/status_page.h"

namespace cofre::api {
namespace {

net::HttpReply page(const ServicePort& port, const net::ServerRequest& request) {
    const auto language = page_language(request.query, request.header("accept-language"));
    auto reply = net::HttpReply::text(200, status_page(port.status(), language), "text/html; charset=utf-8");
    reply.headers.push_back({"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"});
    reply.headers.push_back({"Cache-Control", "no-store"});
    return reply;
}

net::HttpReply ready(const ServicePort& port) {
    const auto status = port.status();
    if (status.catalog_error.empty()) return net::HttpReply::text(200, "ok\n");
    return net::HttpReply::text(503, "the catalog does not answer\n");
}

Result<net::HttpReply> done(int status, Status outcome) {
    if (!outcome) return std::move(outcome).error();
    return net::HttpReply::json(status, R"({"done":true})");
}

}  // namespace

Status add_service_routes(net::HttpRouter& router, const ServicePort& port) {
    using Request = net::ServerRequest;
    const net::RouteOptions open{.is_public = true};
    COFRE_TRY(router.add("GET", "/", [port](const CallContext&, const Request& request) -> Result<net::HttpReply> {
        return page(port, request);
    }));
    COFRE_TRY(router.add("GET", "/metrics", [port](const CallContext&, const Request&) -> Result<net::HttpReply> {
        return net::HttpReply::text(200, metrics_text(port.status()), "text/plain; version=0.0.4; charset=utf-8");
    }));
    COFRE_TRY(router.add(
        "GET", "/healthz",
        [](const CallContext&, const Request&) -> Result<net::HttpReply> { return net::HttpReply::text(200, "ok\n"); },
        open));
    COFRE_TRY(router.add(
        "GET", "/readyz", [port](const CallContext&, const Request&) -> Result<net::HttpReply> { return ready(port); },
        open));
    COFRE_TRY(router.add("GET", "/api/v1/status", [port](const CallContext&, const Request&) -> Result<net::HttpReply> {
        return net::HttpReply::json(200, status_json(port.status()));
    }));
    COFRE_TRY(router.add("POST", "/api/v1/jobs/{job}/trigger",
                         [port](const CallContext&, const Request& request) -> Result<net::HttpReply> {
                             return done(202, port.trigger(request.parameter("job")));
                         }));
    for (const bool pauses : {true, false}) {
        COFRE_TRY(router.add("POST", std::string("/api/v1/jobs/{job}/") + (pauses ? "pause" : "resume"),
                             [port, pauses](const CallContext&, const Request& request) -> Result<net::HttpReply> {
                                 return done(200, port.set_paused(request.parameter("job"), pauses));
                             }));
    }
    return {};
}

}  // namespace cofre::api
