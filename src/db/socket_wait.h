#pragma once

/// @file
/// Waiting for a library's socket, with a caller's stop and deadline.

#include "base/call_context.h"
#include "base/result.h"

namespace cofre::db {

/// Waits until poll(2) has something of `events` to say of `fd`; does not own it.
/// kCancelled, kDeadlineExceeded: from `ctx`.
Status wait_for_socket(const CallContext& ctx, int fd, short events);

}  // namespace cofre::db
