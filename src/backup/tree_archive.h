#pragma once

/// @file
/// A folder of a snapshot as one stream that other programs read.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/call_context.h"
#include "base/result.h"
#include "repo/repository.h"

namespace cofre::backup {

enum class ArchiveFormat : std::uint8_t { kTar, kZip };
Result<ArchiveFormat> parse_archive_format(std::string_view text);  ///< "tar", "zip".

struct ArchiveOptions {
    ArchiveFormat format = ArchiveFormat::kTar;
    std::string prefix;  ///< Names of entries begin with it; without a '/' at either end.
    int threads = 4;     ///< That load blobs.
};

/// Writes what the folder `tree` holds: tar as POSIX pax, with times to the
/// nanosecond, extended attributes, devices and other names of a file as such;
/// zip with files, folders and links. Sockets, which neither knows, are left out
/// and named in `left_out`. Any error ends it, and the stream is then cut short.
/// Memory: as BlobStream and walk_tree().
Status write_archive(const CallContext& ctx, repo::Repository& repo, const repo::Id& tree,
                     const ArchiveOptions& options, const ByteSink& sink, std::vector<std::string>& left_out);

}  // namespace cofre::backup
