#pragma once

/// @file
/// `copy`: snapshots from one repository into another.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "repo/blob_writer.h"
#include "repo/repository.h"
#include "repo/snapshot.h"
#include "repo/step_progress.h"
#include "repo/used_blobs.h"

namespace cofre::repo {

/// True if `target` has a copy of `source`: made from the same original, and
/// the same in all that a copy keeps.
bool is_copy_of(const ListedSnapshot& source, const ListedSnapshot& target);

struct CopyTotals {
    std::uint64_t blobs = 0;  ///< Read from the source and stored.
    std::uint64_t bytes = 0;  ///< As they lay in the source.
};

/// Copies snapshot after snapshot: what the target does not have is read from
/// the source in order of packs, checked, and encrypted with the target's key.
/// Chunks stay as they are. The snapshot's file is written last, when all it
/// needs is durable; `original` names the first of its line, and there is no
/// parent. Interrupted, what was stored is not stored again.
///
/// Load both indexes first. Both repositories must outlive it. Not thread-safe.
/// Memory: one bit for each blob of the source, 48 bytes for each blob that one
/// snapshot brings, a BlobWriter, and that of mark_used_blobs().
class SnapshotCopier {
public:
    SnapshotCopier(const CallContext& ctx, Repository& source, Repository& target, const BlobWriterOptions& options,
                   OnStep on_step = {});

    /// The new snapshot's id. Errors of the marking: something it needs is
    /// missing or damaged in the source, and nothing of it appears in the target.
    Result<Id> copy(const CallContext& ctx, const ListedSnapshot& snapshot);

    CopyTotals totals() const { return totals_; }

private:
    Status copy_blobs(const CallContext& ctx, std::vector<std::uint32_t> ordinals);

    Repository& source_;
    Repository& target_;
    BlobWriterOptions options_;
    OnStep on_step_;
    BlobMarks seen_;  // In the source's index: stored in the target, all below it too.
    BlobWriter writer_;
    CopyTotals totals_;
};

}  // namespace cofre::repo
