#include "aws/sts_endpoint.h"

#include <algorithm>
#include <array>
#include <utility>

#include "aws/shared_files.h"
#include "net/url.h"

namespace cofre::aws {
namespace {

constexpr std::string_view kGlobalUrl = "https://sts.amazonaws.com";
constexpr std::string_view kGlobalRegion = "us-east-1";

struct Partition {
    std::string_view prefix;
    std::string_view domain;
};
/// Source: botocore, data/partitions.json.
constexpr std::array<Partition, 7> kPartitions = {{{"cn-", "amazonaws.com.cn"},
                                                   {"us-iso-", "c2s.ic.gov"},
                                                   {"us-isob-", "sc2s.sgov.gov"},
                                                   {"eu-isoe-", "cloud.adc-e.uk"},
                                                   {"us-isof-", "csp.hci.ic.gov"},
                                                   {"eu-isof-", "csp.hci.ic.gov"},
                                                   {"eusc-", "amazonaws.eu"}}};

/// Regions that sts_regional_endpoints=legacy sends to the global endpoint.
/// Source: AWS SDKs and Tools Reference Guide, "AWS STS Regional endpoints".
constexpr std::array<std::string_view, 16> kLegacyRegions = {
    "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "aws-global", "ca-central-1",
    "eu-central-1",   "eu-north-1", "eu-west-1",      "eu-west-2",      "eu-west-3",  "sa-east-1",
    "us-east-1",      "us-east-2",  "us-west-1",      "us-west-2"};

std::string setting(const AwsProfiles& profiles, const std::string& profile, const std::string& key) {
    const auto found = profiles.find(profile);
    return found == profiles.end() ? std::string() : aws::setting(found->second, key);
}

std::string first_of(std::initializer_list<std::string> values) {
    const auto* const found = std::find_if(values.begin(), values.end(), [](const auto& v) { return !v.empty(); });
    return found == values.end() ? std::string() : *found;
}

std::string configured_url(const AwsProfiles& profiles, const std::string& profile) {
    const auto ignored = first_of({aws_environment("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
                                   setting(profiles, profile, "ignore_configured_endpoint_urls")});
    if (is_true(ignored)) return {};
    const std::string services = setting(profiles, profile, "services");
    return first_of({aws_environment("AWS_ENDPOINT_URL_STS"), aws_environment("AWS_ENDPOINT_URL"),
                     services.empty() ? "" : setting(profiles, "services " + services, "sts.endpoint_url"),
                     setting(profiles, profile, "endpoint_url")});
}

bool is_region_name(std::string_view text) {
    return text.size() <= 63 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
           });
}

}  // namespace

std::string regional_sts_url(std::string_view region) {
    std::string_view domain = "amazonaws.com";
    for (const auto& partition : kPartitions) {
        if (region.starts_with(partition.prefix)) domain = partition.domain;
    }
    return "https://sts." + std::string(region) + "." + std::string(domain);
}

Result<StsEndpoint> find_sts_endpoint(const AwsProfiles& profiles, const std::string& profile) {
    StsEndpoint endpoint;
    endpoint.region = first_of(
        {aws_environment("AWS_REGION"), aws_environment("AWS_DEFAULT_REGION"), setting(profiles, profile, "region")});
    if (!is_region_name(endpoint.region)) {
        return Error(ErrorCode::kInvalidArgument, "the region set for STS is not a name such as eu-west-1")
            .with_hint("check AWS_REGION, AWS_DEFAULT_REGION and the profile's region");
    }
    const auto bundle = first_of({aws_environment("AWS_CA_BUNDLE"), setting(profiles, profile, "ca_bundle")});
    if (!bundle.empty()) endpoint.ca_bundle = bundle;

    endpoint.url = configured_url(profiles, profile);
    const auto mode =
        first_of({aws_environment("AWS_STS_REGIONAL_ENDPOINTS"), setting(profiles, profile, "sts_regional_endpoints")});
    const bool is_global = endpoint.region.empty() || endpoint.region == "aws-global" ||
                           (mode == "legacy" && std::find(kLegacyRegions.begin(), kLegacyRegions.end(),
                                                          endpoint.region) != kLegacyRegions.end());
    if (!endpoint.url.empty()) {
        const auto url = net::parse_url(endpoint.url);
        if (!url) return Error(url.error()).context("the endpoint URL set for STS");
        if (endpoint.region.empty()) endpoint.region = kGlobalRegion;
        endpoint.is_configured = true;
    } else if (is_global) {
        endpoint.url = kGlobalUrl;
        endpoint.region = kGlobalRegion;
    } else {
        endpoint.url = regional_sts_url(endpoint.region);
    }
    return endpoint;
}

}  // namespace cofre::aws
