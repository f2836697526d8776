#pragma once

/// @file
/// A snapshot of a repository, or a part of it, back onto a disk.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "backup/backup_plan.h"
#include "backup/progress.h"
#include "backup/restore_filter.h"
#include "backup/target_folder.h"
#include "base/call_context.h"
#include "base/result.h"
#include "repo/repository.h"
#include "source/apply_metadata.h"

namespace cofre::backup {

/// How `overwrite` treats what stands in the target (see Overwrite): kAlways
/// compares content and fetches what differs; kIfChanged takes a file of the
/// same size and time for the same. Both set metadata again. kIfNewer and kNever
/// leave what they keep untouched, metadata included.
struct TreeRestorePlan {
    repo::Id tree;     ///< Becomes the content of `target`.
    std::string only;  ///< Nothing but this entry of `tree`; empty: all of it.
    std::filesystem::path target;
    RestoreRules rules;
    Overwrite overwrite = Overwrite::kAlways;
    /// Remove what the snapshot does not have, in folders that `rules` want
    /// whole. Done last, and only if everything else succeeded.
    bool remove_others = false;
    bool verify = false;  ///< Read every restored file back and compare hashes.
    bool dry_run = false;
    bool sparse = false;  ///< Blocks of zeros become holes.
    source::OwnerRule owner = source::OwnerRule::kNumeric;
    bool attributes = true;
    bool suid = true;
    int threads = 8;                         ///< That fetch and write.
    std::size_t window_bytes = 32UL << 20U;  ///< Of plans; see run_tree_restore().
};

enum class RestoreAction : std::uint8_t { kRestored, kUpdated, kUnchanged, kDeleted };
std::string_view to_string(RestoreAction action);  ///< "restored", ...

/// One entry that is done (or, in a dry run, would be). Called on several
/// threads, one at a time. `path` begins with '/'.
using RestoreObserver = std::function<void(RestoreAction action, const std::string& path, std::uint64_t size)>;

struct TreeRestoreOutcome {
    std::uint64_t files = 0;    ///< Regular files, other names of them included, that are as in the snapshot now.
    std::uint64_t folders = 0;  ///< Whose metadata were set.
    std::uint64_t others = 0;   ///< Links, devices, ...
    std::uint64_t kept = 0;     ///< Left as they were, as `overwrite` asked.
    std::uint64_t unchanged_files = 0;
    std::uint64_t deleted = 0;  ///< Names removed from the target.
    std::uint64_t verified_files = 0;
    std::uint64_t bytes = 0;          ///< Written, or in a dry run to be written.
    std::uint64_t skipped_bytes = 0;  ///< That were there already.
    std::chrono::milliseconds elapsed{0};
    std::uint64_t problem_count = 0;
    std::vector<FileProblem> problems;  ///< The first BackupOutcome::kMaxProblems.
    std::vector<std::string> warnings;
    bool is_complete() const { return problem_count == 0; }
};

/// Restores. The index must be loaded.
///
/// A file grows under ".cofre-partial-" and a hash of what it is to be, gets its
/// metadata and then its name: what has its name is whole. A restore that was
/// killed goes on where it was when it is run again: blobs that are there, under
/// either name, are not fetched again. A blob that cannot be read costs the
/// files it belongs to, each of which is a problem; what could be read of them
/// stays under the partial name. Nothing outside `target` is written: names are
/// checked, no symbolic link is followed, and a file with other names is
/// replaced, not written into.
///
/// Pass one walks the trees and makes folders; pass two fetches each pack of a
/// window once, in order of offsets. An Error means that the restore ended early:
/// a stop, a full disk, a store that does not answer; running it again goes on.
/// kInvalidArgument: `remove_others` for "/" without rules, or with `only`.
///
/// Threads: one that plans, those of walk_tree(), and `threads`. Memory: three
/// windows of `window_bytes` (and the longest list of one file's blobs), 12 MiB
/// for each of `threads`, a path for each file with other names still to come.
/// Open at a time: 128 files and two folders for each thread.
Result<TreeRestoreOutcome> run_tree_restore(const CallContext& ctx, const TreeRestorePlan& plan, repo::Repository& repo,
                                            Clock& clock, Progress& progress, const RestoreObserver& observer = {});

}  // namespace cofre::backup
