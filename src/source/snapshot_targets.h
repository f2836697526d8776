#pragma once

/// @file
/// The paths of the targets as a tree of names. For snapshot_walk.cc and
/// snapshot_targets.cc.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "source/snapshot_walk.h"

namespace cofre::source {

struct SnapshotTargets::Part {
    bool is_target = false;
    /// Last one first, as FolderNames.
    std::map<std::string, std::shared_ptr<Part>, std::greater<>> below;
};

}  // namespace cofre::source
