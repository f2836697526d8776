#pragma once

/// @file
/// One run of a job at a time on this host.

#include <filesystem>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace cofre::backup {

/// Held while the object lives, and freed by the kernel if the process dies:
/// flock(2) on `state_folder`/locks/<job>.lock, which says who holds it.
class RunLock {
public:
    /// kConflict: another process runs the job; the message names it.
    /// kPermissionDenied, kResourceExhausted: the folder cannot be written.
    static Result<RunLock> acquire(const std::filesystem::path& state_folder, std::string_view job);

private:
    explicit RunLock(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

/// `job` with every character outside [A-Za-z0-9_.-] replaced by '_': a name
/// for files of the state folder.
std::string file_name_of_job(std::string_view job);

}  // namespace cofre::backup
