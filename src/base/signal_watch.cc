#include "base/signal_watch.h"

#include <csignal>
#include <string_view>
#include <utility>

#include <pthread.h>
#include <unistd.h>

#include "base/guarded.h"
#include "base/task_group.h"

namespace cofre {
namespace {

constexpr int kInterrupted = 130;
constexpr std::string_view kFirst = "\nstopping: unfinished uploads are being aborted (again to leave at once)\n";
constexpr std::string_view kSecond = "\nleft at once: an unfinished upload may remain in the store\n";

sigset_t watched_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR2})
        sigaddset(&set, number);
    return set;
}

void say(std::string_view text) {
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;  // Nobody is left to tell.
}

struct Shields {
    int count = 0;
    struct sigaction before {};
};
Guarded<Shields> shields;
Guarded<std::function<void()>> hangup_call;

/// True if somebody wanted it.
bool call_on_hangup() {
    // Under the lock: who takes the call away waits until it has ended.
    return hangup_call.with([](const auto& wanted) {
        if (!wanted) return false;
        const Status done = run_guarded([&] {
            wanted();
            return Status();
        });
        if (!done) say("\nthe hang-up was not followed: an unexpected error\n");
        return true;
    });
}

/// SIGUSR2, sent by the destructor, ends the watch.
void watch(std::stop_source& stop) {
    const sigset_t set = watched_signals();
    for (int received = 0;;) {
        siginfo_t from{};
        const int number = sigwaitinfo(&set, &from);
        if (number < 0) continue;  // EINTR.
        if (number == SIGUSR2) return;
        // A terminal's hang-up comes from the kernel, with a positive code.
        if (number == SIGHUP && from.si_code <= 0 && shields.with([](const Shields& held) { return held.count > 0; })) {
            continue;
        }
        if (number == SIGHUP && from.si_code <= 0 && call_on_hangup()) continue;
        if (++received > 1) {
            say(kSecond);
            ::_exit(kInterrupted);
        }
        say(kFirst);
        stop.request_stop();
    }
}

}  // namespace

SignalWatch::SignalWatch() {
    const sigset_t set = watched_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // A write past RLIMIT_FSIZE is then EFBIG, an error like a full disk.
    thread_ = std::jthread([this] { watch(stop_); });
}

SignalWatch::~SignalWatch() {
    pthread_kill(thread_.native_handle(), SIGUSR2);
}

HangupCall::HangupCall(std::function<void()> call) {
    hangup_call.with([&](auto& wanted) { wanted = std::move(call); });
}

HangupCall::~HangupCall() {
    hangup_call.with([](auto& wanted) { wanted = nullptr; });
}

HangupShield::HangupShield() {
    shields.with([](Shields& held) {
        if (held.count++ > 0) return;
        // Where nobody watches, the signal would end the process.
        struct sigaction ignore {};
        ignore.sa_handler = SIG_IGN;
        ::sigaction(SIGHUP, &ignore, &held.before);
    });
}

HangupShield::~HangupShield() {
    shields.with([](Shields& held) {
        if (--held.count == 0) ::sigaction(SIGHUP, &held.before, nullptr);
    });
}

}  // namespace cofre
