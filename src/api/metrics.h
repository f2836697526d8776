#pragma once

/// @file
/// /metrics, in the text format of Prometheus.

#include <string>

#include "api/service_status.h"

namespace cofre::api {

/// Names and labels: docs/operations.md. Times are seconds since 1970, as is the custom; a value that
/// is not known is left out rather than 0.
std::string metrics_text(const ServiceStatus& status);

}  // namespace cofre::api
