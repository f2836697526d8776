#pragma once

/// @file
/// What changed from one tree to another.

#include <cstdint>
#include <functional>
#include <string>

#include "base/call_context.h"
#include "base/result.h"
#include "repo/repository.h"

namespace cofre::repo {

struct DiffCounts {
    std::uint64_t files = 0;
    std::uint64_t folders = 0;
    std::uint64_t others = 0;
    std::uint64_t data_blobs = 0;
    std::uint64_t tree_blobs = 0;
    std::uint64_t bytes = 0;  ///< Of those blobs, before compression.
};

struct TreeDiff {
    std::uint64_t changed_files = 0;
    DiffCounts added;
    DiffCounts removed;
};

/// `modifier` as in restic: "+" only in the second, "-" only in the first, "M"
/// content, "U" metadata, "T" type ("TU", ...), "M?" content without any change
/// of the metadata, which hints at a failing disk. Folders' paths end in '/'.
using DiffVisitor = std::function<Status(const std::string& modifier, const std::string& path)>;

/// Trees that both share are not compared, only marked. `with_metadata`: tell
/// "U" too. Memory: the ids of all blobs of both trees (48 bytes for each), and
/// the nodes of the folders on the way.
Result<TreeDiff> diff_trees(const CallContext& ctx, Repository& repo, const Id& before, const Id& after,
                            bool with_metadata, const DiffVisitor& visit);

}  // namespace cofre::repo
