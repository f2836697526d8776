#pragma once

/// @file
/// Where targets lie in a snapshot: relative ones under the names that were
/// written, as restic does it.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "source/snapshot_walk.h"

namespace cofre::backup {

/// Targets whose paths in the snapshot begin at the same folder.
struct SnapshotRoot {
    std::string base;  ///< That folder, without the first '/': "" for absolute targets.
    source::SnapshotTargets targets;

    /// Whether a folder of the walk is `base` or lies above it: it is then
    /// nothing of the snapshot.
    bool is_outside(std::string_view path) const;
};

/// In the order of the first target of each. Errors of SnapshotTargets::create().
Result<std::vector<SnapshotRoot>> find_snapshot_roots(const std::vector<std::filesystem::path>& targets);

}  // namespace cofre::backup
