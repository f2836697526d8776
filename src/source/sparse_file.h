#pragma once

/// @file
/// Where a file has data, and where only holes.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace cofre::source {

/// Bytes first to end, half-open.
struct DataExtent {
    std::uint64_t first = 0;
    std::uint64_t end = 0;
    friend bool operator==(const DataExtent&, const DataExtent&) = default;
};

/// The first stretch of data of `fd` at or after `from`; nullopt: only holes
/// follow, up to the end. Where the file system cannot tell, all is data. Moves
/// the offset of `fd`. The end may lie beyond what fstat(2) said: the file grew.
Result<std::optional<DataExtent>> next_data(int fd, std::uint64_t from, std::string_view path);

}  // namespace cofre::source
