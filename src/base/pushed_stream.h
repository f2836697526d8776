#pragma once

/// @file
/// Something that pushes bytes into a sink, turned into something to read from.

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "base/bounded_queue.h"
#include "base/byte_source.h"
#include "base/call_context.h"
#include "base/result.h"
#include "base/task_group.h"

namespace cofre {

/// Runs a producer on a thread of its own, and holds it back while nobody reads.
/// Destruction stops it. For one reading thread. Memory: 16 pieces of at most
/// 64 KiB, and the piece that is being read.
class PushedStream {
public:
    /// Passes all bytes to the sink, in order; its result is the stream's. The
    /// context ends when `ctx` does or nobody reads any more.
    using Producer = std::function<Status(const CallContext& ctx, const ByteSink& sink)>;

    PushedStream(const CallContext& ctx, Producer producer);

    /// Fills a part of `room`. 0 only when the producer has ended well; its error
    /// otherwise.
    Result<std::size_t> read(std::span<std::byte> room);

private:
    std::stop_source failed_;
    BoundedQueue<std::vector<std::byte>> pieces_{16};
    std::vector<std::byte> piece_;
    std::size_t used_ = 0;
    bool is_over_ = false;
    std::optional<Error> failure_;  ///< Of the producer; every later read() says it again.
    TaskGroup group_;               // Last: joined before the rest dies.
};

}  // namespace cofre
