#include "aws/imds_provider.h"

#include <utility>

#include "aws/credential_parts.h"
#include "aws/metadata_client.h"
#include "aws/refreshing_provider.h"
#include "aws/shared_files.h"
#include "base/number.h"
#include "base/units.h"
#include "net/url.h"

namespace cofre::aws {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kIpv4 = "http://169.254.169.254";
constexpr std::string_view kIpv6 = "http://[fd00:ec2::254]";
constexpr std::string_view kRolePath = "/latest/meta-data/iam/security-credentials/";
constexpr std::string_view kTokenSeconds = "21600";
constexpr std::string_view kHopHint =
    "inside a container, raise the instance's metadata hop limit to 2, or set AWS_EC2_METADATA_DISABLED=true";
/// The longest that make sense; also keeps the arithmetic far from its limits.
constexpr int kMaxSeconds = 60;
constexpr int kMostAttempts = 10;

struct ImdsSettings {
    bool allow_v1 = false;
    std::string endpoint;  ///< Without a '/' at its end.
    milliseconds timeout{1'000};
    int attempts = 1;
};

std::string setting_of(const AwsProfile& profile, const char* variable, const char* key) {
    auto value = aws_environment(variable);
    return value.empty() ? setting(profile, key) : value;
}

int number_of(const std::string& text, int otherwise, int most) {
    const auto number = parse_number<int>(text);
    return number && *number > 0 ? std::min(*number, most) : otherwise;
}

ImdsSettings read_settings(const std::optional<std::string>& profile_name) {
    AwsProfile profile;
    // A broken file is the profile provider's to complain about.
    if (const auto profiles = load_aws_profiles()) {
        const auto found = profiles->find(profile_name ? *profile_name : default_profile_name());
        if (found != profiles->end()) profile = found->second;
    }
    ImdsSettings settings;
    settings.allow_v1 =
        lower(setting_of(profile, "AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled")) == "false";
    settings.endpoint = setting_of(profile, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    const auto mode =
        setting_of(profile, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
    if (settings.endpoint.empty()) settings.endpoint = lower(mode) == "ipv6" ? kIpv6 : kIpv4;
    while (settings.endpoint.ends_with('/'))
        settings.endpoint.pop_back();
    settings.timeout = std::chrono::seconds(
        number_of(setting_of(profile, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout"), 1, kMaxSeconds));
    settings.attempts = number_of(
        setting_of(profile, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts"), 1, kMostAttempts);
    return settings;
}

/// One fetch: token, name of the role, its keys.
class ImdsExchange {
public:
    ImdsExchange(const CallContext& ctx, const ImdsSettings& settings, Clock& clock)
        : ctx_(ctx), settings_(settings), http_(settings.timeout, clock) {}

    Result<Credentials> fetch() {
        COFRE_TRY(fetch_token());
        COFRE_ASSIGN(const auto names, get(std::string(kRolePath)));
        if (names.status == 404) return Error(ErrorCode::kNotFound, "the instance has no role (HTTP 404)");
        COFRE_TRY(check(names));
        // One role for each line; there has never been more than one.
        const std::string role(strip_white_space(std::string_view(names.body).substr(0, names.body.find('\n'))));
        if (role.empty()) return Error(ErrorCode::kNotFound, "the instance has no role");
        COFRE_ASSIGN(const auto keys, get(std::string(kRolePath) + role));
        COFRE_TRY(check(keys));
        COFRE_ASSIGN(auto document, parse_credential_document(keys.body, "imds"));
        return std::move(document.credentials);
    }

private:
    Status fetch_token() {
        net::HttpRequest request;
        request.method = "PUT";
        request.url = settings_.endpoint + "/latest/api/token";
        request.headers = {{"x-aws-ec2-metadata-token-ttl-seconds", std::string(kTokenSeconds)}};
        request.has_text = true;
        const auto response = send(request);
        if (response && response->ok() && !response->body.empty()) {
            token_ = Secret(std::string(strip_white_space(response->body)));
            return {};
        }
        if (response && (response->status == 400 || response->status >= 500)) return check(*response);
        if (!response && !response.error().is_retryable()) return response.error();
        if (settings_.allow_v1) return {};
        return Error(ErrorCode::kNotFound,
                     response ? "it refuses a session of version 2 (HTTP " + std::to_string(response->status) + ")"
                              : response.error().message())
            .with_hint(kHopHint);
    }

    Result<net::HttpResponse> get(const std::string& path) const {
        net::HttpRequest request;
        request.url = settings_.endpoint + path;
        if (!token_.empty()) request.headers = {{"x-aws-ec2-metadata-token", std::string(token_.reveal())}};
        return send(request);
    }

    Result<net::HttpResponse> send(const net::HttpRequest& request) const {
        for (int attempt = 1;; ++attempt) {
            auto response = http_.send(ctx_, request);
            const bool is_fault = response ? response->status >= 500 : response.error().is_retryable();
            if (!is_fault || attempt >= settings_.attempts) return response;
        }
    }

    static Status check(const net::HttpResponse& response) {
        if (response.ok()) return {};
        return Error(response.status >= 500 ? ErrorCode::kUnavailable : ErrorCode::kUnauthenticated,
                     "HTTP " + std::to_string(response.status) +
                         (response.body.empty() ? "" : ": " + quote_reply(response.body)));
    }

    const CallContext& ctx_;
    const ImdsSettings& settings_;
    const MetadataClient http_;
    Secret token_;
};

class ImdsProvider final : public CredentialProvider {
public:
    ImdsProvider(std::optional<std::string> profile, Clock& clock)
        : profile_(std::move(profile)),
          clock_(clock),
          sets_(
              "imds", "the instance metadata service", [this](const CallContext& ctx) { return fetch(ctx); }, clock,
              WhenExpired::kExtend) {}

    std::string name() const override { return "imds"; }

    Result<Credentials> resolve(const CallContext& ctx) override {
        // Before the cache, so that switching it off works at once.
        if (is_true(aws_environment("AWS_EC2_METADATA_DISABLED"))) {
            return Error(ErrorCode::kNotFound, "switched off by AWS_EC2_METADATA_DISABLED");
        }
        return sets_.resolve(ctx);
    }
    void invalidate(const Credentials& rejected) override { sets_.invalidate(rejected); }

private:
    Result<Credentials> fetch(const CallContext& ctx) {
        const ImdsSettings settings = read_settings(profile_);
        if (const auto url = net::parse_url(settings.endpoint); !url) {
            return Error(ErrorCode::kUnauthenticated, "AWS_EC2_METADATA_SERVICE_ENDPOINT: " + url.error().message());
        }
        auto credentials = ImdsExchange(ctx, settings, clock_).fetch();
        if (credentials) return credentials;
        return std::move(credentials).error().context("instance metadata at " + settings.endpoint);
    }

    const std::optional<std::string> profile_;
    Clock& clock_;
    RefreshingProvider sets_;  // Last: its fetches use the rest.
};

}  // namespace

std::unique_ptr<CredentialProvider> make_imds_provider(std::optional<std::string> profile, Clock& clock) {
    return std::make_unique<ImdsProvider>(std::move(profile), clock);
}

}  // namespace cofre::aws
