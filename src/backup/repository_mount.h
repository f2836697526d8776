#pragma once

/// @file
/// A repository as a read-only file system (FUSE 3).

#include <filesystem>
#include <functional>
#include <string>

#include "backup/snapshot_folders.h"
#include "base/call_context.h"
#include "base/result.h"
#include "repo/repository.h"

namespace cofre::backup {

struct MountOptions {
    std::filesystem::path mount_point;  ///< A folder that is there.
    bool allow_other = false;           ///< Other users too; permissions are those of the snapshot.
    int threads = 4;
};

/// Mounts, calls `on_mounted`, and serves until a stop or until somebody
/// unmounts it. Neither is an error. Shows `folders` as they are: snapshots that
/// come later do not appear. The index must be loaded.
///
/// kNotFound, kPermissionDenied, kUnsupported: no /dev/fuse, or the system does
/// not let us; the message says what. A blob that cannot be read is EIO for
/// whoever reads it, and a line in the log.
///
/// Threads: `threads`. Memory: 128 trees and 64 blobs.
Status serve_mount(const CallContext& ctx, repo::Repository& repo, const SnapshotFolder& folders,
                   const MountOptions& options, const std::function<void()>& on_mounted);

}  // namespace cofre::backup
