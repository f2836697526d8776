#pragma once

/// @file
/// What a command writes, as a stream that ends well only if the command does.

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

#include "base/call_context.h"
#include "base/pushed_stream.h"
#include "base/result.h"
#include "base/subprocess.h"

namespace cofre {

struct CommandStreamOptions {
    /// The command is killed when it writes nothing for so long while somebody
    /// waits for it; what a slow reader holds up does not count. 0: never.
    std::chrono::milliseconds idle_timeout{0};
    std::size_t max_error_bytes = 64UL * 1024;  ///< Tail of standard error that is kept.
};

/// Runs the command on a thread of its own. The end of its output is not the end
/// of the stream: read() gives 0 only when the command has exited 0, and an error
/// otherwise. Destruction kills its process group. For one reading thread.
/// Memory: PushedStream's, and the tail of standard error.
class CommandStream {
public:
    CommandStream(const CallContext& ctx, Command command, const CommandStreamOptions& options = {});

    /// Fills a part of `room`. kInvalidArgument: the command exited with another
    /// status, and the end of its standard error; kNotFound: there is no such
    /// program; kDeadlineExceeded: it was idle for too long.
    Result<std::size_t> read(std::span<std::byte> room) { return output_.read(room); }

    /// The tail of its standard error. Call once read() has given 0 or an error.
    const std::string& error_output() const { return error_output_; }

private:
    std::string error_output_;  // Of the stream's thread until the stream has ended.
    PushedStream output_;       // Last: its thread writes the one above.
};

}  // namespace cofre
