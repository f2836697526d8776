#pragma once

/// @file
/// File trees that hurt, made from a seed, and the comparison of two trees.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace cofre::testing {

/// The same specification gives the same tree, byte for byte, mode and time
/// included, on every machine.
struct TreeSpec {
    std::uint64_t seed = 1;
    int files = 60;
    std::uint64_t max_file_bytes = 64_KiB;  ///< Sizes are spread from 0 to this; both ends occur.
    /// Names with newlines, quotes, percent signs, leading dashes, 255 bytes,
    /// two Unicode forms of one letter, and two that differ only in case.
    bool hostile_names = true;
    bool invalid_utf8 = true;  ///< With `hostile_names`: some are not UTF-8.
    bool symlinks = true;      ///< Relative, dangling, absolute, and a loop.
};

/// Creates `root`, which must not exist, and fills it.
Status build_tree(const std::filesystem::path& root, const TreeSpec& spec);

/// Writes one file and the folders above it.
Status write_file(const std::filesystem::path& path, std::string_view content);

/// `size` bytes that do not compress, from a seed.
std::string random_bytes(std::uint64_t seed, std::uint64_t size);

struct CompareOptions {
    bool modes = true;
    bool times = true;  ///< Modification times to the nanosecond, links and folders included.
    /// Look only at regular files and their bytes: all that a plain object keeps.
    bool files_only = false;
    std::size_t max_differences = 20;
};

/// What differs between two trees, one line each with escaped names; empty if
/// they are the same. A folder that cannot be read is a difference.
std::vector<std::string> compare_trees(const std::filesystem::path& expected, const std::filesystem::path& actual,
                                       const CompareOptions& options = {});

/// The lines of compare_trees() as one text, for a failure message.
std::string describe_differences(const std::filesystem::path& expected, const std::filesystem::path& actual,
                                 const CompareOptions& options = {});

/// Paths of all regular files below `root`, relative, as bytes, sorted.
std::vector<std::string> files_below(const std::filesystem::path& root);

}  // namespace cofre::testing
