#pragma once

/// @file
/// How large snapshots are, counted in four ways. Source: restic, "stats".

#include <cstdint>
#include <span>
#include <string_view>

#include "base/call_context.h"
#include "base/result.h"
#include "repo/repository.h"

namespace cofre::repo {

enum class StatsMode : std::uint8_t {
    kRestoreSize,      ///< What a restore of each snapshot takes; other names of a file do not count.
    kFilesByContents,  ///< Files that differ in content.
    kBlobsPerFile,     ///< Blobs of such files, once for each path.
    kRawData,          ///< Blobs as they are stored.
};
/// "restore-size", "files-by-contents", "blobs-per-file", "raw-data".
Result<StatsMode> parse_stats_mode(std::string_view text);
std::string_view to_string(StatsMode mode);

struct TreeStats {
    std::uint64_t files = 0;  ///< kRestoreSize counts folders and others too.
    std::uint64_t blobs = 0;
    std::uint64_t bytes = 0;
    std::uint64_t uncompressed_bytes = 0;                   ///< kRawData only.
    std::uint64_t compressed_blobs_bytes = 0;               ///< Stored bytes of blobs that are compressed.
    std::uint64_t compressed_blobs_uncompressed_bytes = 0;  ///< What they are without it.
};

/// Of the trees of several snapshots. Memory: kRestoreSize a few bytes for each
/// file with other names, kRawData the ids of all trees and blobs, the others a
/// hash for each file; kBlobsPerFile also each path.
Result<TreeStats> count_trees(const CallContext& ctx, Repository& repo, std::span<const Id> roots, StatsMode mode);

}  // namespace cofre::repo
