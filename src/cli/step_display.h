#pragma once

/// @file
/// Showing that something with a known number of steps moves.

#include <atomic>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/task_group.h"
#include "cli/console.h"

namespace cofre::cli {

/// While it lives, after the first two seconds: on a terminal "loading the
/// index  ████  3/10 files", elsewhere such a line every 30 seconds. Nothing with
/// --quiet or --json. `console` and `clock` must outlive it.
class StepDisplay {
public:
    /// `unit`: "files", "packs".
    StepDisplay(const Console& console, Clock& clock, std::string verb, std::string unit);
    ~StepDisplay();
    StepDisplay(const StepDisplay&) = delete;
    StepDisplay& operator=(const StepDisplay&) = delete;

    /// Thread-safe.
    void set_total(std::uint64_t total) { total_ = total; }
    void set_done(std::uint64_t done) { done_ = done; }
    void step() { ++done_; }

private:
    Status show(const std::stop_token& stop);
    std::string line() const;

    const Console& console_;
    Clock& clock_;
    std::string verb_;
    std::string unit_;
    std::atomic<std::uint64_t> done_{0};
    std::atomic<std::uint64_t> total_{0};
    TaskGroup group_;  // Last: joined before the rest dies.
};

}  // namespace cofre::cli
