#pragma once

/// @file
/// One job from lock to record.

#include "backup/backup_plan.h"
#include "cli/app.h"
#include "cli/outcome_report.h"
#include "config/config.h"

namespace cofre::cli {

/// Takes the job's lock, opens the target, backs up with progress on the
/// console, and records the run under `state_folder`. Failures are in the
/// report. A record that cannot be written is a warning: the backup stands.
JobReport run_job(const App& app, const backup::BackupPlan& plan, const config::TargetConfig& target,
                  const std::filesystem::path& state_folder);

/// The state folder of commands that have no configuration.
std::filesystem::path default_state_folder();

/// Writes `document` for --output-json; a failure is the command's own.
Status write_output_json(const std::filesystem::path& path, const std::string& document);

}  // namespace cofre::cli
