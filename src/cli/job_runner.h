#pragma once

/// @file
/// One job from lock to record.

#include "backup/backup_plan.h"
#include "backup/dump_store.h"
#include "backup/tree_backup.h"
#include "cli/app.h"
#include "cli/outcome_report.h"
#include "cli/repository_session.h"
#include "config/config.h"

namespace cofre::cli {

/// Takes the job's lock, opens the target, backs up with progress on the
/// console, and records the run under `state_folder`. Failures are in the
/// report. A record that cannot be written is a warning: the backup stands.
/// `dumps` have begun; they are stored before the files.
/// `is_locked`: the caller holds the lock, and records the run by record_job().
JobReport run_job(const App& app, backup::BackupPlan plan, const config::TargetConfig& target,
                  const std::filesystem::path& state_folder, std::vector<backup::OpenDump> dumps = {},
                  bool is_locked = false);

/// What is asked of a backup into a repository besides its plan.
struct RepositoryBackup {
    std::string job;
    backup::TreeBackupPlan plan;
    bool force = false;                   ///< No parent.
    std::string parent;                   ///< An id or "latest"; empty: the newest of the same host and paths.
    backup::StreamBackupPlan stream;      ///< Instead of the plan's targets, if it has `read`.
    std::vector<backup::OpenDump> dumps;  ///< Begun; stored before the plan's files.
};

/// The same into a repository.
JobReport run_repository_job(const App& app, OpenPlace place, const RepoAccessOptions& access,
                             RepositoryBackup request);

/// By both clocks: the civil one may jump while a job runs.
struct JobBeginning {
    WallTime wall;
    std::chrono::steady_clock::time_point steady;
};

/// What `cofre status` will say of it. A record that cannot be written is logged.
void record_job(const App& app, const JobReport& report, const JobBeginning& began,
                const std::filesystem::path& state_folder);

/// The exit status of a run of these jobs, and --output-json if it was asked
/// for; that it cannot be written makes a good run a partial one.
int finish_run(const App& app, const std::vector<JobReport>& reports,
               const std::optional<std::filesystem::path>& output_json);

}  // namespace cofre::cli
