#pragma once

/// @file
/// Deleting what a finished backup has made superfluous.

#include "backup/backup_plan.h"
#include "backup/source_set.h"
#include "base/call_context.h"
#include "base/result.h"
#include "store/object_store.h"

namespace cofre::backup {

/// Reads the manifest back from the store and deletes each archived file of it
/// whose object is proven by SHA-256 and which is, at this moment, still the
/// very file that was read: same inode, size, mtime and ctime, and the same
/// SHA-256 when it is read once more. Then removes the folders that this has
/// emptied, never a source itself, and nothing outside the sources.
///
/// A file that changed, or that cannot be deleted, stays and is a problem of
/// `outcome`. An Error means that the manifest cannot be read: nothing more is
/// deleted then.
Status delete_uploaded(const CallContext& ctx, const BackupPlan& plan, const SourceSet& sources,
                       store::ObjectStore& store, const store::ObjectKey& manifest, BackupOutcome& outcome);

}  // namespace cofre::backup
