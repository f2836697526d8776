#pragma once

/// @file
/// Where STS is asked. Source: AWS SDKs and Tools Reference Guide, "AWS STS
/// Regional endpoints" and "Service-specific endpoints".

#include <filesystem>
#include <optional>
#include <string>

#include "aws/shared_config.h"
#include "base/result.h"

namespace cofre::aws {

struct StsEndpoint {
    std::string url;             ///< "https://sts.eu-west-1.amazonaws.com".
    std::string region;          ///< That requests are signed for.
    bool is_configured = false;  ///< A setting names it; else the region does.
    std::optional<std::filesystem::path> ca_bundle;
    std::string proxy;  ///< As net::HttpClientOptions wants it.
};

/// By AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, the profile's `services` section,
/// its endpoint_url; else by the region: AWS_REGION, AWS_DEFAULT_REGION, the
/// profile's region. Without a region the global endpoint. `profile` is one of
/// `profiles`, or is not in it. kInvalidArgument: the region is not a name of
/// one, or the URL is malformed.
Result<StsEndpoint> find_sts_endpoint(const AwsProfiles& profiles, const std::string& profile);

/// "https://sts.cn-north-1.amazonaws.com.cn".
std::string regional_sts_url(std::string_view region);

}  // namespace cofre::aws
