#include "s3/s3_error.h"

#include <algorithm>
#include <array>

#include "base/number.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "s3/s3_xml.h"

namespace cofre::s3 {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxMessage = 300;
// Half of what Amazon S3 tolerates: clearly wrong, and not yet refused.
constexpr std::chrono::seconds kSuspectSkew{450};

// botocore's throttling codes.
constexpr std::array<std::string_view, 13> kThrottles = {"SlowDown",
                                                         "Throttling",
                                                         "ThrottlingException",
                                                         "ThrottledException",
                                                         "RequestThrottledException",
                                                         "RequestThrottled",
                                                         "TooManyRequestsException",
                                                         "TooManyRequests",
                                                         "RequestLimitExceeded",
                                                         "BandwidthLimitExceeded",
                                                         "LimitExceededException",
                                                         "EC2ThrottledException",
                                                         "SlowDownWrite"};

constexpr std::array<std::string_view, 6> kPassing = {"RequestTimeout",          "RequestTimeoutException",
                                                      "PriorRequestNotComplete", "InternalError",
                                                      "ServiceUnavailable",      "OperationAborted"};

// Ceph RGW answers InvalidAccessKeyId for a session token that has expired.
constexpr std::array<std::string_view, 6> kStaleCredentials = {"ExpiredToken",   "ExpiredTokenException",
                                                               "InvalidToken",   "TokenRefreshRequired",
                                                               "RequestExpired", "InvalidAccessKeyId"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view code) {
    return std::find(list.begin(), list.end(), code) != list.end();
}

// Some stores repeat parts of the request in their messages.
std::string fit_to_show(std::string_view text) {
    std::string shown = redact(escape_for_display(text.substr(0, kMaxMessage)));
    while (shown.ends_with('.'))
        shown.pop_back();
    return shown;
}

std::optional<milliseconds> parse_retry_after(const net::HttpResponse& response) {
    const auto parse = [](std::string_view text) -> std::optional<long> {
        const auto number = parse_number<long>(text);
        return number && *number >= 0 ? number : std::nullopt;
    };
    if (const auto ms = parse(response.header("x-amz-retry-after"))) return milliseconds(*ms);
    if (const auto s = parse(response.header("retry-after"))) return std::chrono::seconds(*s);
    return std::nullopt;
}

// What to say and do, by S3's code. `text` empty: the store's own words.
struct CodeRow {
    std::string_view code;
    ErrorCode ours;
    std::string_view text;
    std::string_view hint;
};

constexpr std::string_view kRegionHint = "set the region to the one where the bucket was created";
constexpr std::string_view kCredentialsHint =
    "the temporary credentials have ended; sign in again, or give a source that renews them";

constexpr std::array kRows = {
    CodeRow{"NoSuchKey", ErrorCode::kNotFound, "no such object", ""},
    CodeRow{"NoSuchUpload", ErrorCode::kNotFound, "no such multipart upload", ""},
    CodeRow{"NoSuchVersion", ErrorCode::kNotFound, "no such version", ""},
    CodeRow{"InvalidAccessKeyId", ErrorCode::kUnauthenticated, "the store does not know this access key id",
            "check the access key id, and that the key belongs to this endpoint"},
    CodeRow{"SignatureDoesNotMatch", ErrorCode::kUnauthenticated, "the secret key does not fit the access key id",
            "check the secret access key: copied whole, and of the same pair as the id"},
    CodeRow{"ExpiredToken", ErrorCode::kUnauthenticated, "the session token has expired", kCredentialsHint},
    CodeRow{"ExpiredTokenException", ErrorCode::kUnauthenticated, "the session token has expired", kCredentialsHint},
    CodeRow{"RequestExpired", ErrorCode::kUnauthenticated, "the session token has expired", kCredentialsHint},
    CodeRow{"TokenRefreshRequired", ErrorCode::kUnauthenticated, "the session token has expired", kCredentialsHint},
    CodeRow{"InvalidToken", ErrorCode::kUnauthenticated, "the session token is not valid", kCredentialsHint},
    CodeRow{"RequestTimeTooSkewed", ErrorCode::kUnauthenticated,
            "this machine's clock differs too much from the store's",
            "set this machine's clock, for instance with NTP"},
    CodeRow{"AuthorizationHeaderMalformed", ErrorCode::kInvalidArgument, "the bucket is in another region",
            kRegionHint},
    CodeRow{"PermanentRedirect", ErrorCode::kInvalidArgument, "the bucket is in another region", kRegionHint},
    CodeRow{"TemporaryRedirect", ErrorCode::kUnavailable, "the bucket is in another region", kRegionHint},
    CodeRow{"IllegalLocationConstraintException", ErrorCode::kInvalidArgument, "the bucket is in another region",
            kRegionHint},
    CodeRow{"InvalidBucketName", ErrorCode::kInvalidArgument, "not a valid bucket name", "check the bucket's name"},
    CodeRow{"PreconditionFailed", ErrorCode::kConflict, "the object is not as expected", ""},
    CodeRow{"ConditionalRequestConflict", ErrorCode::kConflict, "another writer is at the same key", ""},
    CodeRow{"XAmzContentSHA256Mismatch", ErrorCode::kConflict, "the body differs from its hash", ""},
    CodeRow{"BadDigest", ErrorCode::kConflict, "the body differs from its hash", ""},
    CodeRow{"InvalidObjectState", ErrorCode::kUnsupported, "the object is in an archive tier",
            "restore it first: cofre s3 thaw URL --wait"},
    CodeRow{"QuotaExceeded", ErrorCode::kResourceExhausted, "the quota is used up", "raise the quota, or free space"},
    CodeRow{"XMinioStorageFull", ErrorCode::kResourceExhausted, "the store is full", "free space on the store"},
    CodeRow{"XMinioAdminBucketQuotaExceeded", ErrorCode::kResourceExhausted, "the quota is used up",
            "raise the quota, or free space"},
    CodeRow{"NotImplemented", ErrorCode::kUnsupported, "the store does not offer this", ""},
    CodeRow{"RequestTimeout", ErrorCode::kUnavailable, "", ""},
    CodeRow{"OperationAborted", ErrorCode::kUnavailable, "", ""},
    CodeRow{"InternalError", ErrorCode::kUnavailable, "", ""},
};

ErrorCode code_for_status(int status) {
    if (status == 429 || status >= 500) {
        if (status == 501) return ErrorCode::kUnsupported;
        return status == 507 ? ErrorCode::kResourceExhausted : ErrorCode::kUnavailable;
    }
    switch (status) {
        case 401: return ErrorCode::kUnauthenticated;
        case 403: return ErrorCode::kPermissionDenied;
        case 404: return ErrorCode::kNotFound;
        case 405: return ErrorCode::kUnsupported;
        case 409:
        case 412: return ErrorCode::kConflict;
        default: return ErrorCode::kInvalidArgument;
    }
}

// "SlowDown, HTTP 503, request 4F1A": what support asks for.
std::string identification(const S3Failure& failure) {
    std::string text = failure.code.empty() ? "" : failure.code + ", ";
    text += "HTTP " + std::to_string(failure.status);
    if (!failure.request_id.empty()) text += ", request " + failure.request_id;
    return text;
}

Error access_denied(const S3Failure& failure, const FailedRequest& request) {
    std::string hint = "allow ";
    hint.append(permission_for(request.operation)).append(" on bucket \"").append(request.bucket).append("\"");
    if (!request.access_key_id.empty()) hint.append(" for key ").append(request.access_key_id);
    return Error(ErrorCode::kPermissionDenied, describe(request) + ": access denied (" + identification(failure) + ")")
        .with_hint(hint);
}

Error no_such_bucket(const S3Failure& failure, const FailedRequest& request) {
    std::string message = "bucket \"";
    message.append(request.bucket).append("\" does not exist at ").append(request.base_url);
    message.append(" (").append(failure.code).append(")");
    return Error(ErrorCode::kNotFound, std::move(message))
        .with_hint("create it, or check the bucket's name and the endpoint");
}

std::string region_hint(const S3Failure& failure) {
    if (failure.region.empty()) return std::string(kRegionHint);
    return "set the region to " + failure.region;
}

}  // namespace

S3Failure read_failure(const net::HttpResponse& response) {
    S3Failure failure;
    failure.status = response.status;
    if (auto document = parse_error_document(response.body)) {
        failure.code = fit_to_show(document->code);
        failure.message = fit_to_show(document->message);
        failure.region = fit_to_show(document->region);
        failure.request_id = fit_to_show(document->request_id);
    }
    if (const auto region = response.header("x-amz-bucket-region"); !region.empty())
        failure.region = fit_to_show(region);
    if (failure.request_id.empty()) failure.request_id = fit_to_show(response.header("x-amz-request-id"));
    if (const auto time = parse_http_date(response.header("date"))) failure.server_time = *time;
    failure.retry_after = parse_retry_after(response);
    return failure;
}

Remedy remedy_for(const S3Failure& failure, WallTime time_signed, bool has_token) {
    const std::string_view code = failure.code;
    if (contains(kThrottles, code) || failure.status == 429) return Remedy::kWait;
    if (code == "RequestTimeTooSkewed") return failure.server_time ? Remedy::kSetClock : Remedy::kNone;
    if (contains(kStaleCredentials, code)) return Remedy::kRefreshCredentials;

    const bool elsewhere = code == "AuthorizationHeaderMalformed" || failure.status == 301 || failure.status == 307;
    if (elsewhere || (failure.status == 400 && code.empty())) {
        if (!failure.region.empty()) return Remedy::kSetRegion;
    }
    // HEAD: the status is all there is.
    if (code.empty() && failure.status >= 400 && failure.status < 404) {
        const bool skewed = failure.server_time && (*failure.server_time - time_signed > kSuspectSkew ||
                                                    time_signed - *failure.server_time > kSuspectSkew);
        if (skewed) return Remedy::kSetClock;
        if (has_token) return Remedy::kRefreshCredentials;
    }
    const int status = failure.status;
    if (contains(kPassing, code) || status == 500 || status == 502 || status == 503 || status == 504)
        return Remedy::kRetry;
    return Remedy::kNone;
}

std::string describe(const FailedRequest& request) {
    std::string text(describe(request.operation));
    if (!request.key.empty()) text += " \"" + escape_for_display(request.key) + "\"";
    text.append(" in bucket \"").append(request.bucket).append("\" at ").append(request.base_url);
    return text;
}

Error to_error(const S3Failure& failure, const FailedRequest& request) {
    if (failure.code == "NoSuchBucket") return no_such_bucket(failure, request);
    const auto* const row =
        std::find_if(kRows.begin(), kRows.end(), [&](const CodeRow& r) { return r.code == failure.code; });
    const bool known = row != kRows.end();
    const ErrorCode code = known ? row->ours : code_for_status(failure.status);
    if (!known && code == ErrorCode::kPermissionDenied) return access_denied(failure, request);

    std::string cause = known && !row->text.empty() ? std::string(row->text) : failure.message;
    if (failure.code.empty() && failure.status == 404) cause = "not found";
    std::string message = describe(request) + ": ";
    message += cause.empty() ? identification(failure) : cause + " (" + identification(failure) + ")";
    Error error(code, std::move(message));
    if (failure.retry_after) error = std::move(error).with_retry_after(*failure.retry_after);
    if (!known || row->hint.empty()) return error;
    return std::move(error).with_hint(row->hint == kRegionHint ? region_hint(failure) : std::string(row->hint));
}

}  // namespace cofre::s3
