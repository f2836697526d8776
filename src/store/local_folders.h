#pragma once

/// @file
/// Opening and creating things below a root folder without ever leaving it or
/// following a symbolic link. Private to store. Paths are relative to `root`
/// and come from to_local_path(); "" is the root itself.

#include <cstdint>
#include <string>
#include <string_view>

#include <sys/stat.h>
#include <sys/types.h>

#include "base/file.h"
#include "base/result.h"

namespace cofre::store {

/// open(2) beneath `root`, O_CLOEXEC and O_NOFOLLOW implied. On failure the
/// result is empty and errno is set: ELOOP for a symbolic link on the way.
UniqueFd open_beneath(int root, const std::string& path, int flags);

/// The same by one openat(2) per name, for kernels and sandboxes without
/// openat2(2). open_beneath() falls back to it.
UniqueFd walk_beneath(int root, const std::string& path, int flags);

/// Error of a failed call on a name: what only this file system cannot do, or
/// what stands in the way, is kUnsupported.
Error name_error(int errnum, std::string_view doing);

/// Opens a folder, having created what is missing of it (0700).
/// kUnsupported: something that is not a folder stands in the way.
Result<UniqueFd> create_folders(int root, const std::string& path, std::string_view doing);

/// Removes the folder and its parents as far as they are empty, so that a
/// key's leftovers do not block another key. Failures do not matter.
void remove_empty_folders(int root, std::string path);

/// inode, size and time: changes whenever a file is replaced or written to.
std::string etag_of(const struct stat& info);

}  // namespace cofre::store
