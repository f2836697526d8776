#pragma once

/// @file
/// In which order the blobs that files need are fetched: pack by pack, in the
/// order in which files need the packs, so that each pack is read once, and
/// what lies together in a pack comes in one request.
///
/// Memory: 32 bytes for each use of a blob. Not thread-safe until finish() is
/// called, then for any number of readers.

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "repo/blob_index.h"

namespace cofre::backup {

/// A blob and one place where it goes.
struct BlobUse {
    std::uint32_t pack_rank = 0;  ///< Packs in the order in which files need them.
    std::uint32_t offset_in_pack = 0;
    std::uint32_t ordinal = 0;  ///< In the index.
    std::uint32_t file = 0;
    std::uint64_t offset = 0;  ///< In the file.
};

/// Uses of blobs of one pack that one thread fetches, in the pack's order.
struct FetchTask {
    repo::Id pack;
    std::span<const BlobUse> uses;
};

class RestoreFetchPlan {
public:
    /// The blobs of `content`, all of them in the index, but for those that
    /// are present already (empty: none is).
    void add_file(const repo::BlobIndex& index, std::uint32_t file, std::span<const repo::Id> content,
                  const std::vector<bool>& is_present);

    /// Sorts and cuts. Nothing is added after it.
    void finish();

    /// Of what was added, in plain bytes.
    std::uint64_t bytes() const { return bytes_; }

    std::span<const FetchTask> tasks() const { return tasks_; }

private:
    std::unordered_map<repo::PackNumber, std::uint32_t> ranks_;
    std::vector<repo::Id> packs_;
    std::vector<BlobUse> uses_;
    std::vector<FetchTask> tasks_;
    std::uint64_t bytes_ = 0;
};

}  // namespace cofre::backup
