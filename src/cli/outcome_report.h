#pragma once

/// @file
/// The end of a job, for people and for programs.

#include <string>
#include <vector>

#include "backup/backup_plan.h"
#include "backup/restore_run.h"
#include "backup/verify_run.h"
#include "base/error.h"
#include "cli/console.h"

namespace cofre::cli {

/// One job of a run: what came of it, or why nothing did.
struct JobReport {
    std::string job;
    std::string target;
    bool dry_run = false;
    std::optional<backup::BackupOutcome> outcome;
    std::optional<Error> error;

    /// 0, 1, 2 or 130, as for a run of this job alone.
    int exit_status() const;
};

/// A few lines on stderr: files, bytes, rate, duration, failures, snapshot.
void show_report(const Console& console, const JobReport& report);
void show_restore(const Console& console, const backup::RestoreOutcome& outcome, const std::string& target,
                  bool dry_run);
void show_verify(const Console& console, const backup::VerifyOutcome& outcome);

/// JSON objects, without newlines; names that are not UTF-8 are escaped and come
/// with their bytes as base64.
std::string report_json(const JobReport& report);
std::string restore_json(const backup::RestoreOutcome& outcome, bool dry_run);
std::string verify_json(const backup::VerifyOutcome& outcome);

/// The whole run: {"exit_status", "started_at", "jobs": […], "totals"}.
std::string run_json(const std::vector<JobReport>& reports, int exit_status);

/// Of one job: its own. Of several: 0 if all are done, 1 if none did anything,
/// 130 if stopped, else 2.
int combined_status(const std::vector<JobReport>& reports);

}  // namespace cofre::cli
