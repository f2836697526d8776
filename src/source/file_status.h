#pragma once

/// @file
/// From stat(2) to what a backup keeps.

#include <string>
#include <string_view>

#include <sys/stat.h>

#include "base/result.h"
#include "source/file_tree.h"

namespace cofre::source {

/// Times outside the years 1678 to 2261, which no manifest can hold, become the
/// nearest one inside.
FileIdentity to_identity(const struct stat& status);

FileType to_file_type(const struct stat& status);

/// "socket", "fifo", "character device" or "block device"; else empty.
std::string_view special_kind(const struct stat& status);

/// fstatat(2) of `name` in `folder` without following links; `path` is for
/// messages. kNotFound: it vanished.
Result<struct stat> stat_at(int folder, const std::string& name, std::string_view path);

/// Where the link points to, of any length. kConflict: it is no link any more.
Result<std::string> read_link_at(int folder, const std::string& name, std::string_view path);

}  // namespace cofre::source
