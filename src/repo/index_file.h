#pragma once

/// @file
/// index/<id>: which blobs lie in which packs, as JSON. Source: restic's design
/// document, "Indexing".

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/byte_buffer.h"
#include "base/result.h"
#include "repo/blob.h"

namespace cofre::repo {

/// As restic: an index file of ours has at most this many blobs.
constexpr std::size_t kMaxIndexFileBlobs = 50'000;
/// Of foreign ones: an index of 500 000 blobs is below 100 MB.
constexpr std::size_t kMaxIndexFileBytes = 512UL * 1024 * 1024;

std::string encode_index(std::span<const PackContent> packs);

/// Calls `visit` for each pack. Unknown keys are skipped, as are packs of the
/// key `packs_to_delete` that rustic writes. kCorruption: not an index; how much
/// was visited before is not defined. `json` is changed for parsing, and may
/// be reallocated for padding.
Status decode_index(ByteBuffer& json, const std::function<Status(PackContent&&)>& visit);

}  // namespace cofre::repo
