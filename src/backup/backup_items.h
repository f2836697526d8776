#pragma once

/// @file
/// What moves through the pipeline of a backup.

#include <cstdint>
#include <optional>
#include <string>

#include "backup/backup_plan.h"
#include "backup/source_set.h"
#include "objects/manifest.h"

namespace cofre::backup {

/// What is to be done for one name of the source (or of the last manifest).
enum class ItemKind : std::uint8_t {
    kPlain,    ///< Folder or link: only recorded.
    kUpload,   ///< A file that is new or changed.
    kReuse,    ///< Unchanged since the last manifest, which says where it is.
    kCarry,    ///< Archived earlier; gone from the source on purpose.
    kProblem,  ///< Could not be read by the walk.
};

struct BackupItem {
    std::uint64_t sequence = 0;  ///< Position in the walk, from 0.
    ItemKind kind = ItemKind::kPlain;
    const MountedTree* tree = nullptr;  ///< kUpload, kReuse.
    source::TreeEntry source;           ///< Likewise.
    objects::ManifestEntry entry;       ///< All but kUpload and kProblem.
    FileProblem problem;                ///< kProblem.
};

/// A finished item: an entry for the manifest, a problem, or both.
struct BackupResult {
    BackupItem item;
    std::optional<objects::ManifestEntry> entry;
    std::optional<FileProblem> problem;
    bool uploaded = false;
    bool needs_listing = false;  ///< The object has not been looked at yet.
};

}  // namespace cofre::backup
