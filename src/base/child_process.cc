#include "base/child_process.h"

#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cofre {
namespace {

std::vector<std::string> merged_environment(const Command& command) {
    std::vector<std::string> merged;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        if (!command.environment.contains(std::string(text.substr(0, text.find('='))))) merged.emplace_back(text);
    }
    for (const auto& [name, value] : command.environment) {
        if (value) merged.push_back(name + "=" + *value);
    }
    return merged;
}

// A null-terminated array of pointers into `texts`, as exec wants it.
std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (std::string& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

/// The two opaque structures of posix_spawn(3), freed together. The first
/// error sticks.
class SpawnSettings {
public:
    SpawnSettings() {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;
    ~SpawnSettings() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    void set_streams(const ChildProcess::StandardStreams& streams) {
        keep(::posix_spawn_file_actions_adddup2(&actions_, streams.input, STDIN_FILENO));
        keep(::posix_spawn_file_actions_adddup2(&actions_, streams.output, STDOUT_FILENO));
        keep(::posix_spawn_file_actions_adddup2(&actions_, streams.error, STDERR_FILENO));
        // Another thread or a library may have a descriptor without O_CLOEXEC.
        keep(::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1));
    }

    void set_working_directory(const std::string& path) {
        keep(::posix_spawn_file_actions_addchdir_np(&actions_, path.c_str()));
    }

    void set_group_and_signals() {
        sigset_t none;
        sigset_t all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        keep(::posix_spawnattr_setpgroup(&attributes_, 0));
        keep(::posix_spawnattr_setsigmask(&attributes_, &none));
        keep(::posix_spawnattr_setsigdefault(&attributes_, &all));
        const int flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
        keep(::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags)));
    }

    /// 0, or the errno.
    int spawn(pid_t& pid, std::vector<std::string> argv, std::vector<std::string> environment) const {
        if (error_ != 0) return error_;
        return ::posix_spawnp(&pid, argv.front().c_str(), &actions_, &attributes_, pointers(argv).data(),
                              pointers(environment).data());
    }

private:
    void keep(int error) {
        if (error_ == 0) error_ = error;
    }

    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
    int error_ = 0;
};

Error spawn_error(int error, const std::string& program) {
    Error result = Error::from_errno(error, "run " + program);
    if (error == ENOENT) return std::move(result).with_hint("install it, or put its folder into PATH");
    return result;
}

// By number: <sys/pidfd.h> of glibc 2.36 declares it with C++ linkage.
int open_pidfd(pid_t pid) {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

// In the child both mistakes are ENOENT; the caller wants to know which it is.
Status check_directory(const std::filesystem::path& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return Error::from_errno(errno, "working directory " + path.string());
    if (!S_ISDIR(info.st_mode)) return Error::from_errno(ENOTDIR, "working directory " + path.string());
    return {};
}

}  // namespace

std::string ExitStatus::describe() const {
    if (signal == 0) return fmt::format("exit status {}", code);
    const char* name = ::sigabbrev_np(signal);
    if (name == nullptr) return fmt::format("killed by signal {}", signal);
    return fmt::format("killed by SIG{} ({})", name, signal);
}

Result<ChildProcess> ChildProcess::spawn(const Command& command, const StandardStreams& streams) {
    if (command.working_directory) COFRE_TRY(check_directory(*command.working_directory));

    SpawnSettings settings;
    settings.set_streams(streams);
    if (command.working_directory) settings.set_working_directory(command.working_directory->string());
    settings.set_group_and_signals();

    pid_t pid = -1;
    const int error = settings.spawn(pid, command.argv, merged_environment(command));
    if (error != 0) return spawn_error(error, command.argv.front());
    return ChildProcess(pid);
}

ChildProcess::ChildProcess(pid_t pid) : pid_(pid), exit_fd_(open_pidfd(pid)) {}

ChildProcess::~ChildProcess() {
    if (pid_ < 0) return;
    signal_group(SIGKILL);
    (void)reap();  // Nobody is left to be told how it ended.
}

bool ChildProcess::has_ended() const {
    siginfo_t info{};
    const int result = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
    return result != 0 ? errno != EINTR : info.si_pid != 0;
}

void ChildProcess::signal_group(int signal) const {
    ::kill(-pid_, signal);  // ESRCH is impossible: the unreaped leader is in the group.
}

Result<ExitStatus> ChildProcess::reap() {
    const pid_t pid = std::exchange(pid_, -1);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) return Error::from_errno(errno, "wait for child process");
    }
    if (WIFSIGNALED(status)) return ExitStatus{.code = 0, .signal = WTERMSIG(status)};
    return ExitStatus{.code = WEXITSTATUS(status), .signal = 0};
}

}  // namespace cofre
