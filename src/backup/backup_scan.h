#pragma once

/// @file
/// First stage: walk the sources beside the last manifest, and say what is to
/// be done for each name.

#include <functional>

#include "backup/backup_items.h"
#include "backup/backup_plan.h"
#include "backup/previous_entries.h"
#include "backup/progress.h"
#include "backup/source_set.h"
#include "base/call_context.h"
#include "base/result.h"

namespace cofre::backup {

struct ScanInputs {
    const BackupPlan& plan;
    const SourceSet& sources;
    PreviousEntries& previous;
    Progress& progress;
};

/// Passes items to `emit` in ascending order of paths, with their sequence
/// numbers; returns the number of sockets, FIFOs and devices left out.
Result<std::uint64_t> scan_sources(const CallContext& ctx, const ScanInputs& inputs,
                                   const std::function<Status(BackupItem)>& emit);

}  // namespace cofre::backup
