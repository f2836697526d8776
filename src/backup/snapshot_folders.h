#pragma once

/// @file
/// Snapshots arranged in folders, as a mount shows them.

#include <map>
#include <optional>
#include <span>
#include <string>

#include "repo/repo_id.h"
#include "repo/snapshot.h"

namespace cofre::backup {

/// One of: a folder of folders, a snapshot, a link.
struct SnapshotFolder {
    std::map<std::string, SnapshotFolder> below;
    std::optional<repo::Id> tree;  ///< Of a snapshot.
    std::string link;              ///< Relative target.
    std::int64_t seconds = 0;      ///< Time of the snapshot; of a folder that of its latest.
};

/// snapshots/TIME, hosts/HOST/TIME, tags/TAG/TIME and ids/SHORT, as restic, with
/// "latest" in each folder of times. A time that occurs again gets "-1", "-2".
/// Names of hosts and tags that a file cannot have get '_' where they hold '/'.
/// Snapshots without a tree are left out.
SnapshotFolder arrange_snapshots(std::span<const repo::ListedSnapshot> snapshots);

}  // namespace cofre::backup
