#pragma once

/// @file
/// The half of commands for both layouts that is for repositories. For
/// command_restore.cc and command_ls.cc.

#include "cli/repository_session.h"

namespace cofre::cli {

/// Return the exit status; an Error has not been shown yet.
Result<int> restore_trees(const App& app, OpenPlace place, const RestoreOptions& options);
Result<int> list_trees(const App& app, OpenPlace place, const LsOptions& options);

}  // namespace cofre::cli
