#include "cli/password_prompt.h"

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"

namespace cofre::cli {
namespace {

constexpr int kPollMs = 100;
constexpr std::size_t kMaxAnswer = 4096;
constexpr int kNewPasswordAttempts = 3;

Error no_terminal() {
    return Error(ErrorCode::kInvalidArgument, "the repository needs a password, and there is no terminal to ask on")
        .with_hint("give --password-file or --password-command, or set COFRE_PASSWORD or RESTIC_PASSWORD");
}

UniqueFd open_terminal() {
    UniqueFd fd(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    return fd;
}

/// No echo while it lives.
class SilentTerminal {
public:
    explicit SilentTerminal(int fd) : fd_(fd), is_set_(::tcgetattr(fd, &before_) == 0) {
        if (!is_set_) return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        is_set_ = ::tcsetattr(fd, TCSAFLUSH, &silent) == 0;
    }
    ~SilentTerminal() {
        if (is_set_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
    }
    SilentTerminal(const SilentTerminal&) = delete;
    SilentTerminal& operator=(const SilentTerminal&) = delete;

    bool is_set() const { return is_set_; }

private:
    int fd_;
    termios before_{};
    bool is_set_;
};

/// Up to the newline. Polled, so that a stop is heard.
Result<Secret> read_answer(const CallContext& ctx, int fd) {
    std::string answer;
    answer.reserve(kMaxAnswer);  // No reallocation, which would leave a copy.
    for (;;) {
        if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "password question");
        pollfd ready{fd, POLLIN, 0};
        const int count = ::poll(&ready, 1, kPollMs);
        if (count == 0 || (count < 0 && errno == EINTR)) continue;
        char next = 0;
        const ssize_t n = ::read(fd, &next, 1);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return Error::from_errno(errno, "read password");
        if (n == 0 || next == '\n' || answer.size() == kMaxAnswer) return Secret(std::move(answer));
        answer += next;
    }
}

}  // namespace

bool can_ask_password() {
    return static_cast<bool>(open_terminal());
}

Result<Secret> ask_password(const CallContext& ctx, std::string_view question) {
    const UniqueFd terminal = open_terminal();
    if (!terminal) return no_terminal();
    const SilentTerminal silence(terminal.get());
    if (!silence.is_set()) return no_terminal();
    COFRE_TRY(write_all(terminal.get(), as_bytes(std::string(question) + ": "), "terminal"));
    auto answer = read_answer(ctx, terminal.get());
    COFRE_TRY(write_all(terminal.get(), as_bytes("\n"), "terminal"));
    if (answer && answer->empty()) return Error(ErrorCode::kInvalidArgument, "an empty password protects nothing");
    return answer;
}

Result<Secret> ask_new_password(const CallContext& ctx, std::string_view question) {
    for (int i = 0; i < kNewPasswordAttempts; ++i) {
        COFRE_ASSIGN(auto first, ask_password(ctx, question));
        COFRE_ASSIGN(const auto second, ask_password(ctx, "the same again"));
        if (first == second) return first;
    }
    return Error(ErrorCode::kInvalidArgument, "the two passwords were never the same");
}

}  // namespace cofre::cli
