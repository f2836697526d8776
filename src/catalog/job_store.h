#pragma once

/// @file
/// What the catalog keeps about each job: its schedule's state and its last runs.

#include <optional>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "catalog/run.h"
#include "db/sql_database.h"

namespace cofre::catalog {

struct JobState {
    std::string job;
    std::optional<WallTime> paused_at;
    std::string pause_reason;
    std::optional<WallTime> last_due_at;  ///< The latest due time that was claimed or skipped.
    std::optional<Run> last_run;          ///< The latest that ended otherwise than kSkipped.
    std::optional<Run> last_success;      ///< kSucceeded.
    std::optional<Run> active_run;        ///< The latest, if there are several.
    std::uint64_t failures_in_row = 0;    ///< Runs since the last kSucceeded or kPartial; skipped ones not counted.
    /// The newest backup that was proven good by reading or restoring it.
    std::optional<WallTime> last_proven_at;      ///< When it was proven.
    std::optional<WallTime> last_proven_backup;  ///< When that backup was made: now minus this is the RPO.
};

/// Thread-safe. `database` must outlive it.
class JobStore {
public:
    explicit JobStore(db::SqlDatabase& database) : database_(database) {}

    /// Every job that the catalog ever heard of, by name, in one query: a few
    /// milliseconds for a thousand. Memory: about 2 KiB each.
    Result<std::vector<JobState>> list(const CallContext& ctx);

    /// Of an unknown job: empty, not an error.
    Result<JobState> find(const CallContext& ctx, const std::string& job);

    /// Claims with a trigger of the schedule give kPaused from now on.
    Status pause(const CallContext& ctx, const std::string& job, const std::string& reason, WallTime now);
    Status resume(const CallContext& ctx, const std::string& job);

    /// Moves `last_due_at` forward without a run: for a job whose schedule is new.
    Status note_due(const CallContext& ctx, const std::string& job, WallTime due_at);

private:
    db::SqlDatabase& database_;
};

}  // namespace cofre::catalog
