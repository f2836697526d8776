#pragma once

/// @file
/// Files and folders into a repository: walk, cut, store, trees, snapshot.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backup/backup_plan.h"
#include "backup/previous_tree.h"
#include "backup/progress.h"
#include "base/call_context.h"
#include "base/result.h"
#include "repo/repository.h"
#include "repo/snapshot.h"
#include "repo/snapshot_filter.h"
#include "source/path_filter.h"
#include "source/snapshot_walk.h"

namespace cofre::backup {

/// What every snapshot says of itself.
struct SnapshotIdentity {
    std::string hostname;
    std::vector<std::string> tags;
    std::string program_version;  ///< "cofre 0.1"
    /// Else the time at which the backup begins.
    std::optional<repo::ZonedTime> time;
};

struct GraftWork;  // backup/tree_graft.h

struct TreeBackupPlan {
    /// As given: what is below a relative one lies at the root of the snapshot,
    /// under the names that were written; an absolute one keeps its whole path.
    std::vector<std::filesystem::path> targets;
    /// Files that no disk has, such as dumps: called once, before the walk, to
    /// store what they hold and to add them. Its error ends the backup. May be
    /// empty; with it there need not be a target.
    std::function<Status(const CallContext& ctx, GraftWork& work)> add_files;
    std::vector<std::string> added_paths;  ///< What the snapshot's `paths` say of them.
    source::FilterRules filter;            ///< Patterns see absolute paths.
    std::vector<source::FolderTag> exclude_if_present;
    bool one_file_system = false;
    bool with_atime = false;
    SameFileRules same_file;
    /// Files that are the same in it are not read. Absent: all are read.
    std::optional<repo::ListedSnapshot> parent;
    SnapshotIdentity identity;
    int readers = 2;       ///< Files read at once.
    bool scan = true;      ///< Count everything beforehand, beside the backup, for progress only.
    bool dry_run = false;  ///< Read and hash, but write nothing.
    std::uint64_t pack_bytes = 16ULL << 20U;
};

/// What the backup uses; all must outlive it.
struct TreeBackupTools {
    repo::Repository& repository;  ///< Its index is loaded.
    /// RepoLock::check(), before anything is written.
    std::function<Status()> may_write;
    Progress& progress;
    /// Told of each problem as it occurs, on any thread. May be empty.
    std::function<void(const FileProblem&)> on_problem;
};

/// The absolute paths that a snapshot of these targets has; to find its parent.
Result<std::vector<std::string>> snapshot_paths(const std::vector<std::filesystem::path>& targets);

/// The newest snapshot of the same host that holds all these paths and is not
/// later than `time`; nullopt: there is none.
std::optional<repo::ListedSnapshot> find_parent(std::span<const repo::ListedSnapshot> list, const std::string& hostname,
                                                const std::vector<std::string>& paths, const repo::ZonedTime& time);

/// What cannot be read is a problem of the outcome, and left out; a file that
/// changes while it is read is read once more, and if it changes again, stored
/// with a mark (the node's `error`) and a problem. The snapshot is written last,
/// when all that it refers to is durable; after an error there is none. A stop
/// keeps finished packs and their index, so that the next backup finds them.
///
/// kNotFound: a target does not exist. kInvalidArgument: no target, a malformed
/// pattern, or nothing at all was found. kLocked: the lock is lost.
///
/// Peak memory: BlobWriter's; for each reader a buffer of 8 MiB and two open
/// files; for each folder from the root to the current one, and those with files
/// still in reading, its tree as text and the entries of its previous tree.
Result<BackupOutcome> back_up_tree(const CallContext& ctx, const TreeBackupPlan& plan, const TreeBackupTools& tools);

/// One stream as one file.
struct StreamBackupPlan {
    std::string file_name = "stdin";  ///< May hold '/': the folders are made up.
    /// Fills a part of `room`; 0 at the end. Its error ends the backup, and there
    /// is no snapshot: a producer that fails must say so here.
    std::function<Result<std::size_t>(std::span<std::byte> room)> read;
    SnapshotIdentity identity;
    bool dry_run = false;
    std::uint64_t pack_bytes = 16ULL << 20U;
};

/// Errors as above, and those of `read`. Memory: BlobWriter's and 8 MiB.
Result<BackupOutcome> back_up_stream(const CallContext& ctx, const StreamBackupPlan& plan,
                                     const TreeBackupTools& tools);

}  // namespace cofre::backup
