#pragma once

/// @file
/// Which object is meant, if not whatever lies under a key now.

#include <string>

namespace cofre::s3 {

struct ObjectChoice {
    std::string version_id = {};  ///< Empty: the current version.
    std::string if_match = {};    ///< Not empty: only if it has this ETag (without quotes).
};

}  // namespace cofre::s3
