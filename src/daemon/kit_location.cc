#include "daemon/kit_location.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/utf8.h"
#include "s3/endpoint.h"

namespace cofre::daemon {
namespace {

constexpr std::string_view kHttps = "https://";

Error has_no_name(const std::string& what) {
    return Error(ErrorCode::kUnsupported, "restic cannot name this repository: " + what)
        .with_hint("a recovery kit is made only where stock restic can restore, too");
}

/// Where systems keep the certificates that every program trusts: to name one
/// of these would send people looking for it on a system that has another.
bool is_of_system(const std::filesystem::path& bundle) {
    constexpr std::array kBundles = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                     "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem"};
    return std::find(kBundles.begin(), kBundles.end(), bundle) != kBundles.end();
}

bool is_clean(std::string_view prefix) {
    // As text: paths that differ in empty parts only compare equal.
    return prefix.empty() || std::filesystem::path(prefix).lexically_normal().native() == prefix;
}

/// "s3:https://host/bucket/prefix" is a URL to restic, and is decoded;
/// "s3:host/bucket/prefix" is taken as it is, over https.
Result<std::string> restic_name(std::string_view base, const std::string& bucket, const std::string& prefix) {
    const auto scheme = base.find("://");
    if (base.find('/', scheme + 3) != std::string_view::npos) {
        return has_no_name("the endpoint " + std::string(base) + " has a path");
    }
    if (!is_clean(prefix) || prefix.starts_with('/')) {
        return has_no_name("its prefix \"" + escape_for_display(prefix) + "\" has empty or dotted parts");
    }
    const bool is_literal = prefix.find_first_of("%?#") == std::string::npos;
    const std::string place = '/' + bucket + (prefix.empty() ? "" : '/' + prefix);
    if (is_literal) return "s3:" + std::string(base) + place;
    if (!base.starts_with(kHttps)) return has_no_name("its prefix has one of % ? #, and the endpoint is no https");
    return "s3:" + std::string(base.substr(kHttps.size())) + place;
}

Result<s3::Endpoint> endpoint_of(const config::TargetConfig& target, const s3::S3Options& options) {
    return s3::Endpoint::create({.bucket = target.bucket,
                                 .region = options.region,
                                 .endpoint = options.endpoint,
                                 .style = options.addressing.value_or(s3::AddressingStyle::kPath),
                                 .allow_http = options.allow_http,
                                 .use_fips = options.use_fips,
                                 .use_dualstack = options.use_dualstack});
}

}  // namespace

Result<report::KitLocation> kit_location(const config::TargetConfig& target, const OpenTarget& open) {
    report::KitLocation place;
    place.description = open.description;
    if (target.kind == config::TargetKind::kFolder) {
        place.folder = target.folder.native();
        place.restic_name = place.folder;
        return place;
    }
    COFRE_ASSIGN(const auto options, s3_options_for(target));
    COFRE_ASSIGN(const auto endpoint, endpoint_of(target, options));
    place.is_s3 = true;
    place.bucket = target.bucket;
    place.prefix = target.prefix;
    if (place.prefix.ends_with('/')) place.prefix.pop_back();
    place.endpoint = endpoint.base_url();
    place.region = options.region;
    place.role_arn = target.role_arn;
    const bool has_tls = place.endpoint.starts_with(kHttps);
    if (has_tls && options.ca_bundle && !is_of_system(*options.ca_bundle))
        place.ca_bundle = options.ca_bundle->native();
    // For Amazon restic finds it out itself.
    const bool wants_virtual_host = options.addressing == s3::AddressingStyle::kVirtualHost;
    place.is_virtual_host = wants_virtual_host && !endpoint.is_amazon();
    place.has_customer_key = !target.sse_customer_key.empty();
    COFRE_ASSIGN(place.restic_name, restic_name(place.endpoint, place.bucket, place.prefix));
    return place;
}

}  // namespace cofre::daemon
