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

/// The exit status of a run of these jobs, and --output-json if it was asked
/// for; that it cannot be written makes a good run a partial one.
int finish_run(const App& app, const std::vector<JobReport>& reports,
               const std::optional<std::filesystem::path>& output_json);

}  // namespace cofre::cli
