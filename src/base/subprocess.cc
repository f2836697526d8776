#include "base/subprocess.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "base/child_process.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"

namespace cofre {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kBufferBytes = 64UL * 1024;
constexpr std::chrono::seconds kLingerGrace{5};
constexpr std::chrono::milliseconds kPollWithoutPidfd{50};

struct Pipe {
    UniqueFd read;
    UniqueFd write;
};

// Above 2, because dup2() in the child would otherwise close one end while it
// installs another; that happens to daemons that start with 0 to 2 closed.
Result<UniqueFd> above_standard(UniqueFd fd) {
    if (fd.get() > STDERR_FILENO) return fd;
    UniqueFd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!moved) return Error::from_errno(errno, "duplicate descriptor");
    return moved;
}

Result<Pipe> make_pipe() {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0) return Error::from_errno(errno, "create pipe");
    UniqueFd read(fds[0]);
    UniqueFd write(fds[1]);
    Pipe pipe;
    COFRE_ASSIGN(pipe.read, above_standard(std::move(read)));
    COFRE_ASSIGN(pipe.write, above_standard(std::move(write)));
    return pipe;
}

Result<UniqueFd> open_null(int flags) {
    UniqueFd fd(::open("/dev/null", flags | O_CLOEXEC));
    if (!fd) return Error::from_errno(errno, "open /dev/null");
    return above_standard(std::move(fd));
}

Status set_nonblocking(int fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return Error::from_errno(errno, "set pipe mode");
    return {};
}

/// write(2) that reports a closed pipe as EPIPE only. The signal goes to the
/// thread that writes, so it can be blocked and taken back without touching
/// what the rest of the process does about SIGPIPE.
ssize_t write_without_sigpipe(int fd, std::span<const std::byte> data) {
    sigset_t sigpipe;
    sigset_t before;
    sigset_t pending;
    ::sigemptyset(&sigpipe);
    ::sigaddset(&sigpipe, SIGPIPE);
    ::sigpending(&pending);
    const bool was_pending = ::sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
    const ssize_t n = ::write(fd, data.data(), data.size());
    const int error = errno;
    if (n < 0 && error == EPIPE && !was_pending) {
        const timespec no_wait{};
        while (::sigtimedwait(&sigpipe, nullptr, &no_wait) < 0 && errno == EINTR) {
        }
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    return n;
}

/// The last bytes of a stream of any length.
class Tail {
public:
    explicit Tail(std::size_t max_bytes) : max_bytes_(max_bytes) {}
    void append(std::string_view text) {
        text_ += text;
        if (text_.size() > max_bytes_ + kBufferBytes) trim();  // Not each time: that would be quadratic.
    }
    std::string take() {
        trim();
        return std::move(text_);
    }

private:
    void trim() {
        if (text_.size() > max_bytes_) text_.erase(0, text_.size() - max_bytes_);
    }
    std::size_t max_bytes_;
    std::string text_;
};

/// Our ends of the child's streams; an absent descriptor is closed or unused.
struct OurEnds {
    UniqueFd input;
    UniqueFd output;
    UniqueFd error;
};

/// One run of one child: the poll loop and what it needs.
class CommandRun {
public:
    CommandRun(const CallContext& ctx, const Command& command, const CommandIo& io, ChildProcess child, OurEnds ends,
               UniqueFd wake)
        : ctx_(ctx),
          what_("run " + command.argv.front()),
          io_(io),
          child_(std::move(child)),
          ends_(std::move(ends)),
          wake_(std::move(wake)),
          error_tail_(io.max_error_bytes) {}

    Result<CommandResult> run();

private:
    void check_context();
    steady_clock::time_point idle_until() const;
    void abort(Error error);
    bool is_finished();
    int poll_timeout() const;
    Status wait_and_serve();
    Result<std::span<const std::byte>> next_input();
    Status serve_input();
    Status serve_output();
    Status serve_error();
    Result<std::size_t> read_some(UniqueFd& fd);

    const CallContext& ctx_;
    const std::string what_;
    const CommandIo& io_;
    ChildProcess child_;
    OurEnds ends_;
    UniqueFd wake_;
    Tail error_tail_;
    std::vector<std::byte> buffer_ = std::vector<std::byte>(kBufferBytes);
    std::vector<std::byte> input_buffer_;
    std::span<const std::byte> input_pending_;
    std::uint64_t input_offset_ = 0;
    steady_clock::time_point last_progress_ = system_clock().now();
    bool ended_ = false;
    bool is_abandoned_ = false;  // It has ended, and the pipes a descendant holds are silent.
    std::optional<Error> failure_;
    // When we stop waiting: for the group to obey SIGTERM, or for descendants
    // that hold the pipes of a child that has ended.
    steady_clock::time_point give_up_at_ = steady_clock::time_point::max();
};

Result<CommandResult> CommandRun::run() {
    const std::stop_callback on_stop(ctx_.stop, [this] { ::eventfd_write(wake_.get(), 1); });
    for (;;) {
        check_context();
        if (is_finished()) break;
        if (auto served = wait_and_serve(); !served) abort(std::move(served).error().context(what_));
    }
    if (failure_) child_.signal_group(SIGKILL);  // Before reaping, while the group's id is still ours.
    COFRE_ASSIGN(const ExitStatus status, child_.reap());
    if (failure_) return *std::move(failure_);
    return CommandResult{status, error_tail_.take()};
}

void CommandRun::check_context() {
    if (failure_) return;
    if (ctx_.stop.stop_requested()) {
        abort(Error(ErrorCode::kCancelled, what_ + ": stop was requested"));
    } else if (system_clock().now() >= ctx_.deadline) {
        abort(Error(ErrorCode::kDeadlineExceeded, what_ + ": the deadline passed"));
    } else if (!ended_ && system_clock().now() >= idle_until()) {
        abort(Error(ErrorCode::kDeadlineExceeded,
                    what_ + ": it wrote nothing for " + std::to_string(io_.idle_timeout.count() / 1000) + " s"));
    }
}

steady_clock::time_point CommandRun::idle_until() const {
    return io_.idle_timeout.count() > 0 ? last_progress_ + io_.idle_timeout : steady_clock::time_point::max();
}

void CommandRun::abort(Error error) {
    if (failure_) return;
    failure_ = std::move(error);
    ends_.input = UniqueFd();
    child_.signal_group(SIGTERM);
    give_up_at_ = system_clock().now() + io_.terminate_grace;
}

bool CommandRun::is_finished() {
    if (!ended_ && child_.has_ended()) {
        ended_ = true;
        ends_.input = UniqueFd();
        if (!failure_) give_up_at_ = system_clock().now() + kLingerGrace;
    }
    if (ended_ && !ends_.output && !ends_.error) return true;
    return failure_ ? system_clock().now() >= give_up_at_ : is_abandoned_;
}

int CommandRun::poll_timeout() const {
    const auto until =
        failure_ ? give_up_at_ : std::min({ctx_.deadline, give_up_at_, ended_ ? give_up_at_ : idle_until()});
    auto wait = std::chrono::milliseconds(std::chrono::hours(1));
    if (child_.exit_fd() < 0) wait = kPollWithoutPidfd;
    if (until != steady_clock::time_point::max()) {
        wait = std::min(wait, std::chrono::ceil<std::chrono::milliseconds>(until - system_clock().now()));
    }
    return static_cast<int>(std::max(wait, std::chrono::milliseconds(0)).count());
}

Status CommandRun::wait_and_serve() {
    // poll(2) skips negative descriptors: closed streams, what has told us all it had to.
    std::array<pollfd, 5> fds = {{{ends_.input.get(), POLLOUT, 0},
                                  {ends_.output.get(), POLLIN, 0},
                                  {ends_.error.get(), POLLIN, 0},
                                  {ended_ ? -1 : child_.exit_fd(), POLLIN, 0},
                                  {failure_ ? -1 : wake_.get(), POLLIN, 0}}};
    const int ready = ::poll(fds.data(), fds.size(), poll_timeout());
    if (ready < 0 && errno != EINTR) return Error::from_errno(errno, "wait for its output");
    if (ready == 0) is_abandoned_ = ended_ && system_clock().now() >= give_up_at_;
    if (ready <= 0) return {};
    if (fds[2].revents != 0) COFRE_TRY(serve_error());
    if (fds[1].revents != 0) COFRE_TRY(serve_output());
    if (fds[0].revents != 0) COFRE_TRY(serve_input());
    // Last: a slow consumer must not use up the time of a pipe that is not empty.
    if (ended_ && !failure_) give_up_at_ = system_clock().now() + kLingerGrace;
    return {};
}

/// The next bytes for the child; none at the end.
Result<std::span<const std::byte>> CommandRun::next_input() {
    input_buffer_.resize(kBufferBytes);
    if (io_.pull_input) {
        COFRE_ASSIGN(const std::size_t n, io_.pull_input(input_buffer_));
        return std::span<const std::byte>(input_buffer_).first(n);
    }
    const std::uint64_t left = io_.input->size() - input_offset_;
    const auto chunk =
        std::span(input_buffer_).first(static_cast<std::size_t>(std::min<std::uint64_t>(left, kBufferBytes)));
    if (!chunk.empty()) COFRE_TRY(io_.input->read_at(input_offset_, chunk));
    input_offset_ += chunk.size();
    return std::span<const std::byte>(chunk);
}

Status CommandRun::serve_input() {
    if (input_pending_.empty()) {
        COFRE_ASSIGN(input_pending_, next_input());
        if (input_pending_.empty()) return ends_.input.close("its input");
    }
    const ssize_t n = write_without_sigpipe(ends_.input.get(), input_pending_);
    if (n >= 0) {
        input_pending_ = input_pending_.subspan(static_cast<std::size_t>(n));
        last_progress_ = system_clock().now();
        return {};
    }
    if (errno == EAGAIN || errno == EINTR) return {};
    // A child that does not want all of its input says by its exit status
    // whether that was right.
    if (errno == EPIPE) return ends_.input.close("its input");
    return Error::from_errno(errno, "write its input");
}

Result<std::size_t> CommandRun::read_some(UniqueFd& fd) {
    const ssize_t n = ::read(fd.get(), buffer_.data(), buffer_.size());
    if (n > 0) return static_cast<std::size_t>(n);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return std::size_t{0};
    const int error = n < 0 ? errno : 0;
    fd = UniqueFd();
    if (error != 0) return Error::from_errno(error, "read its output");
    return std::size_t{0};
}

Status CommandRun::serve_output() {
    COFRE_ASSIGN(const std::size_t n, read_some(ends_.output));
    if (n == 0 || failure_) return {};
    if (auto taken = io_.on_output(std::span(buffer_).first(n)); !taken) abort(std::move(taken).error());
    last_progress_ = system_clock().now();  // Only now: the consumer's time is not the child's.
    return {};
}

Status CommandRun::serve_error() {
    COFRE_ASSIGN(const std::size_t n, read_some(ends_.error));
    error_tail_.append(to_text(std::span(buffer_).first(n)));
    return {};
}

}  // namespace

Result<CommandResult> run_command(const CallContext& ctx, const Command& command, const CommandIo& io) {
    COFRE_CHECK(!command.argv.empty());
    if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "run " + command.argv.front());
    UniqueFd child_input;
    UniqueFd child_output;
    OurEnds ours;
    if (io.input != nullptr || io.pull_input) {
        COFRE_ASSIGN(Pipe pipe, make_pipe());
        child_input = std::move(pipe.read);
        ours.input = std::move(pipe.write);
        COFRE_TRY(set_nonblocking(ours.input.get()));
    } else {
        COFRE_ASSIGN(child_input, open_null(O_RDONLY));
    }
    if (io.on_output) {
        COFRE_ASSIGN(Pipe pipe, make_pipe());
        child_output = std::move(pipe.write);
        ours.output = std::move(pipe.read);
        COFRE_TRY(set_nonblocking(ours.output.get()));
    } else {
        COFRE_ASSIGN(child_output, open_null(O_WRONLY));
    }
    COFRE_ASSIGN(Pipe error_pipe, make_pipe());
    ours.error = std::move(error_pipe.read);
    COFRE_TRY(set_nonblocking(ours.error.get()));

    UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake) return Error::from_errno(errno, "create eventfd");

    COFRE_ASSIGN(ChildProcess child,
                 ChildProcess::spawn(command, {child_input.get(), child_output.get(), error_pipe.write.get()}));
    // Ours must close, or we should wait for the end of our own streams.
    child_input = UniqueFd();
    child_output = UniqueFd();
    error_pipe.write = UniqueFd();

    return CommandRun(ctx, command, io, std::move(child), std::move(ours), std::move(wake)).run();
}

}  // namespace cofre
