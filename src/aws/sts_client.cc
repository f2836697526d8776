#include "aws/sts_client.h"

#include <array>
#include <utility>

#include <pugixml.hpp>

#include "aws/credential_parts.h"
#include "aws/sigv4.h"
#include "aws/sts_error.h"
#include "base/log.h"
#include "base/units.h"
#include "crypto/random.h"
#include "net/url.h"

namespace cofre::aws {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kVersion = "2011-06-15";
constexpr int kStsAttempts = 3;
constexpr milliseconds kConnectTimeout{10'000};
constexpr milliseconds kIdleTimeout{30'000};
/// Below this a Date header tells of the network, not of a wrong clock.
constexpr seconds kMeaningfulOffset{60};

/// Full jitter: anything up to 1, 2, 4 … seconds.
milliseconds backoff(int failures) {
    return milliseconds(static_cast<int>(crypto::random_fraction() * (1000 << (failures - 1))));
}

net::QueryParameters form_of(std::string_view action) {
    return {{"Action", std::string(action)}, {"Version", std::string(kVersion)}};
}

}  // namespace

/// One operation: what is sent, who signs, and how messages call it.
struct StsClient::Call {
    std::string description;
    std::string body;
    const Credentials* signer = nullptr;  // None: unsigned.
    std::string_view hidden;              // Never to appear in a message.
};

Result<std::unique_ptr<StsClient>> StsClient::create(StsEndpoint endpoint, Clock& clock) {
    std::unique_ptr<StsClient> client(new StsClient(std::move(endpoint), clock));
    COFRE_ASSIGN(const auto url, net::parse_url(client->endpoint_.url));
    if (url.scheme == "http" && !url.is_loopback()) {
        log_warning("aws", "STS is asked over plain http at " + url.authority() + ": keys can be read on the way");
    }
    COFRE_ASSIGN(client->http_, net::HttpClient::create({.max_connections = 2,
                                                         .connect_timeout = kConnectTimeout,
                                                         .idle_timeout = kIdleTimeout,
                                                         .ca_bundle = client->endpoint_.ca_bundle,
                                                         .proxy = client->endpoint_.proxy},
                                                        clock));
    return client;
}

Result<Credentials> StsClient::assume_role(const CallContext& ctx, const RoleRequest& role, const Credentials& base) {
    auto form = form_of("AssumeRole");
    form.push_back({"RoleArn", role.role_arn});
    form.push_back({"RoleSessionName", session_name(role)});
    if (!role.external_id.empty()) form.push_back({"ExternalId", role.external_id});
    if (role.duration) form.push_back({"DurationSeconds", std::to_string(role.duration->count())});
    const Call call{.description = "assume role " + role.role_arn, .body = net::encode_query(form), .signer = &base};
    COFRE_ASSIGN(const auto xml, send(ctx, call));
    return read_session(xml, call);
}

Result<Credentials> StsClient::assume_role_with_web_identity(const CallContext& ctx, const RoleRequest& role,
                                                             const Secret& token) {
    auto form = form_of("AssumeRoleWithWebIdentity");
    form.push_back({"RoleArn", role.role_arn});
    form.push_back({"RoleSessionName", session_name(role)});
    form.push_back({"WebIdentityToken", std::string(token.reveal())});
    if (role.duration) form.push_back({"DurationSeconds", std::to_string(role.duration->count())});
    const Call call{.description = "assume role " + role.role_arn + " with a web identity",
                    .body = net::encode_query(form),
                    .hidden = token.reveal()};
    COFRE_ASSIGN(const auto xml, send(ctx, call));
    return read_session(xml, call);
}

Result<CallerIdentity> StsClient::get_caller_identity(const CallContext& ctx, const Credentials& credentials) {
    const Call call{.description = "ask whose key " + credentials.access_key_id + " is",
                    .body = net::encode_query(form_of("GetCallerIdentity")),
                    .signer = &credentials};
    COFRE_ASSIGN(const auto xml, send(ctx, call));
    pugi::xml_document document;
    document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8);
    const auto result = document.document_element().child("GetCallerIdentityResult");
    CallerIdentity identity{.account = result.child_value("Account"),
                            .arn = result.child_value("Arn"),
                            .user_id = result.child_value("UserId")};
    if (identity.arn.empty()) {
        return Error(ErrorCode::kUnsupported, call.description + ": the answer of " + endpoint_.url + " has no Arn");
    }
    return identity;
}

std::string StsClient::session_name(const RoleRequest& role) const {
    if (!role.session_name.empty()) return role.session_name;
    const auto now = std::chrono::floor<seconds>(clock_.wall_now());
    return "cofre-" + std::to_string(now.time_since_epoch().count());
}

Result<std::string> StsClient::send(const CallContext& ctx, const Call& call) {
    const std::string operation = call.description + " at " + endpoint_.url;
    bool may_correct_clock = true;
    for (int attempt = 1;; ++attempt) {
        auto response = try_once(ctx, call);
        Error error(ErrorCode::kInternal, "");
        if (!response) {
            error = std::move(response).error().context(operation);
        } else {
            const bool corrected = learn_clock(*response);
            if (response->ok()) return std::move(response->body);
            const StsFailure failure = read_sts_failure(*response);
            if (is_about_time(failure) && corrected && std::exchange(may_correct_clock, false)) continue;
            error = to_error(failure, operation, call.hidden);
        }
        if (!error.is_retryable() || attempt >= kStsAttempts) return error;
        log_debug("aws", error.message() + "; trying again");
        if (const Status slept = clock_.sleep(ctx, backoff(attempt)); !slept) {
            return Error(slept.error().code(), error.message());
        }
    }
}

Result<net::HttpResponse> StsClient::try_once(const CallContext& ctx, const Call& call) {
    COFRE_ASSIGN(const auto url, net::parse_url(endpoint_.url));
    net::HttpRequest request;
    request.method = "POST";
    request.url = endpoint_.url;
    request.headers = {{"host", url.authority()}, {"content-type", "application/x-www-form-urlencoded; charset=utf-8"}};
    request.has_text = true;
    request.text = call.body;
    if (call.signer != nullptr) {
        const WallTime now = clock_.wall_now() + std::chrono::nanoseconds(clock_offset_ns_.load());
        const SigningScope scope{.region = endpoint_.region, .service = "sts", .time = now};
        const std::string hash = crypto::sha256(call.body).hex();
        sign_headers({.method = request.method,
                      .path = url.path,
                      .query = url.query,
                      .payload_sha256 = hash,
                      .path_rule = PathRule::kNormalizeAndEncode},
                     request.headers, scope, *call.signer, derive_signing_key(call.signer->secret_access_key, scope));
    }
    return http_->send(ctx, request);
}

/// True if what is signed from now on differs from before.
bool StsClient::learn_clock(const net::HttpResponse& response) {
    const auto theirs = parse_http_date(response.header("date"));
    if (!theirs) return false;
    auto offset = *theirs - clock_.wall_now();
    if (std::chrono::abs(offset) < kMeaningfulOffset) offset = offset.zero();
    const auto before = std::chrono::nanoseconds(clock_offset_ns_.exchange(offset.count()));
    const bool changed = std::chrono::abs(offset - before) >= kMeaningfulOffset;
    if (changed && offset.count() != 0) {
        log_warning("aws", "this machine's clock is " +
                               format_duration(std::chrono::duration_cast<milliseconds>(std::chrono::abs(offset))) +
                               (offset.count() > 0 ? " behind" : " ahead of") + " that of STS");
    }
    return changed;
}

Result<Credentials> StsClient::read_session(const std::string& xml, const Call& call) const {
    pugi::xml_document document;
    document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8);
    // AssumeRoleResponse/AssumeRoleResult/Credentials, and likewise for web identities.
    const auto node = document.find_node([](const auto& n) { return std::string_view(n.name()) == "Credentials"; });
    NamedParts parts{.id_name = "AccessKeyId",
                     .id = node.child_value("AccessKeyId"),
                     .secret_name = "SecretAccessKey",
                     .secret = node.child_value("SecretAccessKey"),
                     .token = node.child_value("SessionToken")};
    const std::string what = call.description + ": the answer of " + endpoint_.url;
    const auto expiry = parse_rfc3339(node.child_value("Expiration"));
    if (parts.id.empty() || parts.token.empty() || !expiry) {
        return Error(ErrorCode::kUnavailable, what + " is not a whole set of credentials");
    }
    auto credentials = assemble(std::move(parts), "assume-role");
    if (!credentials) return std::move(credentials).error().context(what);
    credentials->expires_at = *expiry - std::chrono::nanoseconds(clock_offset_ns_.load());
    return credentials;
}

}  // namespace cofre::aws
