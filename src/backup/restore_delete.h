#pragma once

/// @file
/// The last step of a restore that makes a folder equal to a snapshot. For
/// tree_restore.cc.

#include "backup/restore_filter.h"
#include "backup/restore_window.h"

namespace cofre::backup {

/// Removes from each folder of the snapshot what the snapshot does not have
/// there and `filter` wants; below what it removes, everything. In a dry run
/// only tells. Call once all is restored. Stays inside the target: no symbolic
/// link is followed, and other file systems are not entered. What cannot be
/// removed is a problem. If a tree cannot be read nothing of its folder goes.
Status delete_others(const CallContext& ctx, RestoreWork& work, const RestoreFilter& filter);

}  // namespace cofre::backup
