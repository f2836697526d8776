#include "aws/credentials.h"

#include <utility>

#include "aws/container_provider.h"
#include "aws/credential_parts.h"
#include "aws/imds_provider.h"
#include "aws/profile_provider.h"
#include "aws/shared_files.h"

namespace cofre::aws {
namespace {

class StaticProvider final : public CredentialProvider {
public:
    explicit StaticProvider(Credentials credentials) : credentials_(std::move(credentials)) {
        if (credentials_.source.empty()) credentials_.source = "configuration";
    }
    std::string name() const override { return credentials_.source; }

    Result<Credentials> resolve(const CallContext& /*ctx*/) override {
        if (credentials_.access_key_id.empty() && credentials_.secret_access_key.empty()) {
            return Error(ErrorCode::kNotFound, "no access key is configured");
        }
        if (credentials_.access_key_id.empty() || credentials_.secret_access_key.empty()) {
            return Error(ErrorCode::kUnauthenticated, credentials_.access_key_id.empty()
                                                          ? "the secret access key is configured without its key id"
                                                          : "the access key id is configured without its secret");
        }
        return credentials_;
    }

private:
    Credentials credentials_;
};

class EnvironmentProvider final : public CredentialProvider {
public:
    std::string name() const override { return "environment"; }

    Result<Credentials> resolve(const CallContext& /*ctx*/) override {
        NamedParts parts{.id_name = "AWS_ACCESS_KEY_ID",
                         .id = aws_environment("AWS_ACCESS_KEY_ID"),
                         .secret_name = "AWS_SECRET_ACCESS_KEY",
                         .secret = aws_environment("AWS_SECRET_ACCESS_KEY"),
                         // The older name first, as in botocore.
                         .token = aws_environment("AWS_SECURITY_TOKEN")};
        if (parts.token.empty()) parts.token = aws_environment("AWS_SESSION_TOKEN");
        if (parts.id.empty()) {
            // The AWS CLI passes over a secret alone without a word; then at
            // least the reason says what was seen.
            return Error(ErrorCode::kNotFound, parts.secret.empty()
                                                   ? "AWS_ACCESS_KEY_ID is not set"
                                                   : "AWS_SECRET_ACCESS_KEY is set but AWS_ACCESS_KEY_ID is not");
        }
        COFRE_ASSIGN(auto credentials, assemble(std::move(parts), name()));
        if (const auto expiry = parse_rfc3339(aws_environment("AWS_CREDENTIAL_EXPIRATION"))) {
            credentials.expires_at = *expiry;
        }
        return credentials;
    }
};

/// Takes the place of the environment where a profile is named explicitly, so
/// that the reasons still mention it.
class PassedOverEnvironment final : public CredentialProvider {
public:
    std::string name() const override { return "environment"; }
    Result<Credentials> resolve(const CallContext& /*ctx*/) override {
        return Error(ErrorCode::kNotFound, "not asked, because a profile is named explicitly");
    }
};

}  // namespace

std::unique_ptr<CredentialProvider> make_static_provider(Credentials credentials) {
    return std::make_unique<StaticProvider>(std::move(credentials));
}

std::unique_ptr<CredentialProvider> make_environment_provider() {
    return std::make_unique<EnvironmentProvider>();
}

bool is_same_set(const Credentials& a, const Credentials& b) {
    return a.access_key_id == b.access_key_id && a.secret_access_key == b.secret_access_key &&
           a.session_token == b.session_token;
}

Result<Credentials> CredentialProvider::explain(const CallContext& ctx, std::vector<SkippedProvider>& skipped) {
    auto credentials = resolve(ctx);
    if (!credentials && credentials.error().code() == ErrorCode::kNotFound) {
        skipped.push_back({name(), credentials.error().message()});
    }
    return credentials;
}

Result<Credentials> CredentialChain::explain(const CallContext& ctx, std::vector<SkippedProvider>& skipped) {
    for (const auto& link : links_) {
        auto credentials = link->explain(ctx, skipped);
        if (credentials || credentials.error().code() != ErrorCode::kNotFound) return credentials;
    }
    std::string reasons;
    for (const auto& link : skipped) {
        if (!reasons.empty()) reasons += "; ";
        if (!link.reason.starts_with(link.name)) reasons += link.name + ": ";
        reasons += link.reason;
    }
    return Error(ErrorCode::kUnauthenticated,
                 "no credentials found: " + (reasons.empty() ? "nowhere to look" : reasons))
        .with_hint("run `aws configure`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
}

Result<Credentials> CredentialChain::resolve(const CallContext& ctx) {
    std::vector<SkippedProvider> skipped;
    return explain(ctx, skipped);
}

void CredentialChain::invalidate(const Credentials& rejected) {
    for (const auto& link : links_)
        link->invalidate(rejected);
}

std::unique_ptr<CredentialChain> make_default_chain(std::optional<std::string> profile, Clock& clock) {
    if (profile && profile->empty()) profile.reset();
    std::vector<std::unique_ptr<CredentialProvider>> links;
    // As in the AWS CLI, where --profile goes before the variables of the
    // environment, and AWS_PROFILE does not.
    if (profile) {
        links.push_back(std::make_unique<PassedOverEnvironment>());
    } else {
        links.push_back(make_environment_provider());
    }
    links.push_back(make_profile_provider(profile, clock));
    links.push_back(make_container_provider(clock));
    links.push_back(make_imds_provider(std::move(profile), clock));
    return std::make_unique<CredentialChain>(std::move(links));
}

}  // namespace cofre::aws
