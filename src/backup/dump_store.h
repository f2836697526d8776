#pragma once

/// @file
/// Dumps on their way into a backup, of either layout.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backup/backup_plan.h"
#include "backup/backup_run.h"
#include "backup/tree_graft.h"
#include "base/call_context.h"
#include "base/result.h"
#include "dump/dump.h"
#include "objects/manifest.h"

namespace cofre::backup {

/// A dump that is part of a backup: begun, not yet read.
struct OpenDump {
    std::unique_ptr<dump::Dump> dump;
    /// Repository: where its files lie, "/databases/postgres/db.example.com/shop".
    std::string folder;
    /// Plain objects: what their keys begin with after the prefix, without a
    /// suffix: "daily/2026/11/22/dump_20261122_013659".
    std::string name;
    std::string suffix;                      ///< Likewise, of the dump itself; empty: the format's own.
    std::optional<dump::DumpRecord> record;  ///< Once it is stored.
};

/// The folder above, of what `address` names.
std::string dump_folder(const dump::DatabaseAddress& address);

/// Reads every stream to its end, dump.jobs() at once, into blobs, and adds them
/// and the record to the snapshot. An error: some producer failed, and there
/// must be no snapshot. What tools say on standard error becomes a warning of the
/// record. Memory: TreeReader's and PushedStream's for each stream at once.
Status graft_dump(const CallContext& ctx, OpenDump& open, GraftWork& work);

/// The same as plain objects, one for each stream, compressed as the plan says,
/// each proven; entries for the manifest, in the order of their paths. After an
/// error none of them is left under its name: what was stored is removed again.
/// Metadata of each object: backup-type, database, timestamp, timezone.
Result<std::vector<objects::ManifestEntry>> store_dump(const CallContext& ctx, OpenDump& open, const BackupPlan& plan,
                                                       const BackupEnvironment& env);

/// Removes what store_dump() stored, when the run that it belongs to has failed.
void remove_dump_objects(store::ObjectStore& store, const std::vector<objects::ManifestEntry>& entries);

}  // namespace cofre::backup
