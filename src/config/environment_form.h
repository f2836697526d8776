#pragma once

/// @file
/// A configuration without a file: the environment of the programs that cofre
/// replaces. Private.

#include <optional>

#include "base/result.h"
#include "config/config.h"
#include "config/variables.h"

namespace cofre::config {

/// True if the variables ask for a dump (DB_TYPE is set).
bool has_environment_form(const Variables& variables);

/// One job, "dump", of one database to one target of plain objects. Two dialects,
/// told apart by STORAGE_TYPE (names in docs/from-environment.md). Values of the
/// target that no variable gives are `base`'s. kInvalidArgument names the variable
/// that is missing or wrong; kUnsupported: a storage that is not S3 or a folder.
Result<Config> read_environment_form(const Variables& variables, const TargetConfig& base);

}  // namespace cofre::config
