#pragma once

/// @file
/// What the shell is told.

#include "base/error.h"

namespace cofre::cli {

/// docs/cli.md, "Exit status". Values are an interface: never change them.
enum ExitStatus : int {
    kExitDone = 0,
    kExitFatal = 1,    ///< Configuration, connection, or nothing could be done.
    kExitPartial = 2,  ///< Some files or jobs failed; everything else is safe.
    kExitNoRepository = 10,
    kExitLocked = 11,
    kExitWrongPassword = 12,
    kExitInterrupted = 130,
};

/// For an error that ended a command.
ExitStatus exit_status_of(const Error& error);

}  // namespace cofre::cli
