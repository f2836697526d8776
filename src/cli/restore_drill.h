#pragma once

/// @file
/// What `verify` does beyond reading: dumps are replayed, and all is restored.

#include "backup/verify_run.h"
#include "cli/read_session.h"

namespace cofre::cli {

/// For levels above kRead, once the snapshot has been read and was good; adds to
/// `outcome` (whose level says how far to go) what was proven and what was not.
/// Throw-away servers and copies live below --temp-folder and are removed. An
/// Error: the question could not be answered.
Status prove_objects(const App& app, const OpenPlace& place, const VerifyOptions& options,
                     backup::VerifyOutcome& outcome);
Status prove_tree(const App& app, const ReadSession& reading, const repo::ListedSnapshot& snapshot,
                  const VerifyOptions& options, backup::VerifyOutcome& outcome);

}  // namespace cofre::cli
