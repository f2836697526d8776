#pragma once

/// @file
/// One pack, read from the first byte to the last.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "repo/repository.h"

namespace cofre::repo {

struct PackVerdict {
    /// Empty: the bytes hash to the name, the header is as the index says, and
    /// each blob opens, decompresses and hashes to its id.
    std::vector<std::string> problems;
    std::vector<PackedBlob> damaged;  ///< Blobs that no reader gets out of this pack.
    std::uint64_t bytes = 0;          ///< Read.
};

/// What is found wrong is read a second time first: the way may have damaged
/// it. `indexed`: what the index says of the pack, by offset. Errors are the
/// store's own failures only; a pack that is missing or short is a problem.
/// Memory: the largest blob, twice.
Result<PackVerdict> check_pack(const CallContext& ctx, Repository& repository, const Id& pack, std::uint64_t size,
                               std::span<const PackedBlob> indexed);

/// Bytes of a pack that holds these blobs.
std::uint64_t packed_size(std::span<const PackedBlob> blobs);

}  // namespace cofre::repo
