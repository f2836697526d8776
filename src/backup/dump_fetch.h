#pragma once

/// @file
/// Dumps in a backup, found again and read back, from either layout.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "backup/progress.h"
#include "base/call_context.h"
#include "base/result.h"
#include "dump/dump_record.h"
#include "dump/dump_restore.h"
#include "objects/manifest.h"
#include "repo/repository.h"
#include "store/object_store.h"

namespace cofre::backup {

/// A dump that a backup holds.
struct StoredDump {
    std::string place;  ///< Of a repository: its folder; of plain objects: what its files' paths begin with.
    dump::DumpRecord record;
    /// Reads what the tool wrote, checked on the way; counts into the Progress
    /// that find_dumps() was given.
    std::unique_ptr<dump::DumpFiles> files;
};

/// Every dump of a snapshot, by place: those whose folder is one of `paths`, the
/// snapshot's own, and is where a backup puts a dump of what the record says. A
/// file of that name anywhere else is just a file, and never trusted. `repository`
/// and `progress` must outlive the result. kCorruption: a record cannot be
/// understood. Memory: the records.
Result<std::vector<StoredDump>> find_dumps(const CallContext& ctx, repo::Repository& repository, const repo::Id& tree,
                                           const std::vector<std::string>& paths, Progress& progress);

/// Every dump of one manifest. Only entries that a backup added itself count, which
/// have no inode. kCorruption also: a file of a dump is not in it.
struct ManifestDumps {
    objects::ManifestHeader header;
    std::vector<StoredDump> dumps;
    bool has_other_files = false;  ///< Besides those of the dumps.
};
Result<ManifestDumps> find_dumps(const CallContext& ctx, store::ObjectStore& store, const store::ObjectKey& manifest,
                                 const std::filesystem::path& temp_folder, Progress& progress);

/// What a restore of it has to read, for progress.
std::uint64_t bytes_of(const dump::DumpRecord& record);

}  // namespace cofre::backup
