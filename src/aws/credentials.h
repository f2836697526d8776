#pragma once

/// @file
/// Who signs a request. Asked for every signature, never kept by a client.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time_format.h"

namespace cofre::aws {

/// One consistent set: take all three from one resolve().
struct Credentials {
    std::string access_key_id;
    Secret secret_access_key;
    Secret session_token;  ///< Empty for long-lived keys.
    std::optional<WallTime> expires_at;
    /// Which link answered: "configuration", "environment", "profile", "process",
    /// "assume-role", "web-identity", "container", "imds".
    std::string source;
};

/// The same key, secret and token; whatever else is known about them.
bool is_same_set(const Credentials& a, const Credentials& b);

/// A link that had nothing to offer.
struct SkippedProvider {
    std::string name;
    std::string reason;
};

/// Thread-safe. An implementation that talks to a service caches, and renews
/// before expiry; callers do not.
class CredentialProvider {
public:
    virtual ~CredentialProvider() = default;

    /// "environment", "profile": one of the words of Credentials::source.
    virtual std::string name() const = 0;

    /// kNotFound: this link has nothing to offer, the next one may.
    /// kUnauthenticated: it has, but it is incomplete or refused; the message
    /// says what is missing. kUnavailable: its service does not answer now; with
    /// retry_after() if it has answered before and may be waited for.
    virtual Result<Credentials> resolve(const CallContext& ctx) = 0;

    /// As resolve(), and for each link that was asked in vain, why. Links after
    /// the one that answers are not asked.
    virtual Result<Credentials> explain(const CallContext& ctx, std::vector<SkippedProvider>& skipped);

    /// The store said that these have expired or are unknown: do not give out
    /// the same set again if a newer one can be had.
    virtual void invalidate(const Credentials& /*rejected*/) {}
};

/// A fixed set, from the configuration file.
std::unique_ptr<CredentialProvider> make_static_provider(Credentials credentials);

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, read at each
/// resolve(). Source: AWS SDKs and Tools Reference Guide, "Environment variables".
std::unique_ptr<CredentialProvider> make_environment_provider();

/// Asks each in turn; the first that does not answer kNotFound decides.
class CredentialChain final : public CredentialProvider {
public:
    explicit CredentialChain(std::vector<std::unique_ptr<CredentialProvider>> links) : links_(std::move(links)) {}
    std::string name() const override { return "chain"; }

    /// kUnauthenticated, naming every link and why it had nothing, if none has.
    Result<Credentials> resolve(const CallContext& ctx) override;
    void invalidate(const Credentials& rejected) override;
    Result<Credentials> explain(const CallContext& ctx, std::vector<SkippedProvider>& skipped) override;

private:
    std::vector<std::unique_ptr<CredentialProvider>> links_;
};

/// The order of the AWS CLI: the environment, unless a profile is named here; the
/// profile (its role, web identity, keys, process); the container endpoint; the
/// instance metadata service. `clock` must outlive it.
std::unique_ptr<CredentialChain> make_default_chain(std::optional<std::string> profile, Clock& clock = system_clock());

}  // namespace cofre::aws
