#include "net/endpoint_inspection.h"

#include <array>
#include <memory>
#include <string_view>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "net/curl_error.h"
#include "net/url.h"

namespace cofre::net {
namespace {

using std::chrono::milliseconds;

struct InspectionDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};

/// What libcurl tells only in its log.
struct HandshakeLog {
    std::string protocol;
    std::string cipher;
};

// "SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384"
extern "C" int cofre_net_inspect_log(CURL* /*easy*/, curl_infotype type, char* data, std::size_t size, void* log) {
    constexpr std::string_view kIntro = "SSL connection using ";
    std::string_view line(data, size);
    if (type != CURLINFO_TEXT || !line.starts_with(kIntro)) return 0;
    line.remove_prefix(kIntro.size());
    while (!line.empty() && (line.back() == '\n' || line.back() == ' '))
        line.remove_suffix(1);
    const auto slash = line.find(" / ");
    auto& facts = *static_cast<HandshakeLog*>(log);
    facts.protocol = line.substr(0, slash);
    if (slash != std::string_view::npos) facts.cipher = line.substr(slash + 3);
    return 0;
}

extern "C" int cofre_net_inspect_progress(void* ctx, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<const CallContext*>(ctx)->stop.stop_requested() ? 1 : 0;
}

std::optional<WallTime> certificate_time(const std::string& text) {
    const std::time_t time = curl_getdate(text.c_str(), nullptr);
    if (time == -1) return std::nullopt;
    return WallTime(std::chrono::seconds(time));
}

std::vector<CertificateFacts> read_chain(CURL* easy) {
    std::vector<CertificateFacts> chain;
    curl_certinfo* info = nullptr;
    if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || info == nullptr) return chain;
    for (int i = 0; i < info->num_of_certs; ++i) {
        CertificateFacts facts;
        for (const curl_slist* item = info->certinfo[i]; item != nullptr; item = item->next) {
            const std::string_view line(item->data);
            const auto colon = line.find(':');
            if (colon == std::string_view::npos) continue;
            const std::string_view name = line.substr(0, colon);
            const std::string value(line.substr(colon + 1));
            if (name == "Subject") facts.subject = value;
            if (name == "Issuer") facts.issuer = value;
            if (name == "Start date") facts.not_before = certificate_time(value);
            if (name == "Expire date") facts.not_after = certificate_time(value);
        }
        chain.push_back(std::move(facts));
    }
    return chain;
}

milliseconds time_of(CURL* easy, CURLINFO what) {
    curl_off_t microseconds = 0;
    curl_easy_getinfo(easy, what, &microseconds);
    return std::chrono::duration_cast<milliseconds>(std::chrono::microseconds(microseconds));
}

/// One connection. With `trusting`, only to read certificates.
ConnectionFacts connect_once(const CallContext& ctx, const Url& url, const InspectionOptions& options, bool trusting) {
    ConnectionFacts facts;
    const std::unique_ptr<CURL, InspectionDeleter> easy(curl_easy_init());
    if (!easy) {
        facts.refusal = Error(ErrorCode::kInternal, "libcurl cannot make a handle");
        return facts;
    }
    CURL* const h = easy.get();
    HandshakeLog log;
    std::array<char, CURL_ERROR_SIZE> error_text{};
    const std::string address = url.scheme + "://" + url.authority();
    curl_easy_setopt(h, CURLOPT_URL, address.c_str());
    curl_easy_setopt(h, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_ERRORBUFFER, error_text.data());
    curl_easy_setopt(h, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    curl_easy_setopt(h, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.timeout.count()));
    curl_easy_setopt(h, CURLOPT_PROXY, url.is_loopback() ? "" : nullptr);
    curl_easy_setopt(h, CURLOPT_CERTINFO, 1L);
    if (options.ca_bundle) curl_easy_setopt(h, CURLOPT_CAINFO, options.ca_bundle->c_str());
    if (trusting) {
        curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    curl_easy_setopt(h, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(h, CURLOPT_DEBUGFUNCTION, cofre_net_inspect_log);
    curl_easy_setopt(h, CURLOPT_DEBUGDATA, &log);
    curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, cofre_net_inspect_progress);
    curl_easy_setopt(h, CURLOPT_XFERINFODATA, &ctx);

    const CURLcode code = curl_easy_perform(h);
    if (code != CURLE_OK) facts.refusal = error_of_curl(code, error_text.data());
    const char* ip = nullptr;
    if (curl_easy_getinfo(h, CURLINFO_PRIMARY_IP, &ip) == CURLE_OK && ip != nullptr) facts.address = ip;
    facts.connect_time = time_of(h, CURLINFO_CONNECT_TIME_T) - time_of(h, CURLINFO_NAMELOOKUP_TIME_T);
    if (!log.protocol.empty()) {
        facts.handshake_time = time_of(h, CURLINFO_APPCONNECT_TIME_T) - time_of(h, CURLINFO_CONNECT_TIME_T);
    }
    facts.protocol = log.protocol;
    facts.cipher = log.cipher;
    facts.chain = read_chain(h);
    return facts;
}

}  // namespace

Result<HostAddresses> look_up_host(const std::string& host) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int code = ::getaddrinfo(host.c_str(), nullptr, &wanted, &list);
    if (code != 0) {
        const bool unknown = code == EAI_NONAME || code == EAI_NODATA;
        return Error(unknown ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
                     "look up " + host + ": " + ::gai_strerror(code));
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
    HostAddresses addresses;
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        std::array<char, INET6_ADDRSTRLEN> text{};
        if (entry->ai_family == AF_INET) {
            const auto* const in = reinterpret_cast<const sockaddr_in*>(entry->ai_addr);
            if (::inet_ntop(AF_INET, &in->sin_addr, text.data(), text.size()) != nullptr)
                addresses.v4.emplace_back(text.data());
        } else if (entry->ai_family == AF_INET6) {
            const auto* const in6 = reinterpret_cast<const sockaddr_in6*>(entry->ai_addr);
            if (::inet_ntop(AF_INET6, &in6->sin6_addr, text.data(), text.size()) != nullptr)
                addresses.v6.emplace_back(text.data());
        }
    }
    return addresses;
}

Result<ConnectionFacts> inspect_connection(const CallContext& ctx, const std::string& url,
                                           const InspectionOptions& options) {
    COFRE_ASSIGN(const Url parsed, parse_url(url));
    ConnectionFacts facts = connect_once(ctx, parsed, options, /*trusting=*/false);
    if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "stopped while connecting to " + url);
    if (facts.refusal && facts.refusal->code() == ErrorCode::kUnauthenticated) {
        ConnectionFacts seen = connect_once(ctx, parsed, options, /*trusting=*/true);
        seen.refusal = std::move(facts.refusal);
        return seen;
    }
    return facts;
}

std::string default_ca_bundle() {
    const auto* const info = curl_version_info(CURLVERSION_NOW);
    if (info->age < CURLVERSION_SEVENTH || info->cainfo == nullptr) return {};
    return info->cainfo;
}

}  // namespace cofre::net
