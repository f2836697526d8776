#pragma once

/// @file
/// Who signs a request. Asked for every signature, never kept by a client.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/call_context.h"
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
    /// Which link answered: "configuration", "environment", "profile".
    std::string source;
};

/// Thread-safe. An implementation that talks to a service caches, and renews
/// before expiry; callers do not.
class CredentialProvider {
public:
    virtual ~CredentialProvider() = default;

    /// "environment", "profile backup": for messages.
    virtual std::string name() const = 0;

    /// kNotFound: this link has nothing to offer, the next one may.
    /// kUnauthenticated: it has, but it is incomplete or refused; the message
    /// says what is missing. kUnavailable: its service does not answer now.
    virtual Result<Credentials> resolve(const CallContext& ctx) = 0;

    /// The store said that these have expired or are unknown: do not give out
    /// the same set again if a newer one can be had.
    virtual void invalidate(const Credentials& /*rejected*/) {}
};

/// A fixed set, from the configuration file.
std::unique_ptr<CredentialProvider> make_static_provider(Credentials credentials);

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, read at each
/// resolve(). Source: AWS SDKs and Tools Reference Guide, "Environment variables".
std::unique_ptr<CredentialProvider> make_environment_provider();

/// Static keys of one profile of the shared files (aws_config.h), read again
/// when a file changes. `profile`: AWS_PROFILE or "default" if absent.
std::unique_ptr<CredentialProvider> make_profile_provider(std::optional<std::string> profile);

struct SkippedProvider {
    std::string name;
    std::string reason;
};

/// Asks each in turn; the first that does not answer kNotFound decides.
class CredentialChain final : public CredentialProvider {
public:
    explicit CredentialChain(std::vector<std::unique_ptr<CredentialProvider>> links) : links_(std::move(links)) {}
    std::string name() const override { return "chain"; }

    /// kUnauthenticated, naming every link and why it had nothing, if none has.
    Result<Credentials> resolve(const CallContext& ctx) override;
    void invalidate(const Credentials& rejected) override;

    /// As resolve(), and why the links before it did not answer.
    Result<Credentials> explain(const CallContext& ctx, std::vector<SkippedProvider>& skipped);

private:
    std::vector<std::unique_ptr<CredentialProvider>> links_;
};

/// The order of the AWS CLI, as far as it is built: environment, then profile.
std::unique_ptr<CredentialChain> make_default_chain(std::optional<std::string> profile);

}  // namespace cofre::aws
