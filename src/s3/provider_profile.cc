#include "s3/provider_profile.h"

#include <array>
#include <string>

#include "net/http_message.h"
#include "net/url.h"

namespace cofre::s3 {
namespace {

constexpr AddressingStyle kHost = AddressingStyle::kVirtualHost;

// Why a row differs from the careful last one is said in docs/providers.md.
constexpr std::array kProfiles = {
    ProviderProfile{.name = "aws", .addressing = kHost, .sends_checksum = true, .conditional_put = true},
    ProviderProfile{.name = "r2", .conditional_put = true, .equal_parts = true},
    ProviderProfile{.name = "b2"},
    ProviderProfile{.name = "gcs", .verifies_payload = false, .equal_parts = true},
    ProviderProfile{.name = "minio", .sends_checksum = true, .conditional_put = true},
    ProviderProfile{.name = "ceph", .conditional_put = true, .bare_if_match = true},
    ProviderProfile{.name = "wasabi", .addressing = kHost},
    ProviderProfile{.name = "scaleway", .addressing = kHost, .max_parts = 1'000},
    ProviderProfile{.name = "digitalocean", .addressing = kHost, .list_url_encoding = false},
    ProviderProfile{.name = "hetzner", .addressing = kHost},
    ProviderProfile{.name = "ovh", .addressing = kHost},
    ProviderProfile{.name = "idrive"},
    ProviderProfile{.name = "storj", .min_part_size = 64_MiB},
    ProviderProfile{.name = "seaweedfs", .list_version = 1, .verifies_payload = false},
    ProviderProfile{.name = "garage"},
    ProviderProfile{.name = "unknown", .list_version = 1, .list_url_encoding = false, .verifies_payload = false},
};

constexpr const ProviderProfile& kAws = kProfiles.front();
constexpr const ProviderProfile& kUnknown = kProfiles.back();

struct HostRule {
    std::string_view suffix;
    std::string_view provider;
};

// Only hosts that a provider runs itself; software that anyone can run
// (minio, ceph, seaweedfs, garage) has to be named.
constexpr std::array kHostRules = {
    HostRule{".amazonaws.com", "aws"},
    HostRule{".amazonaws.com.cn", "aws"},
    HostRule{".r2.cloudflarestorage.com", "r2"},
    HostRule{".backblazeb2.com", "b2"},
    HostRule{"storage.googleapis.com", "gcs"},
    HostRule{".wasabisys.com", "wasabi"},
    HostRule{".scw.cloud", "scaleway"},
    HostRule{".digitaloceanspaces.com", "digitalocean"},
    HostRule{".your-objectstorage.com", "hetzner"},
    HostRule{".cloud.ovh.net", "ovh"},
    HostRule{".cloud.ovh.us", "ovh"},
    HostRule{".idrivee2.com", "idrive"},
    HostRule{".storjshare.io", "storj"},
};

}  // namespace

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
    const std::string host = "." + url->host;
    for (const auto& [suffix, provider] : kHostRules) {
        if (host.ends_with(suffix)) return *find_provider(provider);
    }
    return kUnknown;
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
