#pragma once

/// @file
/// What a prune would do: which packs go, which are written anew, and why.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "repo/blob_index.h"
#include "repo/repository.h"
#include "repo/step_progress.h"
#include "repo/used_blobs.h"

namespace cofre::repo {

/// How much unused data may stay: a share of the whole, bytes, or any amount.
struct UnusedLimit {
    std::optional<double> percent = 5;
    std::uint64_t bytes = std::numeric_limits<std::uint64_t>::max();  ///< Without `percent`; the default is no limit.
    std::uint64_t of(std::uint64_t used_bytes) const;
};
/// "5%", "1.5G" or "unlimited". kInvalidArgument: anything else, 100% and more.
Result<UnusedLimit> parse_unused_limit(std::string_view text);

struct PruneRules {
    UnusedLimit max_unused;
    std::optional<std::uint64_t> max_repack_bytes;  ///< Of packs that are read and written anew.
    bool repack_small = false;                      ///< Only packs below 80% of pack_bytes count as small.
    bool repack_uncompressed = false;               ///< Version 2 only.
    bool repack_cacheable_only = false;             ///< Only packs of trees.
    std::uint64_t pack_bytes = 16ULL << 20U;
    /// Snapshots that count as gone: what `forget --dry-run --prune` would leave.
    std::unordered_set<Id, IdHash> forgotten;
};

struct BlobSum {
    std::uint64_t blobs = 0;
    std::uint64_t bytes = 0;  ///< As stored.
    void add(std::uint64_t more_blobs, std::uint64_t more_bytes) {
        blobs += more_blobs;
        bytes += more_bytes;
    }
};

struct PruneTotals {
    BlobSum used;
    BlobSum duplicate;  ///< Further copies of what is used; a part of `unused`.
    BlobSum unused;
    BlobSum repack;          ///< In packs that are written anew.
    BlobSum repack_removes;  ///< Of that, what is left out.
    BlobSum remove;          ///< In packs that go as they are.
    std::uint64_t unreferenced_bytes = 0;
    std::size_t packs_used = 0;
    std::size_t packs_partly_used = 0;
    std::size_t packs_unused = 0;
    std::size_t packs_kept = 0;
    std::size_t snapshots = 0;
};

struct PrunePlan {
    PruneTotals totals;
    std::vector<Id> unreferenced_packs;  ///< In no index file.
    std::vector<Id> unused_packs;
    std::vector<Id> missing_packs;     ///< The index has them, nobody needs them, and they are not there.
    std::vector<PackContent> repacks;  ///< With those blobs only that are kept.

    // What it was made from: prune() looks again before it removes anything.
    std::unordered_set<Id, IdHash> snapshots;
    std::unordered_set<Id, IdHash> index_files;

    bool changes_something() const {
        return !unreferenced_packs.empty() || !unused_packs.empty() || !missing_packs.empty() || !repacks.empty();
    }
};

/// Loads the index and marks what the snapshots need. Refuses, with names, to
/// plan on what is damaged: kCorruption: a snapshot or a tree cannot be read, a
/// needed pack is missing or of the wrong size; kNotFound: a needed blob is in
/// no pack. Nothing is written.
///
/// restic's rules: packs without a used blob go; packs with both, packs that
/// mix trees and data, and (ten or more of them) small ones are written anew,
/// those first that free most, until what stays unused is below the limit. Of a
/// blob that lies in several packs one copy counts as used: one whose pack
/// wastes nothing and that is compressed, so that a prune that was interrupted
/// after writing does not write again.
///
/// Memory: BlobIndex and 5 bytes for each blob, 48 more for each blob of
/// `repacks`, about 200 for each pack; and that of mark_used_blobs().
Result<PrunePlan> plan_prune(const CallContext& ctx, Repository& repository, const PruneRules& rules,
                             const OnStep& on_step = {});

}  // namespace cofre::repo
