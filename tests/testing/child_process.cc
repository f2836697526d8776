#include "testing/child_process.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

namespace cofre::testing {
namespace {

/// Attributes and file actions of one posix_spawnp, freed on every way out.
struct SpawnPlan {
    SpawnPlan() {
        posix_spawnattr_init(&attributes);
        posix_spawn_file_actions_init(&actions);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawnattr_t attributes{};
    posix_spawn_file_actions_t actions{};
};

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    result.reserve(strings.size() + 1);
    for (std::string& text : strings)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

/// posix_spawnp looks in *our* PATH; the child's may be another.
std::string find_program(const std::string& name, const std::map<std::string, std::string>& environment) {
    const auto path = environment.find("PATH");
    if (name.find('/') != std::string::npos || path == environment.end()) return name;
    std::size_t start = 0;
    while (start <= path->second.size()) {
        const std::size_t end = std::min(path->second.find(':', start), path->second.size());
        std::string candidate = path->second.substr(start, end - start) + "/" + name;
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
        start = end + 1;
    }
    return name;
}

/// A child must not inherit a mask or handlers that a test set for itself.
void reset_signals(SpawnPlan& plan) {
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&plan.attributes, &none);
    sigset_t defaults;
    sigemptyset(&defaults);
    for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGQUIT})
        sigaddset(&defaults, number);
    posix_spawnattr_setsigdefault(&plan.attributes, &defaults);
}

std::string text_of(const std::filesystem::path& file) {
    // read_small_file() takes all the memory it is allowed at once; a running
    // child may write some more meanwhile.
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    auto text = read_small_file(file, (error ? 0 : size) + 65536);
    return text ? *std::move(text) : "(" + text.error().message() + ")";
}

}  // namespace

std::string ChildResult::describe() const {
    std::string text = signal != 0 ? "killed by signal " + std::to_string(signal) : "exit " + std::to_string(exit_code);
    return text + "\n--- stdout\n" + out + "\n--- stderr\n" + err;
}

Result<ChildProcess> ChildProcess::start(const ChildCommand& command) {
    COFRE_CHECK(!command.argv.empty());
    COFRE_ASSIGN(auto folder, TempDir::create("cofre-child"));
    const std::string in = folder.path() / "in";
    const std::string out = folder.path() / "out";
    const std::string err = folder.path() / "err";
    COFRE_TRY(write_file_atomic(in, command.input));

    SpawnPlan plan;
    constexpr int kWrite = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND;
    posix_spawn_file_actions_addopen(&plan.actions, STDIN_FILENO, in.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&plan.actions, STDOUT_FILENO, out.c_str(), kWrite, 0600);
    posix_spawn_file_actions_addopen(&plan.actions, STDERR_FILENO, err.c_str(), kWrite, 0600);
    posix_spawn_file_actions_addchdir_np(&plan.actions, command.working_directory.c_str());
    posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&plan.attributes, 0);
    reset_signals(plan);

    std::vector<std::string> argv = command.argv;
    std::vector<std::string> environment;
    environment.reserve(command.environment.size());
    for (const auto& [name, value] : command.environment) {
        std::string setting = name;
        setting.append("=").append(value);
        environment.push_back(std::move(setting));
    }
    const std::string program = find_program(argv.front(), command.environment);
    pid_t pid = 0;
    const int failure = ::posix_spawn(&pid, program.c_str(), &plan.actions, &plan.attributes, pointers(argv).data(),
                                      pointers(environment).data());
    if (failure != 0) return Error::from_errno(failure, "start " + program);
    // glibc 2.36 declares pidfd_open() without C linkage.
    UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    return ChildProcess(pid, std::move(pidfd), std::move(folder));
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), pidfd_(std::move(other.pidfd_)), folder_(std::move(other.folder_)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(pidfd_, other.pidfd_);
    std::swap(folder_, other.folder_);
    return *this;
}

ChildProcess::~ChildProcess() {
    if (pid_ != 0) kill_group();
}

void ChildProcess::kill_group() {
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
}

Status ChildProcess::send_signal(int signal_number) const {
    if (::kill(pid_, signal_number) != 0) return Error::from_errno(errno, "signal the child");
    return {};
}

Result<ChildResult> ChildProcess::wait(std::chrono::milliseconds limit) {
    pollfd ended{pidfd_.get(), POLLIN, 0};
    const auto deadline = std::chrono::steady_clock::now() + limit;
    for (;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        const int ready = ::poll(&ended, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (ready > 0) break;
        if (ready < 0 && errno == EINTR) continue;
        kill_group();
        return Error(ErrorCode::kDeadlineExceeded, "the child did not end in " + std::to_string(limit.count()) +
                                                       " ms; it wrote:\n" + output_so_far() + "\n--- stderr\n" +
                                                       errors_so_far());
    }
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0) {
        if (errno != EINTR) return Error::from_errno(errno, "wait for the child");
    }
    pid_ = 0;
    ChildResult result;
    if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
    result.out = output_so_far();
    result.err = errors_so_far();
    return result;
}

std::string ChildProcess::output_so_far() const {
    return text_of(folder_.path() / "out");
}
std::string ChildProcess::errors_so_far() const {
    return text_of(folder_.path() / "err");
}

Result<ChildResult> run_child(const ChildCommand& command, std::chrono::milliseconds limit) {
    COFRE_ASSIGN(auto child, ChildProcess::start(command));
    return child.wait(limit);
}

std::map<std::string, std::string> clean_environment(const std::filesystem::path& home) {
    std::map<std::string, std::string> environment = {
        {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        {"LANG", "C.UTF-8"},
        {"TZ", "UTC"},
        {"HOME", home.string()},
    };
    for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS", "TMPDIR"}) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): tests change the environment on no other thread.
        if (const char* value = std::getenv(name)) environment[name] = value;
    }
    return environment;
}

TempDir temporary_home() {
    auto home = TempDir::create("cofre-home");
    COFRE_CHECK(home.has_value());
    return *std::move(home);
}

}  // namespace cofre::testing
