#pragma once

/// @file
/// From what a store answers to what a caller, and a person, can do about it.
/// Pure. Source: Amazon S3 API Reference, "Error responses"; botocore's
/// standard retry mode for what is worth another attempt.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time_format.h"
#include "net/http_message.h"
#include "s3/s3_request.h"

namespace cofre::s3 {

/// An answer that is not a success.
struct S3Failure {
    int status = 0;
    std::string code;        ///< "NoSuchKey"; empty where an answer has no body (HEAD) or no XML.
    std::string message;     ///< The store's own words, made fit to show.
    std::string region;      ///< Where the bucket is, if the store says.
    std::string request_id;  ///< For the provider's support.
    std::optional<WallTime> server_time;
    std::optional<std::chrono::milliseconds> retry_after;
};

/// Reads body and headers of `response`.
S3Failure read_failure(const net::HttpResponse& response);

/// What another attempt must do differently.
enum class Remedy : std::uint8_t {
    kNone,                ///< It would fail again.
    kRetry,               ///< Wait: a passing fault of the store.
    kWait,                ///< Throttled: wait, and do not count it as an attempt.
    kRefreshCredentials,  ///< Ask for newer credentials.
    kSetClock,            ///< Sign with the store's time.
    kSetRegion,           ///< Sign for the region it names.
};

/// `time_signed`: the time in the signature, which tells a wrong clock from a
/// refusal where the answer has no code. `has_token`: the credentials were
/// temporary ones.
Remedy remedy_for(const S3Failure& failure, WallTime time_signed, bool has_token);

/// What the failed request was.
struct FailedRequest {
    S3Operation operation = S3Operation::kGetObject;
    std::string_view key;
    std::string_view bucket;
    std::string_view base_url;
    std::string_view region;
    std::string_view access_key_id;  ///< Ids are not secret, and tell which credentials were used.
};

/// "put object "k" in bucket "b" at https://host" for errors that are not
/// the store's: a broken connection.
std::string describe(const FailedRequest& request);

/// The one place where S3's codes become ours.
Error to_error(const S3Failure& failure, const FailedRequest& request);

}  // namespace cofre::s3
