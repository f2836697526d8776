#pragma once

/// @file
/// The instance metadata service of EC2, version 2.
/// Source: AWS SDKs and Tools Reference Guide, "IMDS credential provider".

#include <memory>
#include <optional>
#include <string>

#include "aws/credentials.h"
#include "aws/shared_config.h"
#include "base/clock.h"

namespace cofre::aws {

/// Settings are read at each fetch: AWS_EC2_METADATA_DISABLED,
/// AWS_EC2_METADATA_SERVICE_ENDPOINT, _ENDPOINT_MODE (IPv4, IPv6),
/// AWS_METADATA_SERVICE_TIMEOUT (1 s), AWS_METADATA_SERVICE_NUM_ATTEMPTS (1), and
/// the profile's settings of the same meaning. Version 1, which anything that can
/// make this host fetch a URL may read, is asked only if
/// AWS_EC2_METADATA_V1_DISABLED=false says so explicitly.
///
/// kNotFound: disabled, nobody answers, version 2 is refused, or the instance
/// has no role. kUnauthenticated: the service answers {Code, Message}.
/// kUnavailable: it answers, but with a fault.
/// A fault of the service does not end a session: an expired set is used on
/// (refreshing_provider.h, WhenExpired::kExtend).
/// `profile`: as for make_profile_provider().
std::unique_ptr<CredentialProvider> make_imds_provider(std::optional<std::string> profile, Clock& clock);

}  // namespace cofre::aws
