#pragma once

/// @file
/// The one error type that crosses module boundaries.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cofre {

/// What the *caller* can do about a failure. Add a code only when some caller
/// would act on it; put everything else in the message.
enum class ErrorCode : std::uint8_t {
    kInvalidArgument,    ///< The request is wrong. HTTP 400.
    kUnauthenticated,    ///< Bad key, password or token. HTTP 401.
    kPermissionDenied,   ///< Known caller, not allowed. HTTP 403.
    kNotFound,           ///< The named thing does not exist. HTTP 404.
    kConflict,           ///< Exists already, or locked by another. HTTP 409.
    kResourceExhausted,  ///< Disk full, quota, memory budget. HTTP 507.
    kUnavailable,        ///< Transient: network, 5xx, throttling. HTTP 503.
    kDeadlineExceeded,   ///< Our own deadline passed. HTTP 504.
    kCancelled,          ///< Stop was requested; not a fault.
    kCorruption,         ///< Stored bytes fail MAC, hash or framing. HTTP 500.
    kUnsupported,        ///< Valid, but not by this backend or version. HTTP 501.
    kInternal,           ///< A bug of ours, or a library threw. HTTP 500.
    kNoRepository,       ///< Nothing was initialized there: init, or look elsewhere. HTTP 404.
    kLocked,             ///< Somebody else is at work: wait, or unlock. HTTP 409.
    kWrongPassword,      ///< Of a repository: ask again. HTTP 401.
};

std::string_view to_string(ErrorCode code);

/// A failure: a code for programs, a message for people.
///
/// The message starts with what was being done and ends with the cause, e.g.
/// "open repository: read config: HTTP 503 SlowDown". It never holds a secret.
class [[nodiscard]] Error {
public:
    Error(ErrorCode code, std::string message) : message_(std::move(message)), code_(code) {}

    /// From errno after a failed system call; ENOENT, EACCES, ENOSPC and the
    /// like map to their own codes, the rest to kInternal.
    static Error from_errno(int errnum, std::string_view what);

    ErrorCode code() const { return code_; }
    const std::string& message() const { return message_; }

    /// The only test a retry loop may use.
    bool is_retryable() const { return code_ == ErrorCode::kUnavailable; }

    /// Server's own minimum wait (Retry-After), if it gave one.
    std::optional<std::chrono::milliseconds> retry_after() const { return retry_after_; }
    Error with_retry_after(std::chrono::milliseconds wait) &&;

    /// Prepends what the caller was doing: "<what>: <message>".
    Error context(std::string_view what) &&;

    /// What the operator can do about it, a whole clause in lower case. Kept
    /// apart from the message, so that context() does not bury it. The first
    /// hint given wins: it is nearest to the cause.
    const std::string& hint() const { return hint_; }
    Error with_hint(std::string_view advice) &&;

private:
    std::string message_;
    std::string hint_;
    std::optional<std::chrono::milliseconds> retry_after_;
    ErrorCode code_;
};

}  // namespace cofre
