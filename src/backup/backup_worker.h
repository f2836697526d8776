#pragma once

/// @file
/// Second stage: upload one item, or find that nothing need be sent.

#include <atomic>

#include "backup/backup_items.h"
#include "backup/backup_run.h"
#include "backup/file_upload.h"
#include "base/call_context.h"
#include "base/result.h"

namespace cofre::backup {

/// Thread-safe.
class BackupWorker {
public:
    /// Both must outlive it.
    BackupWorker(const BackupPlan& plan, const BackupEnvironment& env)
        : plan_(plan), env_(env), uploader_(plan, env.store) {}

    /// A file that fails is a problem of the result. An Error ends the run: a
    /// stop, or a store that refuses everything (bad credentials, no bucket,
    /// full, or kMaxStoreFailures refusals in a row).
    Result<BackupResult> process(const CallContext& ctx, BackupItem item);

    static constexpr int kMaxStoreFailures = 20;

private:
    Status upload(const CallContext& ctx, BackupResult& result);
    Result<UploadedFile> upload_and_prove(const CallContext& ctx, BackupResult& result, UploadNotes& notes);
    Status prove(const CallContext& ctx, objects::ManifestEntry& entry, bool& needs_listing) const;
    bool ends_run(const Error& error, FaultSide side);
    bool wants_own_proof() const { return plan_.proof != ProofLevel::kAuto || plan_.delete_after_upload; }

    const BackupPlan& plan_;
    const BackupEnvironment& env_;
    FileUploader uploader_;
    std::atomic<int> store_failures_{0};
};

}  // namespace cofre::backup
