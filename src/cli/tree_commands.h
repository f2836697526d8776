#pragma once

/// @file
/// The half of commands for both layouts that is for repositories. For
/// command_restore.cc, command_ls.cc and command_verify.cc.

#include <optional>

#include "backup/verify_run.h"
#include "cli/repository_session.h"

namespace cofre::cli {

/// Return the exit status; an Error has not been shown yet.
Result<int> restore_trees(const App& app, OpenPlace place, const RestoreOptions& options);
/// `restore --into`: of both layouts.
Result<int> restore_databases(const App& app, const RestoreOptions& options);
Result<int> list_trees(const App& app, OpenPlace place, const LsOptions& options);
Result<int> verify_trees(const App& app, OpenPlace place, const VerifyOptions& options, backup::VerifyLevel level);

/// `verify`: of both layouts.
Result<int> verify_backup(const App& app, const VerifyOptions& options);

/// One snapshot's: shows it, remembers the proof for `status` if it is of a job,
/// and returns its exit status.
/// Its evidence is kept at `place`.
int finish_verify(const App& app, const OpenPlace& place, const backup::VerifyOutcome& outcome);

/// Of several snapshots: the status that all have, else kExitPartial. nullopt: none yet.
int worse_of(std::optional<int> status, int next);

}  // namespace cofre::cli
