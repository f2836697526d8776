#pragma once

/// @file
/// Which backups of plain objects may go, and their removal.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "objects/manifest.h"
#include "objects/object_naming.h"
#include "store/object_store.h"

namespace cofre::backup {

struct ObjectsRetention {
    std::string job;
    std::string prefix;     ///< Of the manifests.
    int days = 0;           ///< Older ones may go; at least 1.
    int keep_min_good = 3;  ///< So many of the newest good ones stay, however old; at least 1.
    bool dry_run = false;
    std::filesystem::path temp_folder = "/tmp";
};

/// One backup, and what is decided about it.
struct RetentionDecision {
    objects::SnapshotRef snapshot;
    bool keep = true;
    std::string reason;  ///< "younger than 30 days", "one of the newest 3 good ones", ...
};

struct RetentionOutcome {
    std::vector<RetentionDecision> decisions;  ///< Oldest first.
    /// Why nothing at all may be removed now; empty: something may. The newest
    /// backup is not good, or much smaller than those before it.
    std::string frozen;
    std::uint64_t removed = 0;  ///< Backups; in a dry run none.
    std::uint64_t objects_removed = 0;
    std::vector<std::string> warnings;  ///< What could not be removed.
};

/// A backup is good if its run ended with 0, for only then every object was proven
/// in the store, and its newest proof, if there is one, did not find it damaged.
/// Decides for the job's backups; pure.
struct BackupFacts {
    objects::SnapshotRef snapshot;
    bool good = false;
    std::uint64_t bytes = 0;
};
RetentionOutcome decide_retention(const ObjectsRetention& rules, const std::vector<BackupFacts>& backups, WallTime now);

/// Removes what decide_retention() lets go: the manifest, then those of its
/// objects that no other manifest of the target names. Only backups of the same
/// sources (and host, unless all are databases) and prefix as the job's newest one
/// are considered: another's that has the same name is left alone. Call after a
/// good run, while the job's lock is held. An
/// Error: something could not be listed or read, and nothing more is removed.
/// Memory: the keys of what is removed.
Result<RetentionOutcome> apply_retention(const CallContext& ctx, const ObjectsRetention& rules,
                                         store::ObjectStore& store, Clock& clock);

}  // namespace cofre::backup
