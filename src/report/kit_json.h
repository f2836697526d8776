#pragma once

/// @file
/// A recovery kit for programs.

#include <string>

#include "report/recovery_kit.h"

namespace cofre::report {

/// One JSON object on one line; fields: docs/recovery.md. Never the password.
std::string kit_json(const RecoveryKit& kit);

}  // namespace cofre::report
