#pragma once

/// @file
/// One spawned process and its group, from start to reaping. Private to base:
/// the rest of the program calls run_command().

#include <sys/types.h>

#include "base/file.h"
#include "base/result.h"
#include "base/subprocess.h"

namespace cofre {

/// Leader of a process group of its own. Stays unreaped until reap(), so that
/// its id cannot be given to another process while we may still signal it.
///
/// Destruction without reap() kills the group and reaps.
class ChildProcess {
public:
    /// The child's descriptors 0, 1 and 2; it gets no other.
    struct StandardStreams {
        int input;
        int output;
        int error;
    };

    /// All signals are unblocked and at their default in the child.
    /// kNotFound: no such program, or no such working directory.
    static Result<ChildProcess> spawn(const Command& command, const StandardStreams& streams);

    ChildProcess(ChildProcess&& other) noexcept
        : pid_(std::exchange(other.pid_, -1)), exit_fd_(std::move(other.exit_fd_)) {}
    ChildProcess& operator=(ChildProcess&& other) = delete;
    ~ChildProcess();

    /// Becomes readable when the leader ends; -1 if the kernel has no pidfd.
    int exit_fd() const { return exit_fd_.get(); }

    bool has_ended() const;

    void signal_group(int signal) const;

    /// Waits for the leader. Call once, last.
    Result<ExitStatus> reap();

private:
    explicit ChildProcess(pid_t pid);

    pid_t pid_;
    UniqueFd exit_fd_;
};

}  // namespace cofre
