#include "s3/endpoint.h"

#include <algorithm>

#include "base/encoding.h"

namespace cofre::s3 {
namespace {

bool is_lower_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_alnum(char c) {
    return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

// Today's rules: 3 to 63 of [a-z0-9.-]; alphanumeric at both ends of each label.
bool is_host_name(std::string_view bucket) {
    if (bucket.size() < 3 || bucket.size() > 63) return false;
    char before = '.';
    for (const char c : bucket) {
        if (!is_lower_alnum(c) && c != '-' && c != '.') return false;
        if (before == '.' && !is_lower_alnum(c)) return false;
        if (c == '.' && !is_lower_alnum(before)) return false;
        before = c;
    }
    return is_lower_alnum(before);
}

// Buckets made before 2018, and those of other stores, may use more.
bool is_possible_bucket(std::string_view bucket) {
    const auto allowed = [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_' || c == ':'; };
    return !bucket.empty() && bucket.size() <= 255 && bucket != "." && bucket != ".." &&
           std::all_of(bucket.begin(), bucket.end(), allowed);
}

bool is_region(std::string_view region) {
    const auto allowed = [](char c) { return is_alnum(c) || c == '-' || c == '_'; };
    return !region.empty() && region.size() <= 64 && std::all_of(region.begin(), region.end(), allowed);
}

// Source: AWS General Reference, "Amazon Simple Storage Service endpoints".
std::string amazon_endpoint(const EndpointOptions& options) {
    std::string url = options.use_fips ? "https://s3-fips." : "https://s3.";
    if (options.use_dualstack) url += "dualstack.";
    url.append(options.region).append(".amazonaws.com");
    if (options.region.starts_with("cn-")) url += ".cn";
    return url;
}

Result<net::Url> parse_endpoint(const EndpointOptions& options) {
    const std::string text = options.endpoint.empty() ? amazon_endpoint(options) : options.endpoint;
    auto url = net::parse_url(text);
    if (!url)
        return std::move(url).error().context("endpoint").with_hint("write it as https://host or https://host:port");
    if (!url->query.empty()) return Error(ErrorCode::kInvalidArgument, "endpoint: '?' is not allowed in it");
    if (url->scheme == "http" && !options.allow_http && !url->is_loopback()) {
        return Error(ErrorCode::kInvalidArgument,
                     "endpoint " + url->str() + ": plain http would show your data to the network")
            .with_hint("use https, or set allow_http if the network is trusted");
    }
    return url;
}

bool fits_in_host(const std::string& bucket, const net::Url& base) {
    // A wildcard certificate covers one label: a dotted name would fail under TLS.
    const bool dotted = bucket.find('.') != std::string::npos;
    return is_host_name(bucket) && !base.is_address() && !(dotted && base.scheme == "https");
}

}  // namespace

Result<Endpoint> Endpoint::create(const EndpointOptions& options) {
    if (!is_possible_bucket(options.bucket)) {
        return Error(ErrorCode::kInvalidArgument,
                     options.bucket.empty() ? "no bucket is named" : "no bucket can have this name: " + options.bucket);
    }
    if (!is_region(options.region)) {
        return Error(ErrorCode::kInvalidArgument, "not a region's name: \"" + options.region + "\"");
    }
    Endpoint endpoint;
    COFRE_ASSIGN(endpoint.base_, parse_endpoint(options));
    endpoint.bucket_ = options.bucket;
    endpoint.region_ = options.region;
    endpoint.is_amazon_ = options.endpoint.empty();
    endpoint.prefix_ = endpoint.base_.path;
    while (endpoint.prefix_.ends_with('/'))
        endpoint.prefix_.pop_back();

    const bool by_host = options.style == AddressingStyle::kVirtualHost && fits_in_host(options.bucket, endpoint.base_);
    endpoint.style_ = by_host ? AddressingStyle::kVirtualHost : AddressingStyle::kPath;
    return endpoint;
}

Endpoint::Target Endpoint::target(std::string_view key, std::string_view query) const {
    Target target;
    target.path = prefix_;
    if (style_ == AddressingStyle::kVirtualHost) {
        target.host.append(bucket_).append(".");
    } else {
        target.path.append("/").append(percent_encode(bucket_));
    }
    target.host += base_.authority();
    if (!key.empty() || style_ == AddressingStyle::kVirtualHost) target.path += '/';
    target.path += percent_encode(key, SlashRule::kKeep);

    target.url.reserve(target.host.size() + target.path.size() + query.size() + 16);
    target.url.append(base_.scheme).append("://").append(target.host).append(target.path);
    if (!query.empty()) target.url.append("?").append(query);
    return target;
}

}  // namespace cofre::s3
