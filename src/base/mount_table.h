#pragma once

/// @file
/// Which file system a path lies on.

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cofre {

struct Mount {
    std::string point;   ///< "/", "/mnt/backup".
    std::string type;    ///< "ext4", "nfs4", "fuse.sshfs", "tmpfs".
    std::string source;  ///< "/dev/sda1", "server:/share".
    bool read_only = false;
};

/// From /proc/self/mountinfo. `path` must exist: kNotFound.
Result<Mount> mount_of(const std::filesystem::path& path);

/// The same from a text of that form; `path` is absolute and has no links in
/// it. kNotFound: no mount holds it. Source: proc(5), "/proc/pid/mountinfo".
Result<Mount> find_mount(std::string_view mountinfo, const std::filesystem::path& path);

}  // namespace cofre
