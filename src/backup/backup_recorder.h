#pragma once

/// @file
/// Last stage: put results back in order, look at the objects in the store,
/// and record them.

#include <functional>
#include <map>
#include <vector>

#include "backup/backup_items.h"
#include "backup/backup_run.h"
#include "backup/backup_worker.h"
#include "base/call_context.h"
#include "base/result.h"
#include "objects/manifest_builder.h"

namespace cofre::backup {

/// Not thread-safe: one thread records. Memory: the results that arrived before
/// their turn, and one batch of kBatch.
class BackupRecorder {
public:
    struct Inputs {
        const BackupPlan& plan;
        const BackupEnvironment& env;
        BackupWorker& worker;               ///< Sends again what turns out to be missing.
        objects::ManifestBuilder& builder;  ///< Unused in a dry run.
        BackupOutcome& outcome;
        std::function<Status()> release;  ///< Called once for each recorded item.
    };
    explicit BackupRecorder(const Inputs& inputs) : in_(inputs) {}

    Status take(const CallContext& ctx, BackupResult result);

    /// No more will come. kInternal: a sequence number is missing.
    Status finish(const CallContext& ctx);

    static constexpr std::size_t kBatch = 1'000;  ///< What one page of a listing can show.

private:
    Status flush(const CallContext& ctx);
    Status prove_batch(const CallContext& ctx);
    Status settle(const CallContext& ctx, BackupResult& result, const Status& verdict);
    Status record(BackupResult& result);
    Status add_entry(const objects::ManifestEntry& entry);
    Status add_added(const std::string* before);
    void note_problem(FileProblem problem);

    Inputs in_;
    std::map<std::uint64_t, BackupResult> waiting_;  ///< Came before their turn.
    std::vector<BackupResult> batch_;
    std::uint64_t next_ = 0;
    std::size_t next_added_ = 0;  ///< Of BackupPlan::added.
};

}  // namespace cofre::backup
