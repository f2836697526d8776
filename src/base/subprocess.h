#pragma once

/// @file
/// Child processes: an argv, never a shell.

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/byte_source.h"
#include "base/call_context.h"
#include "base/result.h"

namespace cofre {

struct Command {
    /// argv[0] is looked up in PATH. Secrets go into `environment`, not here:
    /// any local user reads a process's arguments.
    std::vector<std::string> argv;
    /// Added to, or replacing, what is inherited; an empty optional removes.
    std::map<std::string, std::optional<std::string>> environment;
    std::optional<std::filesystem::path> working_directory;
};

/// How a child ended.
struct ExitStatus {
    int code = 0;    ///< Exit code, if `signal` is 0.
    int signal = 0;  ///< Signal that ended it.
    bool ok() const { return code == 0 && signal == 0; }
    /// "exit status 3" or "killed by SIGKILL (9)".
    std::string describe() const;
};

/// What run_command() gives the child and takes from it.
struct CommandIo {
    const ByteSource* input = nullptr;  ///< Standard input; /dev/null if null.
    /// Standard input of unknown length, instead of `input`: fills a part of the
    /// room it is given, 0 at the end. While it works, no other pipe is served.
    std::function<Result<std::size_t>(std::span<std::byte>)> pull_input;
    ByteSink on_output;                         ///< Standard output, as it comes; dropped if empty.
    std::size_t max_error_bytes = 64UL * 1024;  ///< Tail of standard error that is kept.
    /// Aborts with kDeadlineExceeded when the child neither writes to its standard
    /// output nor takes input for so long; time in `on_output` does not count. 0: never.
    std::chrono::milliseconds idle_timeout{0};
    std::chrono::milliseconds terminate_grace{5'000};  ///< Between SIGTERM and SIGKILL.
};

struct CommandResult {
    ExitStatus status;
    std::string error_output;  ///< The last `max_error_bytes` of standard error.
};

/// Runs a child in a process group of its own and waits for it. All three
/// pipes are served at once, so no amount of output on one can block another.
/// On a stop request, a passed deadline or an error of `on_output` the whole
/// group gets SIGTERM, then SIGKILL after `terminate_grace`, and is reaped. A non-zero exit
/// is not an error here: the caller reads `status`.
/// A descendant that outlives the child and keeps its pipes open is heard until
/// it has been silent for 5 s, and then left alone.
/// kNotFound: no such program. kCancelled, kDeadlineExceeded: from `ctx`.
/// Errors of `on_output`, `input` and `pull_input` come back with their own code.
/// Memory: a 64 KiB buffer, one more for `input`, and `max_error_bytes`.
Result<CommandResult> run_command(const CallContext& ctx, const Command& command, const CommandIo& io);

}  // namespace cofre
