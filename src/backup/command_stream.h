#pragma once

/// @file
/// What a command writes, as a stream that ends well only if the command does.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/bounded_queue.h"
#include "base/call_context.h"
#include "base/result.h"
#include "base/task_group.h"

namespace cofre::backup {

/// Runs the command on a thread of its own. The end of its output is not the end
/// of the stream: read() gives 0 only when the command has exited 0, and an error
/// otherwise. Destruction kills its process group. Memory: 16 pieces of 64 KiB.
class CommandStream {
public:
    /// `argv` is run as it is; no shell.
    CommandStream(const CallContext& ctx, std::vector<std::string> argv);

    /// For StreamBackupPlan::read. kInvalidArgument: the command exited with
    /// another status, and the end of its standard error; kNotFound: there is no
    /// such program.
    Result<std::size_t> read(std::span<std::byte> room);

private:
    Status run(const std::stop_token& stop, const std::vector<std::string>& argv);

    std::stop_source failed_;
    BoundedQueue<std::vector<std::byte>> pieces_{16};
    std::vector<std::byte> piece_;
    std::size_t used_ = 0;
    bool is_over_ = false;
    TaskGroup group_;  // Last: joined before the rest dies.
};

}  // namespace cofre::backup
