#pragma once

/// @file
/// Where a repository is, in the words of other programs.

#include "base/result.h"
#include "config/config.h"
#include "daemon/target_factory.h"
#include "report/recovery_kit.h"

namespace cofre::daemon {

/// Asks nobody: it says what requests to the target would use. kUnsupported: a
/// place that restic cannot name: an endpoint with a path, a prefix with empty
/// or dotted parts, or one that its two forms of a URL do not take.
/// Source: restic, internal/backend/s3/config.go.
Result<report::KitLocation> kit_location(const config::TargetConfig& target, const OpenTarget& open);

}  // namespace cofre::daemon
