#pragma once

/// @file
/// Which blobs of a file stand in what is on the disk already, at their places.
/// Memory: one blob, besides a bit for each.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "repo/repository.h"

namespace cofre::backup {

/// The plain lengths of a file's blobs; 0 for one that is not in the index.
std::vector<std::uint32_t> plain_lengths(const repo::Repository& repo, std::span<const repo::Id> content);

/// For each blob whether `fd` holds it at its place. `path` is for messages.
Result<std::vector<bool>> find_standing_blobs(int fd, std::span<const repo::Id> content,
                                              std::span<const std::uint32_t> lengths, const std::string& path);

using WriteBlob = std::function<Status(std::uint64_t offset, std::span<const std::byte> bytes)>;

/// Calls `write(offset, bytes)` with each blob that is `wanted` and that `from`
/// still holds: each is checked as it is read, because the file may change
/// under us. Returns which were written.
Result<std::vector<bool>> copy_standing_blobs(int from, std::span<const repo::Id> content,
                                              std::span<const std::uint32_t> lengths, const std::string& path,
                                              const std::vector<bool>& wanted, const WriteBlob& write);

}  // namespace cofre::backup
