#pragma once

/// @file
/// From a job's configuration to what a backup is asked to do.

#include <string>

#include "backup/backup_plan.h"
#include "backup/tree_backup.h"
#include "base/result.h"
#include "config/config.h"

namespace cofre::daemon {

/// kUnsupported: a source that is not a path; the message names what can be
/// backed up. The caller still sets `dry_run`.
Result<backup::BackupPlan> plan_of_job(const config::JobConfig& job, const config::TargetConfig& target);

/// The same for a repository. kUnsupported also: what only plain objects can do
/// (delete_after_upload, a prefix). The caller sets `dry_run` and the parent.
Result<backup::TreeBackupPlan> tree_plan_of_job(const config::JobConfig& job, const config::TargetConfig& target);

/// kInvalidArgument: two jobs of one target would store files under the same
/// keys.
Status check_job_prefixes(const config::Config& config);

/// This machine's name, as manifests record it.
std::string host_name();

/// $TMPDIR or /tmp: takes manifests while they grow.
std::string temp_folder();

/// The version that manifests and `cofre version` state.
std::string_view tool_version();

}  // namespace cofre::daemon
