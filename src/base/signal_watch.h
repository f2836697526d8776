#pragma once

/// @file
/// Ctrl-C as a stop request.

#include <functional>
#include <stop_token>
#include <thread>

namespace cofre {

/// Blocks SIGINT, SIGTERM and SIGHUP in this thread and all that it starts
/// later, and turns the first of them into a stop request. The second ends the
/// process at once with status 130, without any clean-up. SIGPIPE and SIGXFSZ are
/// ignored.
///
/// Create one, first thing in main(), before any other thread. Children started
/// by run_command() get the usual signals back.
class SignalWatch {
public:
    SignalWatch();
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;
    ~SignalWatch();

    std::stop_token token() const { return stop_.get_token(); }

private:
    std::stop_source stop_;
    std::jthread thread_;  // Last: joined before the rest dies.
};

/// While one lives, a SIGHUP that another process sent does nothing: restic asks
/// with it whether the owner of a lock is alive. The hang-up of a terminal still
/// stops, where a SignalWatch is there to tell the two apart. Thread-safe.
class HangupShield {
public:
    HangupShield();
    HangupShield(const HangupShield&) = delete;
    HangupShield& operator=(const HangupShield&) = delete;
    ~HangupShield();
};

/// While one lives, a SIGHUP that another process sent calls a function, on the thread of the
/// SignalWatch: a service reads its configuration again. One at a time.
class HangupCall {
public:
    explicit HangupCall(std::function<void()> call);
    HangupCall(const HangupCall&) = delete;
    HangupCall& operator=(const HangupCall&) = delete;
    ~HangupCall();
};

}  // namespace cofre
