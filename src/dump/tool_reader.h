#pragma once

/// @file
/// The standard output of a dump tool. Private to dump.

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "base/call_context.h"
#include "base/result.h"
#include "base/subprocess.h"
#include "dump/dump.h"

namespace cofre::dump {

struct ToolStream {
    Command command;
    std::chrono::milliseconds idle_timeout{0};  ///< As DumpRequest::idle_timeout.
    bool allow_empty = false;
    /// Sees up to the first and the last kSeenBytes of what the tool wrote, after
    /// it has exited 0; its error is the stream's. May be empty.
    std::function<Status(std::string_view first, std::string_view last)> check_ends;
    /// Whatever must live as long as the tool: an option file, a session.
    std::shared_ptr<void> keeps;

    static constexpr std::size_t kSeenBytes = 4096;
};

/// Starts the tool. The stream ends well only if the tool exits 0, wrote at least
/// one byte (or may write none) and `check_ends` agrees. Memory: CommandStream's.
std::unique_ptr<DumpReader> open_tool(const CallContext& ctx, ToolStream stream);

}  // namespace cofre::dump
