#pragma once

/// @file
/// `prune`: what no snapshot needs is removed.

#include <chrono>
#include <functional>
#include <string_view>

#include "base/call_context.h"
#include "base/result.h"
#include "repo/prune_plan.h"
#include "repo/repository.h"
#include "repo/step_progress.h"

namespace cofre::repo {

struct PruneOptions {
    PruneRules rules;
    bool dry_run = false;
    std::chrono::milliseconds retry_lock{0};  ///< While others are at work.
    bool refresh_locks = true;                ///< LockOptions::refresh.
    /// Refuse to remove anything when our clock and the store's differ by more:
    /// stale locks are told by the clock. Zero: do not look.
    std::chrono::minutes max_clock_skew{15};
    OnStep on_step;
    /// The plan, before anything is done; again if it had to be made anew.
    std::function<void(const PrunePlan&)> on_plan;
};

struct PruneResult {
    PrunePlan plan;
    std::size_t packs_written = 0;
    std::uint64_t bytes_written = 0;
    std::size_t packs_removed = 0;
    /// Others had changed the repository while packs were written, so that the
    /// plan was made again under the exclusive lock.
    bool was_planned_again = false;
};

/// Two phases, each under its own lock, which prune() takes itself:
///
/// 1. shared, so that backups go on beside it: plan_prune(), then what is kept
///    of packs that go is stored again in new packs, and those in new index files.
///    This only adds.
/// 2. exclusive, and short: look again. If a snapshot or index file has come or
///    an index file has gone since, plan anew. Then index files without the
///    removed packs are written, made durable, and the old ones removed; then
///    the packs, in batches.
///
/// Killed at any point it leaves unused packs or blobs stored twice, never a
/// blob that is missing: the next prune finishes. The lock is asked before each
/// write and removal. A listing that fails, and everything that plan_prune()
/// refuses, ends it before anything is removed. kLocked: others are at work;
/// the work of phase 1 is not lost. With `dry_run` nothing but the lock is written.
///
/// Memory: that of plan_prune() and of a BlobWriter.
Result<PruneResult> prune(const CallContext& ctx, Repository& repository, const PruneOptions& options);

}  // namespace cofre::repo
