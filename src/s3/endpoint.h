#pragma once

/// @file
/// From bucket and key to a URL. Pure. Source: Amazon S3 User Guide, "Virtual
/// hosting of buckets" and "Bucket naming rules".

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/url.h"
#include "s3/provider_profile.h"

namespace cofre::s3 {

struct EndpointOptions {
    std::string bucket;
    std::string region = "us-east-1";
    std::string endpoint;  ///< "https://host[:port][/path]"; empty: Amazon's of `region`.
    AddressingStyle style = AddressingStyle::kPath;
    bool allow_http = false;  ///< Plain http to another host than loopback.
    /// Of Amazon's endpoints, those with validated cryptography, and those with
    /// IPv6 addresses. No effect where `endpoint` is given.
    bool use_fips = false;
    bool use_dualstack = false;
};

/// Where the requests for one bucket go. Immutable.
class Endpoint {
public:
    /// kInvalidArgument: no such bucket name can exist, an odd region, a
    /// malformed endpoint, or http to a host that is not loopback. A bucket
    /// whose name cannot be a host name (dots under https, capital letters, an
    /// address as endpoint) is addressed by path whatever `style` says.
    static Result<Endpoint> create(const EndpointOptions& options);

    struct Target {
        std::string url;   ///< With the query.
        std::string host;  ///< For the Host header and the signature.
        std::string path;  ///< Of the URL, percent-encoded once.
    };
    /// `key` empty: the bucket itself. `query`: encoded, without '?'.
    Target target(std::string_view key, std::string_view query) const;

    const std::string& bucket() const { return bucket_; }
    const std::string& region() const { return region_; }
    AddressingStyle style() const { return style_; }  ///< The one that is used.
    bool is_amazon() const { return is_amazon_; }     ///< No endpoint was given: the region names the host.

    /// "https://host[:port][/path]", without the bucket: for messages.
    std::string base_url() const { return base_.scheme + "://" + base_.authority() + prefix_; }

private:
    Endpoint() = default;

    std::string bucket_;
    std::string region_;
    AddressingStyle style_ = AddressingStyle::kPath;
    bool is_amazon_ = false;
    net::Url base_;
    std::string prefix_;  // Path of the endpoint, without a '/' at its end.
};

}  // namespace cofre::s3
