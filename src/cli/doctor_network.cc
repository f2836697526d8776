#include <cstdlib>

#include <fmt/format.h>

#include "base/units.h"
#include "cli/doctor_checks.h"
#include "net/endpoint_inspection.h"
#include "net/url.h"
#include "s3/endpoint.h"

namespace cofre::cli {
namespace {

using std::chrono::milliseconds;

/// Long enough to have it renewed.
constexpr std::chrono::hours kExpiresSoon{14 * 24};

Finding addresses_finding(const std::string& host) {
    const auto found = net::look_up_host(host);
    if (!found) {
        return {.subject = "DNS",
                .health = Health::kBad,
                .text = found.error().message(),
                .hint = "check the endpoint's name, and /etc/resolv.conf"};
    }
    std::string text = found->v4.empty() ? "no IPv4" : fmt::format("IPv4 {}", fmt::join(found->v4, ", "));
    text += found->v6.empty() ? "; no IPv6" : fmt::format("; IPv6 {}", fmt::join(found->v6, ", "));
    return {.subject = "DNS", .text = host + ": " + text};
}

Finding connection_finding(const net::ConnectionFacts& facts, const net::Url& url) {
    if (facts.address.empty() && facts.refusal) {
        return {.subject = "connection",
                .health = Health::kBad,
                .text = facts.refusal->message(),
                .hint = facts.refusal->hint()};
    }
    return {.subject = "connection",
            .text = fmt::format("{} port {} in {}", facts.address, url.port.value_or(url.scheme == "https" ? 443 : 80),
                                format_duration(facts.connect_time))};
}

Finding tls_finding(const net::ConnectionFacts& facts, const net::Url& url, bool allow_http) {
    if (url.scheme == "http") {
        const bool harmless = url.is_loopback();
        return {.subject = "TLS",
                .health = harmless ? Health::kPassed : Health::kWarning,
                .text = harmless ? "none, on this machine only" : "none: what is stored can be read on the way",
                .hint = harmless || !allow_http ? "" : "use https, if the store has it"};
    }
    if (facts.refusal) {
        return {
            .subject = "TLS", .health = Health::kBad, .text = facts.refusal->message(), .hint = facts.refusal->hint()};
    }
    return {.subject = "TLS",
            .text = fmt::format("{}, {}, handshake in {}", facts.protocol, facts.cipher,
                                format_duration(facts.handshake_time))};
}

Finding certificate_finding(const App& app, const net::CertificateFacts& certificate, bool is_own) {
    Finding finding{.subject = is_own ? "certificate" : "signed by", .text = certificate.subject};
    if (!certificate.not_after) return finding;
    const auto left = std::chrono::duration_cast<milliseconds>(*certificate.not_after - app.clock.wall_now());
    if (left < milliseconds(0)) {
        finding.health = Health::kBad;
        finding.text += ", expired on " + format_rfc3339(*certificate.not_after);
        finding.hint = "renew it on the server; until then nothing is sent to it";
    } else if (left < kExpiresSoon) {
        finding.health = Health::kWarning;
        finding.text += ", expires in " + format_duration(left);
        finding.hint = "see to it that it is renewed";
    } else {
        finding.text += ", until " + format_rfc3339(*certificate.not_after);
    }
    return finding;
}

Finding ca_finding(const s3::S3Options& store) {
    const char* const variable =
        std::getenv("AWS_CA_BUNDLE");  // NOLINT(concurrency-mt-unsafe): nothing calls setenv().
    std::string from = "the system's";
    std::filesystem::path file = net::default_ca_bundle();
    if (store.ca_bundle) {
        from = "configured";
        file = *store.ca_bundle;
    } else if (variable != nullptr && *variable != '\0') {
        from = "AWS_CA_BUNDLE";
        file = variable;
    }
    std::error_code failed;
    if (std::filesystem::exists(file, failed))
        return {.subject = "CA bundle", .text = file.native() + " (" + from + ")"};
    return {.subject = "CA bundle",
            .health = Health::kBad,
            .text = file.native() + " (" + from + ") is not there",
            .hint = "install ca-certificates, or name another file with ca_bundle"};
}

std::optional<Finding> proxy_finding(const net::Url& url) {
    for (const char* const name : {"https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"}) {
        const bool other_scheme = (url.scheme == "http") != (std::string_view(name) == "http_proxy");
        if (other_scheme && std::string_view(name).starts_with("http")) continue;
        if (url.scheme == "http" && std::string_view(name).starts_with("HTTPS")) continue;
        const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing calls setenv().
        if (value == nullptr || *value == '\0' || url.is_loopback()) continue;
        // Its value may hold a password.
        return Finding{.subject = "proxy", .health = Health::kPassed, .text = std::string(name) + " is set"};
    }
    return std::nullopt;
}

}  // namespace

Result<Diagnosis> diagnose_network(const App& app, const s3::S3Options& store, bool& reached) {
    Diagnosis diagnosis{.check = "network", .findings = {}};
    auto& findings = diagnosis.findings;
    reached = false;
    const auto& row = store.measured   ? *store.measured
                      : store.provider ? *s3::find_provider(store.provider.value())
                                       : s3::guess_provider(store.endpoint);
    COFRE_ASSIGN(const auto endpoint, s3::Endpoint::create({.bucket = store.bucket,
                                                            .region = store.region,
                                                            .endpoint = store.endpoint,
                                                            .style = store.addressing.value_or(row.addressing),
                                                            .allow_http = store.allow_http}));
    const auto target = endpoint.target("", "");
    COFRE_ASSIGN(const net::Url url, net::parse_url(target.url));
    findings.push_back({.subject = "endpoint", .text = url.scheme + "://" + url.authority()});
    findings.push_back({.subject = "provider",
                        .text = std::string(row.title) + (store.measured   ? ", as `cofre s3 probe` measured it"
                                                          : store.provider ? ", as configured"
                                                                           : ", by its host name")});
    if (row.name == "unknown") {
        findings.back().health = Health::kWarning;
        findings.back().hint = "`cofre s3 probe` measures what it can do; or name it with `provider`";
    }
    if (auto proxy = proxy_finding(url)) findings.push_back(*std::move(proxy));
    findings.push_back(addresses_finding(url.host));
    COFRE_ASSIGN(const auto facts,
                 net::inspect_connection(app.ctx, url.scheme + "://" + url.authority(),
                                         {.ca_bundle = store.ca_bundle, .timeout = store.connect_timeout}));
    findings.push_back(connection_finding(facts, url));
    reached = !facts.refusal;
    if (facts.address.empty()) return diagnosis;
    findings.push_back(tls_finding(facts, url, store.allow_http));
    if (url.scheme == "https") findings.push_back(ca_finding(store));
    bool is_own = true;
    for (const auto& certificate : facts.chain) {
        findings.push_back(certificate_finding(app, certificate, is_own));
        is_own = false;
    }
    return diagnosis;
}

}  // namespace cofre::cli
