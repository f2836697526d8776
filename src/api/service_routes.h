#pragma once

/// @file
/// What `cofre serve` answers. No logic: each route calls one function.

#include <functional>
#include <string>

#include "api/service_status.h"
#include "base/result.h"
#include "net/http_router.h"

namespace cofre::api {

/// Functions are called on the server's threads, several at once, and must outlive the router.
struct ServicePort {
    std::function<ServiceStatus()> status;
    std::function<Status(const std::string& job)> trigger;
    std::function<Status(const std::string& job, bool paused)> set_paused;
};

/// GET /            the status page, English or Portuguese
/// GET /metrics     Prometheus' text format
/// GET /healthz     "ok" as long as the process lives; needs no token
/// GET /readyz      "ok" if the catalog answers, else 503; needs no token
/// GET /api/v1/status                   status_json()
/// POST /api/v1/jobs/{job}/trigger      202; 404: no such job
/// POST /api/v1/jobs/{job}/pause|resume 200; 404
Status add_service_routes(net::HttpRouter& router, const ServicePort& port);

}  // namespace cofre::api
