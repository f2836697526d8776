#pragma once

/// @file
/// All snapshots of a repository.

#include <utility>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "repo/repository.h"
#include "repo/snapshot.h"

namespace cofre::repo {

struct SnapshotList {
    std::vector<ListedSnapshot> snapshots;  ///< In order of time, then of ids.
    /// Those that cannot be read, and why: damage only, never a failure of the
    /// store, which is an error of load_snapshots().
    std::vector<std::pair<Id, Error>> unreadable;
};

/// Reads as many at once as the repository has connections. One that is
/// removed between listing and reading is passed over.
Result<SnapshotList> load_snapshots(const CallContext& ctx, Repository& repository);

/// For whoever deletes: kCorruption if one snapshot cannot be read, because
/// what it refers to would seem unused.
Result<std::vector<ListedSnapshot>> load_all_snapshots(const CallContext& ctx, Repository& repository);

}  // namespace cofre::repo
