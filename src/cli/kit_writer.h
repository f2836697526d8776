#pragma once

/// @file
/// The recovery kit of an open repository, and where it goes.

#include "base/secret.h"
#include "cli/app.h"
#include "cli/repository_session.h"
#include "report/recovery_kit.h"

namespace cofre::cli {

/// Before anything is made: the file must be new (kConflict), its folder there
/// (kNotFound), and a password goes into a file only, never to stdout, which may
/// be a log (kInvalidArgument).
Status check_kit_options(const App& app, const KitOptions& options);

/// Before a repository is made: whether there could be a kit of it. Errors of
/// make_kit() and write_kit().
Status check_kit_of(const App& app, const OpenPlace& place, const KitOptions& options, const Secret* password);

/// `password`: null unless the kit is to have it. kUnsupported: see
/// RecoveryKit::check_printable() and daemon::kit_location().
Result<report::RecoveryKit> make_kit(const App& app, const OpenPlace& place, repo::Repository& repository,
                                     const Secret* password);

/// A new file that only its owner can read, or stdout; with --json the fields
/// go to stdout, and to the file, if there is one, what its name asks for.
Status write_kit(const App& app, const report::RecoveryKit& kit, const KitOptions& options);

}  // namespace cofre::cli
