#include "testing/traced_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cofre::testing {
namespace {

constexpr int kCannotTrace = 126;
constexpr int kCannotStart = 127;

/// What the first arguments of a system call say about the place it changes.
enum class Shape { kDescriptor, kAtPath, kOpenAt, kOpenAt2, kSymlinkAt, kPath, kAlways };

struct WriteCall {
    std::uint32_t number;
    const char* name;
    Shape shape;
};

constexpr WriteCall kWriteCalls[] = {
    {SYS_write, "write", Shape::kDescriptor},
    {SYS_pwrite64, "pwrite64", Shape::kDescriptor},
    {SYS_writev, "writev", Shape::kDescriptor},
    {SYS_fsync, "fsync", Shape::kDescriptor},
    {SYS_fdatasync, "fdatasync", Shape::kDescriptor},
    {SYS_syncfs, "syncfs", Shape::kDescriptor},
    {SYS_ftruncate, "ftruncate", Shape::kDescriptor},
    {SYS_fallocate, "fallocate", Shape::kDescriptor},
    {SYS_copy_file_range, "copy_file_range", Shape::kDescriptor},
    {SYS_openat, "openat", Shape::kOpenAt},
    {SYS_openat2, "openat2", Shape::kOpenAt2},
    {SYS_mkdirat, "mkdirat", Shape::kAtPath},
    {SYS_unlinkat, "unlinkat", Shape::kAtPath},
    {SYS_renameat, "renameat", Shape::kAtPath},
    {SYS_renameat2, "renameat2", Shape::kAtPath},
    {SYS_linkat, "linkat", Shape::kAtPath},
    {SYS_symlinkat, "symlinkat", Shape::kSymlinkAt},
    {SYS_sync, "sync", Shape::kAlways},
#ifdef SYS_rename  // Not on newer architectures.
    {SYS_rename, "rename", Shape::kPath},
    {SYS_mkdir, "mkdir", Shape::kPath},
    {SYS_rmdir, "rmdir", Shape::kPath},
    {SYS_unlink, "unlink", Shape::kPath},
    {SYS_link, "link", Shape::kPath},
#endif
};
constexpr std::size_t kCallCount = std::size(kWriteCalls);

/// Stops for our calls only: everything else runs at full speed.
using Filter = std::array<sock_filter, kCallCount + 3>;
constexpr Filter make_filter() {
    Filter filter{};
    filter[0] = {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)};
    for (std::size_t i = 0; i < kCallCount; ++i) {
        filter[i + 1] = {BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint8_t>(kCallCount - i), 0,
                         kWriteCalls[i].number};
    }
    filter[kCallCount + 1] = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
    filter[kCallCount + 2] = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRACE};
    return filter;
}

struct ChildPlan {
    std::string in;
    std::string out;
    std::string err;
    std::string folder;
    std::vector<char*> argv;
    std::vector<char*> environment;
    Filter filter = make_filter();
};

/// Between fork and exec: system calls only.
[[noreturn]] void become_child(const ChildPlan& plan) {
    ::setpgid(0, 0);
    const auto redirect = [](const std::string& path, int flags, int to) {
        const int fd = ::open(path.c_str(), flags, 0600);
        if (fd < 0 || ::dup2(fd, to) < 0) ::_exit(kCannotStart);
    };
    redirect(plan.in, O_RDONLY, STDIN_FILENO);
    redirect(plan.out, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, STDOUT_FILENO);
    redirect(plan.err, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, STDERR_FILENO);
    if (::chdir(plan.folder.c_str()) != 0) ::_exit(kCannotStart);
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(kCannotTrace);
    ::raise(SIGSTOP);  // Until our tracer has said what it wants to see.
    const sock_fprog program{static_cast<unsigned short>(plan.filter.size()),
                             const_cast<sock_filter*>(plan.filter.data())};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        ::_exit(kCannotTrace);
    }
    ::execve(plan.argv[0], plan.argv.data(), plan.environment.data());
    ::_exit(kCannotStart);
}

class Tracer {
public:
    Tracer(pid_t child, std::string below, int kill_at) : child_(child), below_(std::move(below)), kill_at_(kill_at) {}
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;
    ~Tracer() {
        if (!is_reaped_) kill_all();
        while (::waitpid(-child_, nullptr, __WALL) > 0) {
        }
    }

    /// The status of the child as waitpid(2) gives it.
    Result<int> run() {
        int status = 0;
        if (::waitpid(child_, &status, 0) != child_ || !WIFSTOPPED(status)) {
            is_reaped_ = true;
            return Error(ErrorCode::kUnsupported, "processes cannot be traced here");
        }
        constexpr long kOptions = PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                  PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEEXEC;
        if (::ptrace(PTRACE_SETOPTIONS, child_, nullptr, kOptions) != 0) {
            return Error(ErrorCode::kUnsupported, "processes cannot be traced here");
        }
        known_.insert(child_);
        go_on(child_, 0);
        for (;;) {
            const pid_t thread = ::waitpid(-child_, &status, __WALL);
            if (thread < 0 && errno == EINTR) continue;
            if (thread < 0) return Error::from_errno(errno, "wait for the traced child");
            if (WIFSTOPPED(status)) {
                stopped(thread, status);
            } else if (thread == child_) {
                is_reaped_ = true;
                return status;
            }
        }
    }

    int writes() const { return writes_; }
    const char* last_write() const { return last_write_; }

private:
    void kill_all() const { ::kill(-child_, SIGKILL); }

    /// Fails only if the thread has just been killed.
    static void go_on(pid_t thread, int signal) { ::ptrace(PTRACE_CONT, thread, nullptr, static_cast<long>(signal)); }

    void stopped(pid_t thread, int status) {
        const int signal = WSTOPSIG(status);
        const int event = status >> 16;
        if (event == PTRACE_EVENT_SECCOMP) {
            if (counts(thread) && ++writes_ == kill_at_) {
                kill_all();
                return;
            }
            return go_on(thread, 0);
        }
        // Threads and children that are new begin with a stop of their own.
        const bool is_first = known_.insert(thread).second;
        go_on(thread, event != 0 || (is_first && signal == SIGSTOP) ? 0 : signal);
    }

    bool counts(pid_t thread) {
        __ptrace_syscall_info info{};
        if (::ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) <= 0) return false;
        if (info.op != PTRACE_SYSCALL_INFO_SECCOMP) return false;
        for (const auto& call : kWriteCalls) {
            if (call.number != info.seccomp.nr) continue;
            if (!changes(thread, call.shape, info.seccomp.args)) return false;
            last_write_ = call.name;
            return true;
        }
        return false;
    }

    bool changes(pid_t thread, Shape shape, const std::uint64_t* args) const {
        switch (shape) {
            case Shape::kAlways: return true;
            case Shape::kDescriptor: return is_below(thread, static_cast<int>(args[0]));
            case Shape::kAtPath: return is_at_below(thread, static_cast<int>(args[0]), args[1]);
            case Shape::kSymlinkAt: return is_at_below(thread, static_cast<int>(args[1]), args[2]);
            case Shape::kPath: return is_at_below(thread, AT_FDCWD, args[0]);
            case Shape::kOpenAt:
                return (args[2] & O_CREAT) != 0 && is_at_below(thread, static_cast<int>(args[0]), args[1]);
            case Shape::kOpenAt2: {
                std::uint64_t flags = 0;  // The first field of struct open_how.
                const bool known = read_memory(thread, args[2], &flags, sizeof flags) == sizeof flags;
                return known && (flags & O_CREAT) != 0 && is_at_below(thread, static_cast<int>(args[0]), args[1]);
            }
        }
        return false;
    }

    bool is_below(pid_t thread, int fd) const {
        std::error_code error;
        const auto link = "/proc/" + std::to_string(thread) + "/fd/" + std::to_string(fd);
        return std::filesystem::read_symlink(link, error).native().starts_with(below_);
    }

    bool is_at_below(pid_t thread, int fd, std::uint64_t address) const {
        std::string path(4096, '\0');
        path.resize(read_memory(thread, address, path.data(), path.size()));
        path.resize(std::min(path.size(), path.find('\0')));
        if (path.starts_with('/')) return path.starts_with(below_);
        return fd == AT_FDCWD || is_below(thread, fd);
    }

    /// Less than asked for where memory ends.
    static std::size_t read_memory(pid_t thread, std::uint64_t address, void* to, std::size_t size) {
        // A string may end just before a page that is not there: up to there first.
        const std::size_t page = 4096 - address % 4096;
        const std::size_t first = std::min(size, page);
        iovec local{to, first};
        iovec remote{reinterpret_cast<void*>(address), first};  // NOLINT(performance-no-int-to-ptr)
        const ssize_t n = ::process_vm_readv(thread, &local, 1, &remote, 1, 0);
        if (n < 0) return 0;
        if (first == size) return static_cast<std::size_t>(n);
        local = {static_cast<char*>(to) + first, size - first};
        remote = {reinterpret_cast<void*>(address + first), size - first};  // NOLINT(performance-no-int-to-ptr)
        const ssize_t more = ::process_vm_readv(thread, &local, 1, &remote, 1, 0);
        return first + static_cast<std::size_t>(std::max<ssize_t>(more, 0));
    }

    pid_t child_;
    std::string below_;
    int kill_at_;
    int writes_ = 0;
    const char* last_write_ = "none";
    std::set<pid_t> known_;
    bool is_reaped_ = false;
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (auto& text : texts)
        out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

}  // namespace

Result<TracedRun> run_traced(const ChildCommand& command, const std::filesystem::path& below, int kill_at) {
    COFRE_ASSIGN(const auto folder, TempDir::create("cofre-traced"));
    ChildPlan plan{.in = folder.path() / "in",
                   .out = folder.path() / "out",
                   .err = folder.path() / "err",
                   .folder = command.working_directory,
                   .argv = {},
                   .environment = {}};
    COFRE_TRY(write_file_atomic(plan.in, command.input));
    std::vector<std::string> argv = command.argv;
    std::vector<std::string> environment;
    for (const auto& [name, value] : command.environment)
        environment.emplace_back(name).append("=").append(value);
    plan.argv = pointers_to(argv);
    plan.environment = pointers_to(environment);

    const pid_t child = ::fork();
    if (child < 0) return Error::from_errno(errno, "start " + argv[0]);
    if (child == 0) become_child(plan);
    ::setpgid(child, child);
    Tracer tracer(child, below.native(), kill_at);
    COFRE_ASSIGN(const int status, tracer.run());
    TracedRun run;
    run.writes = tracer.writes();
    run.last_write = tracer.last_write();
    if (WIFEXITED(status)) run.result.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) run.result.signal = WTERMSIG(status);
    if (run.result.exit_code == kCannotTrace) return Error(ErrorCode::kUnsupported, "processes cannot be traced here");
    constexpr std::size_t kMaxOutput = 16U << 20U;
    COFRE_ASSIGN(run.result.out, read_small_file(plan.out, kMaxOutput));
    COFRE_ASSIGN(run.result.err, read_small_file(plan.err, kMaxOutput));
    return run;
}

}  // namespace cofre::testing
