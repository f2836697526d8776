#pragma once

/// @file
/// What `cofre status` remembers of a job on this host.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "backup/backup_plan.h"
#include "backup/verify_run.h"
#include "base/result.h"
#include "base/time_format.h"

namespace cofre::backup {

/// The last run and the last proof of a job. Convenience only: losing it loses
/// no backup, since the target has every manifest.
struct RunRecord {
    struct Run {
        WallTime started_at{};
        std::int64_t elapsed_ms = 0;
        int exit_status = 0;
        std::string snapshot_id;  ///< Empty if the run made none.
        std::string message;      ///< Why it failed, or empty.
        std::uint64_t files = 0;
        std::uint64_t bytes = 0;
        std::uint64_t problems = 0;
    };
    struct Proof {
        WallTime proven_at{};
        std::string level;
        std::string snapshot_id;
        bool good = false;
        std::uint64_t files = 0;
    };
    std::optional<Run> last_run;
    std::optional<Run> last_good_run;  ///< The last with exit status 0.
    std::optional<Proof> last_proof;
};

/// An absent record is an empty one. kCorruption: not readable as a record.
Result<RunRecord> load_run_record(const std::filesystem::path& state_folder, std::string_view job);

/// Replaces the record atomically.
Status save_run_record(const std::filesystem::path& state_folder, std::string_view job, const RunRecord& record);

}  // namespace cofre::backup
