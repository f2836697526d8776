#pragma once

/// @file
/// The first and the last step of every backup into a repository.

#include <functional>

#include "backup/tree_backup.h"
#include "base/guarded.h"
#include "repo/blob_writer.h"
#include "repo/snapshot.h"

namespace cofre::backup {

/// Who, when, where; without tree and paths.
repo::Snapshot begin_snapshot(const SnapshotIdentity& identity, Clock& clock);

/// The last step: asks whether we may still write, and stores it durably. What
/// it refers to must be durable already.
Result<repo::Id> commit_snapshot(const CallContext& ctx, const TreeBackupTools& tools, const repo::Snapshot& snapshot);

/// Counts of restic's summary, taken together from any thread.
class SummaryCounter {
public:
    void add_blob(repo::BlobType type, const repo::SavedBlob& saved, std::uint64_t bytes);
    void with(const std::function<void(repo::SnapshotSummary&)>& change) { summary_.with(change); }
    repo::SnapshotSummary take() const {
        return summary_.with([](const repo::SnapshotSummary& all) { return all; });
    }

private:
    Guarded<repo::SnapshotSummary> summary_;
};

/// What run records and reports show, from the summary.
void fill_outcome(const repo::SnapshotSummary& summary, BackupOutcome& outcome);

}  // namespace cofre::backup
