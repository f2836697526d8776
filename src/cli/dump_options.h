#pragma once

/// @file
/// What the command line says of databases.

#include "base/result.h"
#include "cli/app.h"
#include "config/config.h"

namespace cofre::cli {

/// Over what the URL says. Errors of a password file that cannot be read.
Status apply_dump_options(const App& app, const DumpToolOptions& options, config::DatabaseConfig& database);

}  // namespace cofre::cli
