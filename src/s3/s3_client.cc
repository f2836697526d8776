#include "s3/s3_client.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/units.h"
#include "s3/object_head.h"
#include "s3/s3_xml.h"

namespace cofre::s3 {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A correction below this would not have changed the store's mind.
constexpr seconds kMeaningfulOffset{60};
// AWS: a presigned URL lives for at most seven days.
constexpr seconds kMaxPresignLifetime{7 * 24 * 3600};

// One that is throttled may go on for minutes: whoever waits should know why.
void report_retry(const Error& error, milliseconds wait, Remedy remedy, int attempts) {
    constexpr int kLongThrottle = 6;
    const bool is_long = remedy == Remedy::kWait && attempts == kLongThrottle;
    const LogLevel level = is_long ? LogLevel::kWarning : LogLevel::kDebug;
    if (log_enabled(level)) log(level, "s3", error.message() + "; trying again in " + format_duration(wait));
}

// A limited rate shared by many would leave each so silent that stores hang up.
int useful_connections(const S3Options& options) {
    int count = options.max_connections;
    if (options.upload_limit) count = std::min(count, options.upload_limit->useful_connections());
    if (options.download_limit) count = std::min(count, options.download_limit->useful_connections());
    return count;
}

bool keeps_a_key_secret(const Endpoint& endpoint) {
    const auto url = net::parse_url(endpoint.base_url());
    return url && (url->scheme == "https" || url->is_loopback());
}

/// Operations that touch bytes of an object, or its checksums.
bool needs_customer_key(S3Operation operation) {
    switch (operation) {
        case S3Operation::kGetObject:
        case S3Operation::kHeadObject:
        case S3Operation::kPutObject:
        case S3Operation::kCopyObject:
        case S3Operation::kCreateMultipartUpload:
        case S3Operation::kUploadPart:
        case S3Operation::kUploadPartCopy:
        case S3Operation::kCompleteMultipartUpload:
        case S3Operation::kListParts:
        case S3Operation::kGetObjectAttributes: return true;
        default: return false;
    }
}

std::string payload_hash(const S3Request& request) {
    if (request.sha256) return request.sha256->hex();
    return request.has_text && !request.text.empty() ? crypto::sha256(request.text).hex()
                                                     : std::string(aws::kEmptyPayload);
}

}  // namespace

/// One try: what it was sent with, and what came of it.
struct S3Client::Attempt {
    std::shared_ptr<const Endpoint> endpoint;
    aws::Credentials credentials;
    WallTime signed_at{};
    std::optional<Error> error;  // No answer.
    net::HttpResponse response;
    std::optional<S3Failure> failure;  // An answer that is not a success.
    bool sent = false;
    bool final = false;  // The caller's own error, or its handler has bytes already.
    Remedy remedy = Remedy::kNone;

    bool ok() const { return !error && !failure; }
    bool may_have_worked() const { return sent && (error || failure->status >= 500); }
    std::optional<milliseconds> retry_after() const { return error ? error->retry_after() : failure->retry_after; }
};

/// Each request gets few corrections of each kind, so that a store that is
/// never content cannot keep it going.
class S3Client::Repairs {
public:
    bool take_credentials() { return credentials_-- > 0; }
    bool take_clock() { return clock_-- > 0; }
    bool take_region() { return region_-- > 0; }

private:
    int credentials_ = 3;
    int clock_ = 2;
    int region_ = 2;
};

/// Passes an answer on, and remembers whether it did.
class S3Client::WatchedHandler {
public:
    explicit WatchedHandler(const net::ResponseHandler& inner) : inner_(inner) {
        outer_.max_body = inner.max_body;
        if (inner.on_head)
            outer_.on_head = [this](const net::HttpResponse& head) { return watch(inner_.on_head(head)); };
        if (inner.on_body) {
            outer_.on_body = [this](std::span<const std::byte> bytes) {
                touched_ = true;
                return watch(inner_.on_body(bytes));
            };
        }
    }

    const net::ResponseHandler& handler() const { return outer_; }
    bool touched() const { return touched_; }

private:
    Status watch(Status status) {
        if (!status) touched_ = true;
        return status;
    }

    const net::ResponseHandler& inner_;
    net::ResponseHandler outer_;
    bool touched_ = false;  // It has seen bytes, or refused.
};

Result<std::unique_ptr<S3Client>> S3Client::create(const S3Options& options,
                                                   std::unique_ptr<aws::CredentialProvider> credentials, Clock& clock) {
    std::unique_ptr<S3Client> client(new S3Client(clock, std::move(credentials)));
    client->measured_ = options.measured;
    const ProviderProfile* profile = client->measured_ ? &*client->measured_ : &guess_provider(options.endpoint);
    if (options.provider) {
        profile = find_provider(*options.provider);
        if (profile == nullptr) {
            return Error(ErrorCode::kInvalidArgument, "no such S3 provider: \"" + *options.provider + "\"");
        }
    }
    client->profile_ = profile;
    client->endpoint_options_ = {.bucket = options.bucket,
                                 .region = options.region,
                                 .endpoint = options.endpoint,
                                 .style = options.addressing.value_or(profile->addressing),
                                 .allow_http = options.allow_http,
                                 .use_fips = options.use_fips,
                                 .use_dualstack = options.use_dualstack};
    COFRE_ASSIGN(auto endpoint, Endpoint::create(client->endpoint_options_));
    if (options.access.customer_key && !keeps_a_key_secret(endpoint)) {
        return Error(ErrorCode::kInvalidArgument,
                     "endpoint " + endpoint.base_url() + ": a customer's key must not go over plain http")
            .with_hint("use https");
    }
    client->access_ = options.access;
    client->place_.with([&](Place& place) { place.endpoint = std::make_shared<const Endpoint>(std::move(endpoint)); });
    client->policy_ = {options.max_attempts, options.part_deadline};
    client->concurrency_ = std::make_unique<ConcurrencyLimit>(useful_connections(options));
    COFRE_ASSIGN(client->http_, net::HttpClient::create({.max_connections = options.max_connections,
                                                         .connect_timeout = options.connect_timeout,
                                                         .idle_timeout = options.idle_timeout,
                                                         .ca_bundle = options.ca_bundle,
                                                         .proxy = options.proxy,
                                                         .upload_limit = options.upload_limit,
                                                         .download_limit = options.download_limit},
                                                        clock));
    return client;
}

std::shared_ptr<const Endpoint> S3Client::endpoint() const {
    return place_.with([](const Place& place) { return place.endpoint; });
}

WallTime S3Client::time_to_sign() const {
    return clock_.wall_now() + std::chrono::nanoseconds(clock_offset_ns_.load());
}

S3Outcome S3Client::send(const CallContext& ctx, const S3Request& request, const net::ResponseHandler* handler) {
    RetrySession session(policy_, budget_, clock_.now());
    Repairs repairs;
    S3Outcome outcome;
    std::optional<WatchedHandler> watched;
    if (handler != nullptr) watched.emplace(*handler);
    for (;;) {
        Attempt attempt = try_once(ctx, request, watched ? &*watched : nullptr);
        if (attempt.ok()) {
            session.succeeded();
            outcome.response = std::move(attempt.response);
            return outcome;
        }
        if (attempt.may_have_worked()) outcome.maybe_done = true;
        outcome.code = attempt.failure ? attempt.failure->code : "";

        const auto wait = wait_before_next(ctx, attempt, repairs, session);
        Error error = final_error(request, attempt, session.attempts());
        if (wait) {
            report_retry(error, *wait, attempt.remedy, session.attempts());
            const Status slept = clock_.sleep(ctx, *wait);
            if (slept) continue;
            error = Error(slept.error().code(), error.message());
        }
        outcome.response = std::move(attempt.response);
        outcome.error = std::move(error);
        return outcome;
    }
}

// None: another attempt would be of no use, or is not allowed.
std::optional<milliseconds> S3Client::wait_before_next(const CallContext& ctx, const Attempt& attempt, Repairs& repairs,
                                                       RetrySession& session) {
    if (attempt.final) return std::nullopt;
    if (repair(ctx, attempt, repairs)) return milliseconds(0);
    switch (attempt.remedy) {
        case Remedy::kRetry:
            return session.next_wait(attempt.error ? FaultKind::kTimeout : FaultKind::kPassing, clock_.now(),
                                     attempt.retry_after());
        case Remedy::kWait: return session.next_wait(FaultKind::kThrottle, clock_.now(), attempt.retry_after());
        default: return std::nullopt;
    }
}

S3Client::Attempt S3Client::try_once(const CallContext& ctx, const S3Request& request, WatchedHandler* handler) {
    Attempt attempt;
    attempt.endpoint = endpoint();
    if (Status status = check_call(ctx); !status) {
        attempt.error = std::move(status).error();
        return attempt;
    }
    auto slot = concurrency_->acquire(ctx.stop);
    if (!slot) {
        attempt.error = std::move(slot).error();
        return attempt;
    }
    auto credentials = credentials_->resolve(ctx);
    if (!credentials) {
        attempt.error = std::move(credentials).error().context("credentials");
        if (attempt.error->is_retryable()) {
            // Whoever names a time has given keys before: an upload that was
            // under way waits for the service to come back.
            attempt.remedy = attempt.error->retry_after() ? Remedy::kWait : Remedy::kRetry;
        }
        return attempt;
    }
    attempt.credentials = *std::move(credentials);
    attempt.signed_at = time_to_sign();  // After all the waiting: a date of long ago is refused.

    const net::HttpRequest http = sign_request(request, attempt);
    const net::ResponseHandler plain{.max_body = request.max_reply};
    attempt.sent = true;
    auto response = http_->send(ctx, http, handler != nullptr ? handler->handler() : plain);
    attempt.final = handler != nullptr && handler->touched();
    if (!response) {
        attempt.error = std::move(response).error();
        attempt.remedy = attempt.error->is_retryable() ? Remedy::kRetry : Remedy::kNone;
        return attempt;
    }
    attempt.response = *std::move(response);
    recognize_provider(attempt.response);
    judge(request, attempt);
    if (attempt.remedy == Remedy::kWait) concurrency_->throttled(clock_.now());
    if (attempt.ok()) concurrency_->succeeded();
    return attempt;
}

// Before anything is sent: a request that is not waited for may still be carried out.
Status S3Client::check_call(const CallContext& ctx) const {
    if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "stop was requested");
    if (clock_.now() >= ctx.deadline) return Error(ErrorCode::kDeadlineExceeded, "the deadline passed");
    return {};
}

void S3Client::add_access_headers(const S3Request& request, net::HttpHeaders& headers) const {
    if (access_.requester_pays) headers.push_back({"x-amz-request-payer", "requester"});
    if (access_.customer_key && needs_customer_key(request.operation)) add_customer_key(*access_.customer_key, headers);
}

net::HttpRequest S3Client::sign_request(const S3Request& request, const Attempt& attempt) {
    const std::string query = net::encode_query(request.query);
    auto target = attempt.endpoint->target(request.key, query);
    const std::string hash = payload_hash(request);
    net::HttpRequest http;
    http.method = request.method;
    http.url = std::move(target.url);
    http.headers.reserve(request.headers.size() + 9);
    http.headers = request.headers;
    add_access_headers(request, http.headers);
    http.headers.push_back({"host", std::move(target.host)});
    http.headers.push_back({"x-amz-content-sha256", hash});
    http.has_text = request.has_text;
    http.text = request.text;
    http.source = request.source;

    const aws::SigningScope scope{.region = attempt.endpoint->region(), .time = attempt.signed_at};
    const aws::SigningKey key = keys_.get(attempt.credentials.secret_access_key, scope);
    aws::sign_headers({.method = http.method, .path = target.path, .query = query, .payload_sha256 = hash},
                      http.headers, scope, attempt.credentials, key);
    // After the signature: proxies change it, and Google's own does.
    http.headers.push_back({"accept-encoding", "identity"});
    return http;
}

void S3Client::judge(const S3Request& request, Attempt& attempt) const {
    if (attempt.response.ok()) {
        // A document, then: an object's body went to a handler.
        if (Status plain = check_not_recoded(attempt.response); !attempt.response.body.empty() && !plain) {
            attempt.error = plain.error();
            return;
        }
        // Copies and completions begin their answer before the work is done,
        // and can only tell of a fault in its body.
        if (!request.result_in_body || parse_result_etag(attempt.response.body)) return;
        attempt.failure = read_failure(attempt.response);
        attempt.failure->status = 500;
        if (attempt.failure->code.empty()) attempt.failure->message = "the answer has no result in it";
    } else {
        attempt.failure = read_failure(attempt.response);
    }
    attempt.remedy = remedy_for(*attempt.failure, attempt.signed_at, !attempt.credentials.session_token.empty());
}

bool S3Client::repair(const CallContext& ctx, const Attempt& attempt, Repairs& repairs) {
    switch (attempt.remedy) {
        case Remedy::kRefreshCredentials: return repairs.take_credentials() && repair_credentials(ctx, attempt);
        case Remedy::kSetClock: return repairs.take_clock() && repair_clock(attempt);
        case Remedy::kSetRegion: return repairs.take_region() && repair_region(attempt);
        case Remedy::kNone:
        case Remedy::kRetry:
        case Remedy::kWait: return false;
    }
    return false;
}

bool S3Client::repair_credentials(const CallContext& ctx, const Attempt& attempt) {
    credentials_->invalidate(attempt.credentials);
    const auto renewed = credentials_->resolve(ctx);
    return renewed && !is_same_set(*renewed, attempt.credentials);
}

bool S3Client::repair_clock(const Attempt& attempt) {
    const auto error = *attempt.failure->server_time - attempt.signed_at;
    if (error < kMeaningfulOffset && -error < kMeaningfulOffset) return false;
    const auto offset = *attempt.failure->server_time - clock_.wall_now();
    clock_offset_ns_ = offset.count();
    log_warning("s3", "this machine's clock is " +
                          format_duration(std::chrono::duration_cast<milliseconds>(std::chrono::abs(offset))) +
                          (offset.count() > 0 ? " behind" : " ahead of") + " the store's; signing with the store's");
    return true;
}

bool S3Client::repair_region(const Attempt& attempt) {
    const std::string& region = attempt.failure->region;
    return place_.with([&](Place& place) {
        // Another request may have learned it meanwhile.
        if (place.endpoint->region() != attempt.endpoint->region()) return true;
        if (place.region_learned || region == place.endpoint->region()) return false;
        EndpointOptions options = endpoint_options_;
        options.region = region;
        auto endpoint = Endpoint::create(options);
        if (!endpoint) return false;
        place.endpoint = std::make_shared<const Endpoint>(*std::move(endpoint));
        place.region_learned = true;
        log_warning("s3", "bucket \"" + options.bucket + "\" is in region " + region + ", not " +
                              attempt.endpoint->region() + "; set it to save a request");
        return true;
    });
}

Error S3Client::final_error(const S3Request& request, const Attempt& attempt, int attempts) const {
    const std::string base_url = attempt.endpoint->base_url();
    const FailedRequest failed{.operation = request.operation,
                               .key = request.key,
                               .bucket = attempt.endpoint->bucket(),
                               .base_url = base_url,
                               .region = attempt.endpoint->region(),
                               .access_key_id = attempt.credentials.access_key_id};
    if (attempt.error && attempt.final) return *attempt.error;
    Error error =
        attempt.failure ? to_error(*attempt.failure, failed) : Error(*attempt.error).context(describe(failed));
    if (attempts == 1) return error;
    return std::move(error).context("gave up after " + std::to_string(attempts) + " attempts");
}

void S3Client::recognize_provider(const net::HttpResponse& response) {
    const ProviderProfile* const current = profile_.load();
    if (current->name != "unknown") return;
    if (const ProviderProfile* const found = recognize(response)) profile_ = found;
}

Result<std::string> S3Client::presign(const CallContext& ctx, std::string_view method, std::string_view key,
                                      seconds lifetime) {
    if (method != "GET" && method != "PUT" && method != "HEAD" && method != "DELETE") {
        return Error(ErrorCode::kInvalidArgument, "presign: not GET, PUT, HEAD or DELETE");
    }
    if (lifetime < seconds(1) || lifetime > kMaxPresignLifetime) {
        return Error(ErrorCode::kInvalidArgument, "presign: the lifetime must be from 1 second to 7 days");
    }
    if (access_.customer_key && method != "DELETE") {
        return Error(ErrorCode::kUnsupported, "presign: a URL cannot carry the customer's key of the target");
    }
    COFRE_ASSIGN(const aws::Credentials credentials, credentials_->resolve(ctx));
    const WallTime now = time_to_sign();
    if (credentials.expires_at) {
        const auto left = std::chrono::floor<seconds>(*credentials.expires_at - now);
        if (left < seconds(1)) return Error(ErrorCode::kUnauthenticated, "presign: the credentials have expired");
        lifetime = std::min(lifetime, left);
    }
    const auto endpoint = this->endpoint();
    const auto target = endpoint->target(key, "");
    const net::HttpHeaders headers = {{"host", target.host}};
    const aws::SigningScope scope{.region = endpoint->region(), .time = now};
    const auto signing_key = keys_.get(credentials.secret_access_key, scope);
    const aws::SignableRequest request{.method = method,
                                       .path = target.path,
                                       .query = access_.requester_pays ? "x-amz-request-payer=requester" : "",
                                       .headers = &headers,
                                       .payload_sha256 = aws::kUnsignedPayload};
    const auto signed_query = aws::sign_query(request, scope, credentials, signing_key, lifetime);
    return target.url + "?" + signed_query.query;
}

}  // namespace cofre::s3
