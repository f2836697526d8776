#pragma once

/// @file
/// What a local loop asks between two steps. Private to store.

#include <string>
#include <string_view>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"

namespace cofre::store {

/// kCancelled or kDeadlineExceeded if the caller's patience has ended.
inline Status check_call(const CallContext& ctx, std::string_view doing) {
    if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, std::string(doing) + ": stop was requested");
    if (system_clock().now() >= ctx.deadline) {
        return Error(ErrorCode::kDeadlineExceeded, std::string(doing) + ": the deadline passed");
    }
    return {};
}

}  // namespace cofre::store
