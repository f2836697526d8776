#pragma once

/// @file
/// What `backup` is told to take, from the command line and the files it names.

#include <filesystem>
#include <vector>

#include "backup/tree_backup.h"
#include "cli/app.h"

namespace cofre::cli {

/// SOURCE and --files-from[-verbatim|-raw], in this order. --files-from holds
/// shell patterns, '#' begins a comment; a pattern that matches nothing is an
/// error (kNotFound), as a source that is not there.
Result<std::vector<std::filesystem::path>> backup_targets(const BackupOptions& options);

/// Patterns of --exclude and the exclude files, with their variables replaced.
/// `patterns` gets more.
Status read_exclude_files(const App& app, const std::vector<std::filesystem::path>& files,
                          std::vector<std::string>& patterns);

/// Everything but dry_run and the parent. kInvalidArgument: options that make no
/// sense, or not together.
Result<backup::TreeBackupPlan> tree_plan(const App& app, const BackupOptions& options,
                                         const config::TargetConfig& target);

}  // namespace cofre::cli
