#pragma once

/// @file
/// A file's bytes back from its object, proven against the manifest.

#include <cstdint>

#include "backup/target_folder.h"
#include "base/call_context.h"
#include "base/result.h"
#include "objects/manifest.h"
#include "store/object_store.h"

namespace cofre::backup {

/// Files from this size on, stored without compression, are fetched in ranges
/// of kRangeBytes, kRangeThreads at a time.
inline constexpr std::uint64_t kRangedFrom = 64ULL << 20U;
inline constexpr std::uint64_t kRangeBytes = 16ULL << 20U;
inline constexpr int kRangeThreads = 4;

/// Passes the original bytes of `entry` to `sink`, decompressed, in order, and
/// compares size and SHA-256 at the end: kCorruption if they differ, so what
/// was passed must not be used before this returns. kNotFound: no object.
/// Memory: one network buffer and the decoder's window.
Status download_stream(const CallContext& ctx, store::ObjectStore& store, const objects::ManifestEntry& entry,
                       const ByteSink& sink);

/// The same into `file`, in parallel ranges where that is faster. `on_bytes` is
/// told of each piece that arrived, from several threads.
Status download_file(const CallContext& ctx, store::ObjectStore& store, const objects::ManifestEntry& entry,
                     const PendingFile& file, const std::function<void(std::uint64_t)>& on_bytes);

}  // namespace cofre::backup
