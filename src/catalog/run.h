#pragma once

/// @file
/// One run of a job, as the catalog knows it. Plain data.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time_format.h"

namespace cofre::catalog {

/// Why a job runs.
enum class Trigger : std::uint8_t {
    kSchedule,
    kCatchUp,  ///< A time that was missed while nothing was running.
    kManual,
    kStart,    ///< At the start of the daemon.
    kRebuild,  ///< Unknown: the run was read back from a target.
};

/// kClaimed and kRunning are active; from the others a run does not come back,
/// except that the owner of a kInterrupted one may still tell how it ended.
enum class RunState : std::uint8_t {
    kClaimed,  ///< Somebody will run it.
    kRunning,
    kSucceeded,    ///< Everything is safe.
    kPartial,      ///< A backup was made, and something is missing in it.
    kFailed,       ///< No backup was made.
    kInterrupted,  ///< Whoever ran it died without a word.
    kCancelled,    ///< A person or a stop of the program ended it.
    kSkipped,      ///< It was due and did not begin; the error says why.
};

std::string_view to_string(Trigger trigger);
std::string_view to_string(RunState state);
/// kInvalidArgument names what is known.
Result<Trigger> parse_trigger(std::string_view text);
Result<RunState> parse_run_state(std::string_view text);
bool is_active(RunState state);

/// 0: kSucceeded; 2: kPartial; 130: kCancelled; others: kFailed.
RunState state_of_exit(int exit_status);

struct RunPhase {
    std::string name;  ///< "dump", "upload", "verify", ...
    WallTime started_at{};
    std::chrono::milliseconds elapsed{0};
};

/// What a run was to back up, and what came of it.
struct RunSource {
    std::string name;   ///< A path or a database, without secrets.
    std::string state;  ///< "done", "missing", "failed".
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};

/// How a run ended; what it does not know stays empty.
struct RunEnd {
    RunState state = RunState::kFailed;
    int exit_status = 1;
    WallTime ended_at{};
    std::string snapshot_id;  ///< Empty: it made none.
    std::string target;
    std::string layout;            ///< "objects" or "repository".
    std::uint64_t files = 0;       ///< In the backup.
    std::uint64_t bytes_read = 0;  ///< Of the sources.
    std::uint64_t bytes_stored = 0;
    std::uint64_t warning_count = 0;
    std::string error;  ///< Redacted; cut to kMaxError.
    std::uint64_t peak_memory = 0;
    std::chrono::milliseconds cpu_time{0};
    std::vector<RunPhase> phases;       ///< At most kMaxDetails, as the two below; more are left out.
    std::vector<std::string> warnings;  ///< Redacted; each cut to kMaxError.
    std::vector<RunSource> sources;

    static constexpr std::size_t kMaxError = 4096;
    static constexpr std::size_t kMaxDetails = 100;
};

/// A row of the history. `end` has neither phases, warnings nor sources:
/// RunHistory::details() loads them.
struct Run {
    std::string id;  ///< Sorts by time.
    std::string job;
    Trigger trigger = Trigger::kManual;
    std::optional<WallTime> due_at;
    WallTime claimed_at{};  ///< What the history is ordered by.
    std::optional<WallTime> started_at;
    bool has_ended = false;
    RunEnd end;  ///< While it has not: only the state.
    std::string host;
    std::string program_version;

    /// From the start, or else the claim, to the end; 0 while it has none.
    std::chrono::milliseconds elapsed() const;
};

}  // namespace cofre::catalog
