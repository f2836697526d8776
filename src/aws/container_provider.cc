#include "aws/container_provider.h"

#include <algorithm>
#include <array>
#include <utility>

#include "aws/credential_parts.h"
#include "aws/metadata_client.h"
#include "aws/refreshing_provider.h"
#include "aws/shared_files.h"
#include "base/file.h"
#include "net/url.h"

namespace cofre::aws {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTimeout{2'000};
constexpr milliseconds kPause{1'000};
constexpr int kMetadataAttempts = 3;
constexpr std::string_view kEcsHost = "http://169.254.170.2";
constexpr std::array<std::string_view, 3> kHosts = {"169.254.170.2", "169.254.170.23", "fd00:ec2::23"};

constexpr const char* kRelative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr const char* kFull = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr const char* kTokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
constexpr const char* kToken = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

/// Empty if none is set.
Result<Secret> authorization() {
    std::string origin = kToken;
    Secret token(aws_environment(kToken));
    if (const auto path = aws_environment(kTokenFile); !path.empty()) {
        origin = "token file " + path;
        auto text = read_small_file(path, kMaxTokenFile);
        if (!text) {
            return Error(ErrorCode::kUnauthenticated, origin + " cannot be read: " + text.error().message())
                .with_hint(std::string("check ") + kTokenFile);
        }
        token = Secret(*std::move(text));
        if (token.empty()) return Error(ErrorCode::kUnauthenticated, origin + " is empty");
    }
    // Whoever can write the token must not be able to add headers to a request.
    const auto text = token.reveal();
    if (std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7F'; })) {
        return Error(ErrorCode::kUnauthenticated, origin + " holds a line break or another control character")
            .with_hint("a token is one line, and the file must not end in a line break");
    }
    return token;
}

class ContainerProvider final : public CredentialProvider {
public:
    explicit ContainerProvider(Clock& clock)
        : clock_(clock),
          http_(kTimeout, clock),
          sets_(
              "container", "the container endpoint", [this](const CallContext& ctx) { return fetch(ctx); }, clock) {}

    std::string name() const override { return "container"; }

    Result<Credentials> resolve(const CallContext& ctx) override {
        if (aws_environment(kRelative).empty() && aws_environment(kFull).empty()) {
            return Error(ErrorCode::kNotFound, std::string("neither ") + kRelative + " nor " + kFull + " is set");
        }
        return sets_.resolve(ctx);
    }
    void invalidate(const Credentials& rejected) override { sets_.invalidate(rejected); }

private:
    Result<Credentials> fetch(const CallContext& ctx) {
        const std::string relative = aws_environment(kRelative);
        const std::string uri = relative.empty() ? aws_environment(kFull) : std::string(kEcsHost) + relative;
        COFRE_TRY(check_container_uri(uri));
        net::HttpRequest request;
        request.url = uri;
        request.headers = {{"accept", "application/json"}};
        for (int attempt = 1;; ++attempt) {
            // A token that is refused may have been replaced meanwhile.
            COFRE_ASSIGN(const auto token, authorization());
            request.headers.resize(1);
            if (!token.empty()) request.headers.push_back({"authorization", std::string(token.reveal())});
            auto credentials = ask(ctx, request);
            const bool may_pass = !credentials && credentials.error().is_retryable();
            if (!may_pass || attempt == kMetadataAttempts) {
                if (credentials) return credentials;
                return std::move(credentials).error().context("container endpoint " + uri);
            }
            COFRE_TRY(clock_.sleep(ctx, kPause));
        }
    }

    Result<Credentials> ask(const CallContext& ctx, const net::HttpRequest& request) const {
        COFRE_ASSIGN(const auto response, http_.send(ctx, request));
        if (!response.ok()) {
            const bool may_pass = response.status >= 500 || response.status == 429 || response.status == 404;
            std::string text = "HTTP " + std::to_string(response.status);
            if (!response.body.empty()) text += ": " + quote_reply(response.body);
            if (may_pass) return Error(ErrorCode::kUnavailable, std::move(text));
            return Error(ErrorCode::kUnauthenticated, std::move(text))
                .with_hint("check that the task has a role, and the authorization token");
        }
        COFRE_ASSIGN(auto document, parse_credential_document(response.body, "container"));
        return std::move(document.credentials);
    }

    Clock& clock_;
    const MetadataClient http_;
    RefreshingProvider sets_;  // Last: its fetches use the rest.
};

}  // namespace

Status check_container_uri(std::string_view uri) {
    const auto url = net::parse_url(uri);
    if (!url) {
        return Error(ErrorCode::kUnauthenticated, "the container endpoint is not a URL: " + url.error().message())
            .with_hint(std::string("check ") + kFull + " and " + kRelative);
    }
    const bool is_known = std::find(kHosts.begin(), kHosts.end(), url->host) != kHosts.end();
    if (url->scheme == "https" || url->is_loopback() || is_known) return {};
    return Error(ErrorCode::kUnauthenticated,
                 "container endpoint " + url->authority() + " is not allowed over plain http")
        .with_hint(
            "use https, or an address of this host, of ECS (169.254.170.2) or of EKS (169.254.170.23, "
            "[fd00:ec2::23])");
}

std::unique_ptr<CredentialProvider> make_container_provider(Clock& clock) {
    return std::make_unique<ContainerProvider>(clock);
}

}  // namespace cofre::aws
