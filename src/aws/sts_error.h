#pragma once

/// @file
/// Private to aws: what STS answers when it refuses.

#include <string>
#include <string_view>

#include "base/error.h"
#include "net/http_message.h"

namespace cofre::aws {

struct StsFailure {
    int status = 0;
    std::string code;  ///< "AccessDenied"; empty if the answer has none.
    std::string message;
    std::string request_id;
};

/// From an answer that is not 2xx, in XML as STS and Ceph RGW write it.
StsFailure read_sts_failure(const net::HttpResponse& response);

/// 5xx, throttling, and an identity provider that STS could not reach.
bool is_passing(const StsFailure& failure);

/// Signed, STS says, at a time too far from its own.
bool is_about_time(const StsFailure& failure);

/// `operation` is "assume role ARN"; `hidden`, if not empty, is cut out of
/// STS's own words.
Error to_error(const StsFailure& failure, std::string_view operation, std::string_view hidden);

}  // namespace cofre::aws
