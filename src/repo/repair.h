#pragma once

/// @file
/// `repair index` and `repair packs`: making the best of what is there.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "repo/repository.h"
#include "repo/step_progress.h"

namespace cofre::repo {

/// Both need an exclusive lock, which the caller holds.
struct RepairOptions {
    bool read_all_packs = false;  ///< repair_index(): trust no index file.
    /// repair_packs(): a copy of each pack is put here before it is removed.
    std::optional<std::filesystem::path> backup_folder;
    std::function<Status()> may_write;
    std::function<void(const std::string& line)> on_finding;  ///< From any thread, one at a time.
    OnStep on_step;
};

struct RepairIndexResult {
    std::size_t packs_kept = 0;        ///< As the index had them.
    std::size_t packs_read = 0;        ///< Their headers are what the new index says.
    std::size_t packs_missing = 0;     ///< Were in the index, and are not there.
    std::size_t packs_unreadable = 0;  ///< There, but without a header; left where they are.
    std::size_t index_files_removed = 0;
};

/// Makes a new index: of packs that the index knows with the right size what it
/// says, of all others what their headers say. The new files are durable
/// before the old ones go. kCorruption of single files is reported, not
/// returned. Afterwards the repository's index is the new one. Memory:
/// BlobIndex and 4 bytes for each blob.
Result<RepairIndexResult> repair_index(const CallContext& ctx, Repository& repository, const RepairOptions& options);

struct RepairPacksResult {
    std::uint64_t blobs_saved = 0;
    std::uint64_t blobs_lost = 0;
    std::size_t packs_removed = 0;
};

/// Stores again what can be read of damaged packs, takes the packs out of the
/// index and removes them. Load the index first. A pack that is not there only
/// leaves the index. What is lost, `repair snapshots` leaves out.
Result<RepairPacksResult> repair_packs(const CallContext& ctx, Repository& repository, std::span<const Id> packs,
                                       const RepairOptions& options);

}  // namespace cofre::repo
