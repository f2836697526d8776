#pragma once

/// @file
/// Two sources must not replace each other's objects.

#include <vector>

#include "backup/backup_plan.h"
#include "backup/source_set.h"
#include "base/call_context.h"
#include "base/result.h"
#include "objects/object_naming.h"
#include "store/object_store.h"

namespace cofre::backup {

/// Reads the header of the newest snapshot of each job. kConflict: a job of
/// another name keeps its files at, above or below the plan's prefix; or the
/// plan is ad hoc and the last ad hoc backup there was of other sources. A
/// header that cannot be read is passed over.
Status check_prefix_is_free(const CallContext& ctx, store::ObjectStore& store, const BackupPlan& plan,
                            const SourceSet& sources, const std::vector<objects::SnapshotRef>& snapshots);

}  // namespace cofre::backup
