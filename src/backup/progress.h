#pragma once

/// @file
/// Counters that a running job moves and a screen reads.

#include <atomic>
#include <cstdint>

namespace cofre::backup {

/// Thread-safe. "found" grows while the source is still being listed;
/// `found_all` says that it is final.
struct Progress {
    std::atomic<std::uint64_t> files_found{0};
    std::atomic<std::uint64_t> bytes_found{0};
    std::atomic<bool> found_all{false};
    std::atomic<std::uint64_t> files_done{0};
    std::atomic<std::uint64_t> bytes_done{0};  ///< A retry may count twice until its file is done.
    std::atomic<std::uint64_t> problems{0};
};

}  // namespace cofre::backup
