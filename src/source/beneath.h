#pragma once

/// @file
/// Opening what lies below a folder that is held open, and nothing else.

#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace cofre::source {

/// Opens `path`, relative to the folder `root`, with open(2) `flags` and
/// O_CLOEXEC. No part of it may be a symbolic link, "." or "..": with
/// openat2(2), or part by part where the kernel lacks it, and for paths longer
/// than PATH_MAX. kConflict: a link, or a file where a folder should be, stands
/// in the way. kInvalidArgument: `path` is empty, absolute or goes up.
/// kUnavailable: another process holds a lease on the file.
Result<UniqueFd> open_beneath(int root, std::string_view path, int flags);

/// The same without openat2(2).
Result<UniqueFd> open_by_parts(int root, std::string_view path, int flags);

/// The same as open_beneath(), for reading and without touching the time of
/// last access where the kernel lets us (O_NOATIME, for owners only). Does not
/// block on a FIFO or a device. `flags` are added.
Result<UniqueFd> open_for_reading(int root, std::string_view path, int flags);

/// The folder that holds `path`, as a bare handle (O_PATH), and the name in it.
struct Place {
    UniqueFd folder;
    std::string name;
};
Result<Place> locate(int root, std::string_view path);

/// "open dir/name: Permission denied", with the right code. A path that has
/// become something else is kConflict.
Error path_error(int errnum, std::string_view doing, std::string_view path);

}  // namespace cofre::source
