#pragma once

/// @file
/// Which snapshots of a repository are a job's.

#include "base/result.h"
#include "config/config.h"
#include "repo/snapshot_filter.h"

namespace cofre::cli {

/// Its tags and all its paths, on any host.
Result<repo::SnapshotFilter> filter_of_job(const config::Config& config, const config::JobConfig& job);

}  // namespace cofre::cli
