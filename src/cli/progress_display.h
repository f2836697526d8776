#pragma once

/// @file
/// Showing that a long job moves.

#include <functional>
#include <string>

#include "backup/progress.h"
#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/task_group.h"
#include "cli/console.h"

namespace cofre::cli {

/// While it lives: on a terminal a bar with rate and time left, four times a
/// second; elsewhere one line every 30 seconds; with --json a `status` object
/// each second; nothing with --quiet. Nothing is shown in the first two seconds
/// of a line display. The last line is cleared at the end.
///
/// All three arguments must outlive it.
class ProgressDisplay {
public:
    ProgressDisplay(const Console& console, const backup::Progress& progress, Clock& clock, std::string verb);
    ProgressDisplay(const ProgressDisplay&) = delete;
    ProgressDisplay& operator=(const ProgressDisplay&) = delete;
    ~ProgressDisplay();

private:
    Status show(const std::stop_token& stop);

    const Console& console_;
    const backup::Progress& progress_;
    Clock& clock_;
    std::string verb_;
    TaskGroup group_;  // Last: joined before the rest dies.
};

/// One reading of the counters.
struct ProgressSample {
    std::uint64_t files_done = 0;
    std::uint64_t files_found = 0;
    std::uint64_t bytes_done = 0;
    std::uint64_t bytes_found = 0;
    bool found_all = false;
    std::uint64_t problems = 0;
    double bytes_per_second = 0;
};

/// "uploading  ███░░░  42%  12/30 files  1.2 GiB/3.0 GiB  85 MiB/s  21s left", cut to
/// `width` columns. Exposed for its test.
std::string progress_line(const std::string& verb, const ProgressSample& sample, int width);

}  // namespace cofre::cli
