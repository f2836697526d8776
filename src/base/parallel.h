#pragma once

/// @file
/// The same work on many items, some at a time.

#include <cstddef>
#include <functional>

#include "base/call_context.h"
#include "base/result.h"

namespace cofre {

/// Calls `work(ctx, i)` for each i in [0, count), on at most `threads` threads
/// at once (on the caller's alone when one suffices). Order is not defined. The
/// first error stops what has not begun and is returned. `ctx` inside carries
/// the stop of the group.
Status parallel_for(const CallContext& ctx, std::size_t count, int threads,
                    const std::function<Status(const CallContext&, std::size_t)>& work);

}  // namespace cofre
