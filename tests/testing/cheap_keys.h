#pragma once

/// @file
/// Half a second for each key is right for people and wrong for a test that
/// opens a repository fifty times.

#include <filesystem>
#include <string>

#include "base/result.h"

namespace cofre::testing {

/// Replaces each key file of the repository in `place` that `password` opens by one
/// of the same master key that costs next to nothing. Both programs read the cost
/// from the file. Call it once, after `init`.
Status make_keys_cheap(const std::filesystem::path& place, const std::string& password);

}  // namespace cofre::testing
