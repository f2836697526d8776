#pragma once

/// @file
/// Private to s3: signs, sends and repeats requests for one bucket.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "aws/sigv4.h"
#include "base/call_context.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "net/http_client.h"
#include "s3/concurrency_limit.h"
#include "s3/endpoint.h"
#include "s3/provider_profile.h"
#include "s3/retry_policy.h"
#include "s3/s3_error.h"
#include "s3/s3_request.h"
#include "s3/s3_store.h"

namespace cofre::s3 {

/// How a request ended, after all attempts.
struct S3Outcome {
    net::HttpResponse response;  ///< The last answer, if there was one.
    std::optional<Error> error;  ///< Empty: success.
    std::string code;            ///< S3's own code of the last failure, if it gave one.
    /// An attempt got no answer, or one that leaves it open: the store may have
    /// done the work although this outcome, or an attempt before it, failed.
    bool maybe_done = false;

    bool ok() const { return !error.has_value(); }
};

/// Thread-safe. Each attempt asks for credentials, and is signed, anew. Learns
/// the store's clock when it refuses ours, and the bucket's region, once, when
/// it names one; credentials never go to a host that an answer named.
class S3Client {
public:
    /// kInvalidArgument: the options contradict each other.
    static Result<std::unique_ptr<S3Client>> create(const S3Options& options,
                                                    std::unique_ptr<aws::CredentialProvider> credentials, Clock& clock);

    /// `handler` receives a successful body. Once it has seen a byte of one,
    /// nothing is repeated: the caller knows how to go on. Its errors come back
    /// as they are; all others name the operation, the bucket and the endpoint.
    S3Outcome send(const CallContext& ctx, const S3Request& request, const net::ResponseHandler* handler = nullptr);

    /// As S3Store::presign().
    Result<std::string> presign(const CallContext& ctx, std::string_view method, std::string_view key,
                                std::chrono::seconds lifetime);

    /// The row in force: the one configured, or one that answers made more exact.
    const ProviderProfile& profile() const { return *profile_.load(); }
    std::shared_ptr<const Endpoint> endpoint() const;
    /// Now, by the store's clock as far as it is known.
    WallTime time_to_sign() const;
    /// The key that objects are encrypted with; nullptr: none of ours.
    const CustomerKey* customer_key() const { return access_.customer_key ? &*access_.customer_key : nullptr; }
    const RetryPolicy& policy() const { return policy_; }
    Clock& clock() const { return clock_; }

private:
    struct Attempt;
    class Repairs;
    class WatchedHandler;

    S3Client(Clock& clock, std::unique_ptr<aws::CredentialProvider> credentials)
        : clock_(clock), credentials_(std::move(credentials)) {}

    Status check_call(const CallContext& ctx) const;
    Attempt try_once(const CallContext& ctx, const S3Request& request, WatchedHandler* handler);
    void add_access_headers(const S3Request& request, net::HttpHeaders& headers) const;
    net::HttpRequest sign_request(const S3Request& request, const Attempt& attempt);
    void judge(const S3Request& request, Attempt& attempt) const;
    std::optional<std::chrono::milliseconds> wait_before_next(const CallContext& ctx, const Attempt& attempt,
                                                              Repairs& repairs, RetrySession& session);
    bool repair(const CallContext& ctx, const Attempt& attempt, Repairs& repairs);
    bool repair_credentials(const CallContext& ctx, const Attempt& attempt);
    bool repair_clock(const Attempt& attempt);
    bool repair_region(const Attempt& attempt);
    Error final_error(const S3Request& request, const Attempt& attempt, int attempts) const;
    void recognize_provider(const net::HttpResponse& response);

    Clock& clock_;
    const std::unique_ptr<aws::CredentialProvider> credentials_;
    EndpointOptions endpoint_options_;  // Fixed after create(), but for the region.
    AccessSettings access_;
    RetryPolicy policy_;
    RetryBudget budget_;
    std::unique_ptr<ConcurrencyLimit> concurrency_;
    aws::SigningKeyCache keys_;
    std::unique_ptr<net::HttpClient> http_;
    std::optional<ProviderProfile> measured_;  // Fixed after create(); profile_ may point to it.
    std::atomic<const ProviderProfile*> profile_{nullptr};
    std::atomic<std::int64_t> clock_offset_ns_{0};  // The store's clock minus ours.

    struct Place {
        std::shared_ptr<const Endpoint> endpoint;  // Shared with requests under way.
        bool region_learned = false;
    };
    Guarded<Place> place_;
};

}  // namespace cofre::s3
