#include "s3/provider_profile.h"

#include <algorithm>
#include <array>
#include <string>

#include "net/http_message.h"
#include "net/url.h"

namespace cofre::s3 {
namespace {

constexpr AddressingStyle kHost = AddressingStyle::kVirtualHost;

// Why a row differs from the careful last one is said in docs/providers.md.
constexpr std::array kProfiles = {
    ProviderProfile{
        .name = "aws", .title = "Amazon S3", .addressing = kHost, .sends_checksum = true, .conditional_put = true},
    ProviderProfile{
        .name = "r2", .title = "Cloudflare R2", .default_region = "auto", .conditional_put = true, .equal_parts = true},
    ProviderProfile{.name = "b2", .title = "Backblaze B2"},
    ProviderProfile{.name = "gcs",
                    .title = "Google Cloud Storage (HMAC keys)",
                    .default_region = "auto",
                    .verifies_payload = false,
                    .equal_parts = true,
                    .copies_parts = false},
    ProviderProfile{.name = "minio", .title = "MinIO", .sends_checksum = true, .conditional_put = true},
    ProviderProfile{.name = "ceph", .title = "Ceph RADOS Gateway", .conditional_put = true, .bare_if_match = true},
    ProviderProfile{.name = "wasabi", .title = "Wasabi", .addressing = kHost},
    ProviderProfile{.name = "scaleway",
                    .title = "Scaleway Object Storage",
                    .default_region = "fr-par",
                    .addressing = kHost,
                    .max_parts = 1'000},
    ProviderProfile{
        .name = "digitalocean", .title = "DigitalOcean Spaces", .addressing = kHost, .list_url_encoding = false},
    ProviderProfile{.name = "hetzner", .title = "Hetzner Object Storage", .addressing = kHost},
    ProviderProfile{.name = "ovh", .title = "OVHcloud Object Storage", .default_region = "gra", .addressing = kHost},
    ProviderProfile{.name = "idrive", .title = "IDrive e2"},
    ProviderProfile{
        .name = "storj", .title = "Storj", .equal_parts = true, .copies_parts = false, .min_part_size = 64_MiB},
    ProviderProfile{.name = "seaweedfs", .title = "SeaweedFS", .list_version = 1, .verifies_payload = false},
    ProviderProfile{.name = "garage", .title = "Garage", .default_region = "garage"},
    ProviderProfile{.name = "unknown",
                    .title = "a store not known by name",
                    .list_version = 1,
                    .list_url_encoding = false,
                    .verifies_payload = false},
};

constexpr const ProviderProfile& kAws = kProfiles.front();
constexpr const ProviderProfile& kUnknown = kProfiles.back();

struct HostRule {
    std::string_view suffix;
    std::string_view provider;
    bool names_region = false;  ///< The label before the suffix is the region, unless it is the service's own name.
};

// Only hosts that a provider runs itself; software that anyone can run
// (minio, ceph, seaweedfs, garage) has to be named. DigitalOcean wants
// us-east-1 whatever its hosts are called.
constexpr std::array kHostRules = {
    HostRule{".amazonaws.com", "aws", /*names_region=*/true},
    HostRule{".amazonaws.com.cn", "aws", /*names_region=*/true},
    HostRule{".r2.cloudflarestorage.com", "r2"},
    HostRule{".backblazeb2.com", "b2", /*names_region=*/true},
    HostRule{"storage.googleapis.com", "gcs"},
    HostRule{".wasabisys.com", "wasabi", /*names_region=*/true},
    HostRule{".scw.cloud", "scaleway", /*names_region=*/true},
    HostRule{".digitaloceanspaces.com", "digitalocean"},
    HostRule{".your-objectstorage.com", "hetzner", /*names_region=*/true},
    HostRule{".io.cloud.ovh.net", "ovh", /*names_region=*/true},
    HostRule{".perf.cloud.ovh.net", "ovh", /*names_region=*/true},
    HostRule{".cloud.ovh.net", "ovh"},
    HostRule{".io.cloud.ovh.us", "ovh", /*names_region=*/true},
    HostRule{".cloud.ovh.us", "ovh"},
    HostRule{".idrivee2.com", "idrive", /*names_region=*/true},
    HostRule{".storjshare.io", "storj"},
};

const HostRule* rule_for(std::string_view dotted_host) {
    for (const auto& rule : kHostRules) {
        if (dotted_host.ends_with(rule.suffix)) return &rule;
    }
    return nullptr;
}

}  // namespace

std::span<const ProviderProfile> all_providers() {
    return kProfiles;
}

const ProviderProfile* find_provider(std::string_view name) {
    for (const auto& profile : kProfiles) {
        if (profile.name == name) return &profile;
    }
    return nullptr;
}

const ProviderProfile& guess_provider(std::string_view endpoint) {
    if (endpoint.empty()) return kAws;
    const auto url = net::parse_url(endpoint);
    if (!url) return kUnknown;
    const HostRule* const rule = rule_for("." + url->host);
    return rule == nullptr ? kUnknown : *find_provider(rule->provider);
}

std::string region_of_endpoint(std::string_view endpoint) {
    const auto url = net::parse_url(endpoint);
    if (!url) return {};
    const std::string host = "." + url->host;
    const HostRule* const rule = rule_for(host);
    if (rule == nullptr || !rule->names_region) return {};
    const std::string_view labels = std::string_view(host).substr(0, host.size() - rule->suffix.size());
    const std::string_view label = labels.substr(std::min(labels.size(), labels.rfind('.') + 1));
    return label == "s3" || label == "dualstack" ? std::string() : std::string(label);
}

const ProviderProfile* recognize(const net::HttpResponse& response) {
    const std::string_view server = response.header("server");
    if (server.starts_with("MinIO")) return find_provider("minio");
    if (server.starts_with("SeaweedFS")) return find_provider("seaweedfs");
    // Ceph RGW names no software, but no other store's ids look like
    // "tx00000000000000000001d-0069211b4e-1043-default".
    const std::string_view id = response.header("x-amz-request-id");
    if (id.starts_with("tx00000") && id.find('-') != std::string_view::npos) return find_provider("ceph");
    return nullptr;
}

}  // namespace cofre::s3
