#pragma once

/// @file
/// A log file that is renamed to path.1, path.2, ... when it is full.

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace cofre {

/// Not thread-safe. Several processes may append to one file: each line is one
/// write(2) with O_APPEND, and a file that another process (or logrotate) has
/// renamed is opened anew.
class RotatingFile {
public:
    struct Limits {
        std::uint64_t max_bytes = 0;  ///< 0: never rotated.
        int backup_count = 0;         ///< Rotated files kept; 0: a full file is emptied.
    };

    /// Creates missing folders with 0700 and the file with 0600. A path that is
    /// not a regular file, such as /dev/stdout, is written to and never rotated.
    static Result<RotatingFile> open(std::filesystem::path path, Limits limits);

    /// Appends `line`, which ends in a newline. A failure to rotate is reported
    /// after the line has been written to the old file.
    Status write(std::string_view line);

private:
    RotatingFile(std::filesystem::path path, Limits limits) : path_(std::move(path)), limits_(limits) {}

    Status reopen();
    Status prepare(std::size_t next_bytes);
    Status rotate();
    std::filesystem::path rotated(int number) const;

    std::filesystem::path path_;
    Limits limits_;
    UniqueFd fd_;
};

}  // namespace cofre
