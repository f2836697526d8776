#pragma once

/// @file
/// What S3-compatible stores do differently, as data.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/units.h"

namespace cofre::net {
struct HttpResponse;
}

namespace cofre::s3 {

enum class AddressingStyle : std::uint8_t { kPath, kVirtualHost };

/// One row of the table. Sources: the providers' documents and the quirk notes
/// of other open tools, listed in docs/providers.md.
struct ProviderProfile {
    std::string_view name;   ///< What a configuration calls it: "r2".
    std::string_view title;  ///< What people call it: "Cloudflare R2".
    /// Signed for where neither configuration nor endpoint names one.
    std::string_view default_region = "us-east-1";
    AddressingStyle addressing = AddressingStyle::kPath;
    int list_version = 2;
    bool list_url_encoding = true;  ///< encoding-type=url works.
    bool sends_checksum = false;    ///< x-amz-checksum-sha256 is kept and returned.
    bool verifies_payload = true;   ///< Refuses a body that differs from x-amz-content-sha256.
    bool conditional_put = false;   ///< If-None-Match: * on PUT, and If-Match.
    bool bare_if_match = false;     ///< Compares If-Match of a PUT with an ETag that has no quotes.
    bool equal_parts = false;       ///< All parts but the last must have one size.
    bool copies_parts = true;       ///< UploadPartCopy; elsewhere CopyObject has no limit of size.
    int max_parts = 10'000;
    std::uint64_t min_part_size = 5_MiB;

    friend bool operator==(const ProviderProfile&, const ProviderProfile&) = default;
};

/// The name of a row that `cofre s3 probe` measured.
inline constexpr std::string_view kMeasuredName = "measured";

/// Every row, "unknown" last.
std::span<const ProviderProfile> all_providers();

/// Row by name ("aws", "ceph", "minio", "r2", ...); nullptr if unknown.
const ProviderProfile* find_provider(std::string_view name);

/// From the endpoint's host name; "unknown" (careful defaults) if none fits.
/// An empty endpoint is "aws".
const ProviderProfile& guess_provider(std::string_view endpoint);

/// The region that the endpoint's host name tells, for providers whose host
/// names hold it ("s3.eu-central-003.backblazeb2.com"); else empty.
std::string region_of_endpoint(std::string_view endpoint);

/// From what an answer says of the software that sent it, where the host name
/// told nothing; nullptr if it says nothing.
const ProviderProfile* recognize(const net::HttpResponse& response);

}  // namespace cofre::s3
