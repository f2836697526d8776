#pragma once

/// @file
/// The three calls to the AWS Security Token Service that a backup needs.
/// Source: AWS Security Token Service API Reference (version 2011-06-15).

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "aws/credentials.h"
#include "aws/sts_endpoint.h"
#include "base/clock.h"
#include "net/http_client.h"

namespace cofre::aws {

/// A role and how it is asked for. What is empty is left out, or to STS.
struct RoleRequest {
    std::string role_arn;
    std::string session_name;  ///< Empty: "cofre-" and the time.
    std::string external_id;   ///< AssumeRole only.
    std::optional<std::chrono::seconds> duration;
};

struct CallerIdentity {
    std::string account;
    std::string arn;
    std::string user_id;
};

/// Thread-safe. Repeats as AWS's standard mode does: 3 attempts, a random wait
/// of up to 1, 2 seconds, for 5xx, throttling, IDPCommunicationError and
/// connections that fail. A clock that STS finds wrong is corrected by the Date
/// of its answer, in what is signed and in the expiry that is returned: that is
/// in this machine's time, so it can be compared with its clock.
///
/// Errors name the operation, the role and STS's code. kUnavailable: still
/// failing after the last attempt. kPermissionDenied: not allowed to assume it.
/// kUnauthenticated: what was signed with, or the token, is refused or expired.
/// kInvalidArgument: STS finds a parameter wrong. Never kNotFound.
class StsClient {
public:
    /// kInvalidArgument: the CA bundle cannot be read. `clock` must outlive it.
    static Result<std::unique_ptr<StsClient>> create(StsEndpoint endpoint, Clock& clock);

    Result<Credentials> assume_role(const CallContext& ctx, const RoleRequest& role, const Credentials& base);

    /// Unsigned: the token is what proves.
    Result<Credentials> assume_role_with_web_identity(const CallContext& ctx, const RoleRequest& role,
                                                      const Secret& token);

    Result<CallerIdentity> get_caller_identity(const CallContext& ctx, const Credentials& credentials);

    const StsEndpoint& endpoint() const { return endpoint_; }

private:
    struct Call;
    StsClient(StsEndpoint endpoint, Clock& clock) : endpoint_(std::move(endpoint)), clock_(clock) {}

    Result<std::string> send(const CallContext& ctx, const Call& call);
    Result<net::HttpResponse> try_once(const CallContext& ctx, const Call& call);
    bool learn_clock(const net::HttpResponse& response);
    Result<Credentials> read_session(const std::string& xml, const Call& call) const;
    std::string session_name(const RoleRequest& role) const;

    const StsEndpoint endpoint_;
    Clock& clock_;
    std::unique_ptr<net::HttpClient> http_;
    std::atomic<std::int64_t> clock_offset_ns_{0};  // STS's clock minus ours.
};

}  // namespace cofre::aws
