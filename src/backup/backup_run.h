#pragma once

/// @file
/// A backup of files into the `objects` layout, from walk to manifest.

#include "backup/backup_plan.h"
#include "backup/progress.h"
#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/object_store.h"

namespace cofre::backup {

/// Walks the sources, uploads `concurrency` files at a time, looks at each
/// object in the store, writes the manifest, and then, if asked, deletes.
///
/// One file that cannot be read, or whose object is refused, is a problem of
/// the outcome; the rest goes on. An Error means that there is no new backup:
/// the store cannot be used, a source is missing, the manifest could not be
/// written, or a stop was requested. Objects that were stored by then stay, and
/// the next run replaces them; former manifests are never touched.
///
/// Threads: one that walks, `concurrency` that upload, and the caller's, which
/// proves and records. Peak memory: kWindow entries (about 0.5 KiB each) and
/// what the store needs for `concurrency` bodies. `store`, `clock` and
/// `progress` must outlive the call.
struct BackupEnvironment {
    store::ObjectStore& store;
    Clock& clock;
    Progress& progress;
    /// Set before the manifest is sent: from then on there may be a backup, even if
    /// run_backup() returns an Error. May be null.
    bool* manifest_may_exist = nullptr;
};
Result<BackupOutcome> run_backup(const CallContext& ctx, const BackupPlan& plan, const BackupEnvironment& env);

/// How far the walk may run ahead of the oldest file that is not yet recorded.
inline constexpr std::size_t kWindow = 16'384;

}  // namespace cofre::backup
