#include "backup/snapshot_commit.h"

namespace cofre::backup {

repo::Snapshot begin_snapshot(const SnapshotIdentity& identity, Clock& clock) {
    const repo::Identity self = repo::current_identity();
    repo::Snapshot snapshot;
    snapshot.time = identity.time.value_or(repo::Zone::local().at(clock.wall_now()));
    snapshot.hostname = identity.hostname;
    snapshot.username = self.username;
    snapshot.uid = self.uid;
    snapshot.gid = self.gid;
    snapshot.tags = identity.tags;
    snapshot.program_version = identity.program_version;
    return snapshot;
}

Result<repo::Id> commit_snapshot(const CallContext& ctx, const TreeBackupTools& tools, const repo::Snapshot& snapshot) {
    if (tools.may_write) COFRE_TRY(tools.may_write());
    COFRE_ASSIGN(const auto id,
                 tools.repository.save_unpacked(ctx, repo::FileKind::kSnapshot, repo::encode_snapshot(snapshot)));
    COFRE_TRY(tools.repository.store().sync(ctx));
    return id;
}

void SummaryCounter::add_blob(repo::BlobType type, const repo::SavedBlob& saved, std::uint64_t bytes) {
    if (!saved.is_new) return;
    summary_.with([&](repo::SnapshotSummary& all) {
        all.data_added += bytes;
        ++(type == repo::BlobType::kData ? all.data_blobs : all.tree_blobs);
    });
}

void fill_outcome(const repo::SnapshotSummary& summary, BackupOutcome& outcome) {
    outcome.summary.files = summary.total_files_processed;
    outcome.summary.bytes = summary.total_bytes_processed;
    outcome.summary.uploaded_files = summary.files_new + summary.files_changed;
    outcome.summary.uploaded_bytes = summary.data_added_packed;
    outcome.summary.errors = outcome.problem_count;
    outcome.unchanged_files = summary.files_unmodified;
    outcome.repository = summary;
}

}  // namespace cofre::backup
