#pragma once

/// @file
/// Programs under test and the tools that judge them, as child processes.
///
/// Not base/subprocess.h on purpose: a harness must not stand on the code it
/// tests, and tests also need to send signals, and to set the whole environment.

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/file.h"
#include "base/result.h"

namespace cofre::testing {

struct ChildCommand {
    std::vector<std::string> argv = {};  ///< argv[0] is looked up in the child's own PATH.
    /// All of it: nothing is inherited. See clean_environment().
    std::map<std::string, std::string> environment = {};
    std::filesystem::path working_directory = ".";
    std::string input = {};  ///< Standard input.
};

/// How a child ended and what it wrote.
struct ChildResult {
    int exit_code = -1;  ///< -1 if a signal ended it.
    int signal = 0;
    std::string out;
    std::string err;
    /// For failure messages: the ending and both outputs.
    std::string describe() const;
};

/// A running child in a process group of its own. Output goes to temporary
/// files, so that no amount of it can block. Destruction kills the group.
/// Not thread-safe.
class ChildProcess {
public:
    static Result<ChildProcess> start(const ChildCommand& command);
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) noexcept;
    ~ChildProcess();

    pid_t pid() const { return pid_; }

    /// Sends `signal_number` to the child alone, as `kill` does.
    Status send_signal(int signal_number) const;

    /// Waits for the end. kDeadlineExceeded: it still runs after `limit`; the
    /// group has been killed, and the message holds what it wrote.
    Result<ChildResult> wait(std::chrono::milliseconds limit);

    /// What it has written so far.
    std::string output_so_far() const;
    std::string errors_so_far() const;

private:
    ChildProcess(pid_t pid, UniqueFd pidfd, TempDir folder)
        : pid_(pid), pidfd_(std::move(pidfd)), folder_(std::move(folder)) {}
    void kill_group();

    pid_t pid_;  ///< 0 once it has been reaped.
    UniqueFd pidfd_;
    TempDir folder_;
};

/// start() and wait() in one.
Result<ChildResult> run_child(const ChildCommand& command, std::chrono::milliseconds limit = std::chrono::minutes(2));

/// PATH with Debian's own folders only, LANG=C.UTF-8, the options of sanitizers,
/// and HOME at `home`, so that no setting of the user's reaches a test.
std::map<std::string, std::string> clean_environment(const std::filesystem::path& home);

/// A folder to be that home.
TempDir temporary_home();

}  // namespace cofre::testing
