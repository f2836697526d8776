#include "aws/role_provider.h"

#include <utility>
#include <vector>

#include "aws/credential_parts.h"
#include "aws/refreshing_provider.h"
#include "aws/shared_files.h"
#include "base/file.h"

namespace cofre::aws {
namespace {

/// STS takes no token above 20 000 characters.

/// Whoever asks for a role is not content with another link of the chain.
Error never_not_found(Error error) {
    if (error.code() != ErrorCode::kNotFound) return error;
    return Error(ErrorCode::kUnauthenticated, error.message()).with_hint(error.hint());
}

/// What the fetch of an assumed role needs, and outlives it in.
class AssumedRole final : public CredentialProvider {
public:
    AssumedRole(RoleRequest role, std::unique_ptr<CredentialProvider> base, std::unique_ptr<StsClient> sts,
                Clock& clock)
        : role_(std::move(role)),
          base_(std::move(base)),
          sts_(std::move(sts)),
          sessions_(
              "assume-role", "role " + role_.role_arn, [this](const CallContext& ctx) { return fetch(ctx); }, clock) {}

    std::string name() const override { return "assume-role"; }
    Result<Credentials> resolve(const CallContext& ctx) override { return sessions_.resolve(ctx); }
    void invalidate(const Credentials& rejected) override { sessions_.invalidate(rejected); }

    /// The links that were asked in vain are those of the base.
    Result<Credentials> explain(const CallContext& ctx, std::vector<SkippedProvider>& skipped) override {
        static_cast<void>(base_->explain(ctx, skipped));  // Its error, if any, is that of resolve().
        return resolve(ctx);
    }

private:
    Result<Credentials> fetch(const CallContext& ctx) {
        COFRE_ASSIGN(const auto base, base_credentials(ctx));
        auto session = sts_->assume_role(ctx, role_, base);
        if (session || session.error().code() != ErrorCode::kUnauthenticated) return session;
        // The base may have expired before its time, or have been replaced.
        base_->invalidate(base);
        const auto renewed = base_->resolve(ctx);
        if (!renewed || is_same_set(*renewed, base)) return session;
        return sts_->assume_role(ctx, role_, *renewed);
    }

    Result<Credentials> base_credentials(const CallContext& ctx) {
        auto base = base_->resolve(ctx);
        if (base) return base;
        return never_not_found(std::move(base).error()).context("base credentials for role " + role_.role_arn);
    }

    const RoleRequest role_;
    const std::unique_ptr<CredentialProvider> base_;
    const std::unique_ptr<StsClient> sts_;
    RefreshingProvider sessions_;  // Last: its fetches use the rest.
};

class WebIdentityRole final : public CredentialProvider {
public:
    WebIdentityRole(RoleRequest role, std::filesystem::path token_file, std::unique_ptr<StsClient> sts, Clock& clock)
        : role_(std::move(role)),
          token_file_(std::move(token_file)),
          sts_(std::move(sts)),
          sessions_(
              "web-identity", "role " + role_.role_arn, [this](const CallContext& ctx) { return fetch(ctx); }, clock) {}

    std::string name() const override { return "web-identity"; }
    Result<Credentials> resolve(const CallContext& ctx) override { return sessions_.resolve(ctx); }
    void invalidate(const Credentials& rejected) override { sessions_.invalidate(rejected); }

private:
    Result<Credentials> fetch(const CallContext& ctx) {
        COFRE_ASSIGN(const auto token, read_token());
        return sts_->assume_role_with_web_identity(ctx, role_, token);
    }

    Result<Secret> read_token() const {
        const std::string what = "web identity token file " + token_file_.string();
        auto text = read_small_file(token_file_, kMaxTokenFile);
        if (!text) {
            return Error(ErrorCode::kUnauthenticated, what + " cannot be read: " + text.error().message())
                .with_hint(
                    "check AWS_WEB_IDENTITY_TOKEN_FILE or web_identity_token_file; in Kubernetes, that the pod "
                    "has the service account with the role's annotation");
        }
        Secret token{std::string(strip_white_space(*text))};
        if (token.empty()) return Error(ErrorCode::kUnauthenticated, what + " is empty");
        return token;
    }

    const RoleRequest role_;
    const std::filesystem::path token_file_;
    const std::unique_ptr<StsClient> sts_;
    RefreshingProvider sessions_;  // Last: its fetches use the rest.
};

}  // namespace

Result<std::unique_ptr<CredentialProvider>> make_assume_role_provider(RoleRequest role,
                                                                      std::unique_ptr<CredentialProvider> base,
                                                                      StsEndpoint endpoint, Clock& clock) {
    COFRE_ASSIGN(auto sts, StsClient::create(std::move(endpoint), clock));
    return std::unique_ptr<CredentialProvider>(
        std::make_unique<AssumedRole>(std::move(role), std::move(base), std::move(sts), clock));
}

Result<std::unique_ptr<CredentialProvider>> make_web_identity_provider(RoleRequest role,
                                                                       std::filesystem::path token_file,
                                                                       StsEndpoint endpoint, Clock& clock) {
    COFRE_ASSIGN(auto sts, StsClient::create(std::move(endpoint), clock));
    return std::unique_ptr<CredentialProvider>(
        std::make_unique<WebIdentityRole>(std::move(role), std::move(token_file), std::move(sts), clock));
}

}  // namespace cofre::aws
