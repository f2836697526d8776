#include "base/error.h"

#include <cerrno>
#include <system_error>

namespace cofre {

std::string_view to_string(ErrorCode code) {
    switch (code) {  // No default: the compiler reports a missing code.
        case ErrorCode::kInvalidArgument: return "invalid argument";
        case ErrorCode::kUnauthenticated: return "unauthenticated";
        case ErrorCode::kPermissionDenied: return "permission denied";
        case ErrorCode::kNotFound: return "not found";
        case ErrorCode::kConflict: return "conflict";
        case ErrorCode::kResourceExhausted: return "resource exhausted";
        case ErrorCode::kUnavailable: return "unavailable";
        case ErrorCode::kDeadlineExceeded: return "deadline exceeded";
        case ErrorCode::kCancelled: return "cancelled";
        case ErrorCode::kCorruption: return "corruption";
        case ErrorCode::kUnsupported: return "unsupported";
        case ErrorCode::kInternal: return "internal";
        case ErrorCode::kNoRepository: return "no repository";
        case ErrorCode::kLocked: return "locked";
        case ErrorCode::kWrongPassword: return "wrong password";
    }
    return "unknown";
}

Error Error::from_errno(int errnum, std::string_view what) {
    ErrorCode code = ErrorCode::kInternal;
    switch (errnum) {
        case ENOENT: code = ErrorCode::kNotFound; break;
        case EACCES:
        case EPERM: code = ErrorCode::kPermissionDenied; break;
        case EEXIST: code = ErrorCode::kConflict; break;
        case ENOSPC:
        case EROFS:  // As final as a full disk: no file will fit.
        case EDQUOT:
        case EFBIG:
        case ENFILE:
        case EMFILE: code = ErrorCode::kResourceExhausted; break;
        case ECONNREFUSED:
        case ECONNRESET:
        case ETIMEDOUT: code = ErrorCode::kUnavailable; break;
        default: break;
    }
    // std::system_category().message() is thread-safe; strerror() is not.
    return Error(code, std::string(what) + ": " + std::system_category().message(errnum));
}

Error Error::with_retry_after(std::chrono::milliseconds wait) && {
    retry_after_ = wait;
    return std::move(*this);
}

Error Error::context(std::string_view what) && {
    message_.insert(0, std::string(what) + ": ");
    return std::move(*this);
}

Error Error::with_hint(std::string_view advice) && {
    if (hint_.empty()) hint_ = advice;
    return std::move(*this);
}

}  // namespace cofre
