#pragma once

/// @file
/// One run of a job as a process of its own: what goes wrong in it, to the last byte of memory,
/// ends it and nothing else.

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/call_context.h"
#include "base/result.h"
#include "base/time_format.h"
#include "catalog/run.h"

namespace cofre::daemon {

/// What is to be run, and why: `cofre run JOB --claim TRIGGER [--due TIME]`, which claims the run
/// in the catalog, keeps it alive there, and says how it ended.
struct RunOrder {
    std::string job;
    catalog::Trigger trigger = catalog::Trigger::kManual;
    std::optional<WallTime> due;
};

struct JobProgram {
    std::filesystem::path program;                                  ///< This one.
    std::filesystem::path config;                                   ///< Empty: the environment is the configuration.
    std::map<std::string, std::optional<std::string>> environment;  ///< Added to ours.
    /// How long a run that is told to stop may take to abort uploads and thaw what it froze.
    std::chrono::milliseconds stop_grace{30'000};
};

struct JobEnd {
    int exit_status = 1;     ///< As a shell sees it: 128 + signal for one that was killed.
    std::string last_words;  ///< The end of standard error, redacted.
};

/// Exit status of a run that was not begun, because another process has it.
inline constexpr int kExitNotClaimed = 75;  // EX_TEMPFAIL of sysexits.h

/// Waits for its end. A stop of `ctx` is SIGTERM to its process group. Thread-safe.
/// kNotFound: the program is not there any more. Memory: 64 KiB.
Result<JobEnd> run_job_process(const CallContext& ctx, const JobProgram& program, const RunOrder& order);

}  // namespace cofre::daemon
