#pragma once

/// @file
/// A backup of the `objects` layout, back onto a disk.

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "backup/backup_plan.h"
#include "backup/progress.h"
#include "backup/target_folder.h"
#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "objects/object_naming.h"
#include "store/object_store.h"

namespace cofre::backup {

struct RestorePlan {
    std::string snapshot = "latest";  ///< Or a prefix of an id.
    std::string job;                  ///< Restricts "latest"; empty: any job.
    std::string subpath;              ///< Only what is below (or is) this; it becomes the root of the target.
    std::string prefix;
    std::filesystem::path target;
    std::vector<std::string> include;  ///< restic's pattern language; empty: all.
    std::vector<std::string> exclude;
    Overwrite overwrite = Overwrite::kAlways;
    bool suid = false;  ///< Restore set-user-ID and set-group-ID bits.
    bool dry_run = false;
    int concurrency = 32;  ///< Files at once.
    std::filesystem::path temp_folder = "/tmp";
};

struct RestoreOutcome {
    objects::ManifestHeader snapshot;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::uint64_t kept_files = 0;  ///< Left as they were, as `overwrite` asked.
    std::uint64_t folders = 0;
    std::uint64_t links = 0;
    std::chrono::milliseconds elapsed{0};
    std::uint64_t problem_count = 0;
    std::vector<FileProblem> problems;  ///< The first BackupOutcome::kMaxProblems.
    bool is_complete() const { return problem_count == 0; }
};

/// Every file is written beside its place, compared with the manifest's SHA-256
/// and named only then; a file that fails is a problem and the rest goes on.
/// Nothing outside `target` is written. An Error means that little or nothing
/// was done: no such snapshot, a target that cannot be written or is too small
/// (asked before the first byte), a disk that became full, or a stop.
///
/// Threads: one that reads the manifest, `concurrency` that fetch, and
/// kRangeThreads + 1 more for each large file. Peak memory: 64 KiB for each.
Result<RestoreOutcome> run_restore(const CallContext& ctx, const RestorePlan& plan, store::ObjectStore& store,
                                   Clock& clock, Progress& progress);

}  // namespace cofre::backup
