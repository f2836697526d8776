#pragma once

/// @file
/// A child that is killed at its N-th write, whichever of its threads does it.

#include <filesystem>
#include <string>

#include "base/result.h"
#include "testing/child_process.h"

namespace cofre::testing {

/// strace's `inject=...:signal=KILL:when=N` counts for each thread and each
/// system call apart, so that it cannot enumerate the states that a program
/// with several threads leaves. This counts them all together.
struct TracedRun {
    ChildResult result;
    int writes = 0;          ///< Begun below the folder; the fatal one included.
    std::string last_write;  ///< Name of the last such system call.
};

/// Runs `command` (argv[0]: an absolute path), and kills it (SIGKILL) just
/// before its `kill_at`-th system call that changes something below `below`:
/// creates, writes, syncs, links, renames, removes. 0: never.
///
/// kUnsupported: this machine does not let processes be traced. A child that
/// hangs is ended by whoever ends us: it dies with its tracer. Call on a thread
/// that has no other children to wait for in the same process group.
Result<TracedRun> run_traced(const ChildCommand& command, const std::filesystem::path& below, int kill_at);

}  // namespace cofre::testing
