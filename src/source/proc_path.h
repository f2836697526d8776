#pragma once

/// @file
/// A path to what a descriptor means, for calls that take no descriptor of the
/// kind O_PATH.

#include <string>

namespace cofre::source {

/// Leads to the very file, also if it is a symbolic link, which is not followed
/// any further. Needs /proc. Source: proc(5), /proc/pid/fd.
inline std::string proc_path(int fd) {
    return "/proc/self/fd/" + std::to_string(fd);
}

}  // namespace cofre::source
