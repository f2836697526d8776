#pragma once

/// @file
/// What a folder holds, in the order of a walk.

#include <string>
#include <vector>

#include "base/result.h"

namespace cofre::source {

/// The names in a folder, last one first, so that the next is at the back. A
/// name that may be a folder comes a second time with a '/' after it, at the
/// place where what it holds belongs in the byte order of whole paths:
/// `a`, `a-b`, `a/`.
struct FolderNames {
    std::vector<std::string> names;
    /// Why `names` is not all there is.
    Status status;

    /// True if "name/" is still to come.
    bool will_enter(const std::string& name) const;
};

/// Reads the folder `fd`, whose offset it moves.
FolderNames read_folder(int fd);

/// Only the names themselves, last one first. If `status` is not good, they are
/// not all there are.
FolderNames read_plain_folder(int fd);

}  // namespace cofre::source
