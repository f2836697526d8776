#pragma once

/// @file
/// `check`: is everything there that the snapshots need, and is it whole?

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "base/time_format.h"
#include "repo/repository.h"
#include "repo/step_progress.h"

namespace cofre::repo {

/// Which packs are read whole. The default reads none.
struct ReadSelection {
    bool all = false;
    std::optional<std::uint32_t> part;   ///< 1-based, of `parts`: a fixed share of the ids, as restic's n/t.
    std::uint32_t parts = 0;             ///< At most 256.
    std::optional<double> percent;       ///< Of the bytes; never read and longest unread first.
    std::optional<std::uint64_t> bytes;  ///< The same, in bytes.
    /// In each day of UTC, by all checks together: what is left of it today.
    std::optional<std::uint64_t> bytes_a_day;
    bool reads_something() const { return all || part || percent || bytes || bytes_a_day; }
};

/// "3/10", "2.5%" or a size, as restic's --read-data-subset. kInvalidArgument.
Result<ReadSelection> parse_read_selection(std::string_view text);

enum class FindingKind : std::uint8_t {
    kSnapshot,  ///< A snapshot cannot be read.
    kIndex,     ///< An index file cannot be read, or is wrong.
    kPack,      ///< A pack is missing, of the wrong size, or damaged.
    kTree,      ///< A tree cannot be read.
    kBlob,      ///< A blob that a tree refers to is in no pack.
    kNote,      ///< No danger: unused packs, an index that is twice there.
};

struct CheckFinding {
    FindingKind kind = FindingKind::kNote;
    Id id;                ///< Of what it is about.
    std::string message;  ///< Names it too.
};

struct CheckOptions {
    ReadSelection read;
    bool list_unused = false;  ///< Also a note for each blob that no snapshot needs.
    /// One at a time, as they are found.
    std::function<void(const CheckFinding&)> on_finding;
    OnStep on_step;
};

struct CheckReport {
    std::uint64_t errors = 0;  ///< Findings that are not notes.
    std::size_t snapshots = 0;
    std::size_t index_files = 0;
    std::size_t packs = 0;
    std::uint64_t pack_bytes = 0;
    std::size_t blobs = 0;
    std::uint64_t unused_blobs = 0;
    std::uint64_t unused_bytes = 0;
    std::uint64_t unreferenced_packs = 0;
    std::vector<Id> broken_packs;
    bool suggest_repair_index = false;
    bool suggest_prune = false;

    std::uint64_t packs_read = 0;
    std::uint64_t bytes_read = 0;
    /// Of the packs that are there now: read whole at some time, and when the
    /// one that waits longest was. Absent if some were never read.
    std::uint64_t packs_ever_read = 0;
    std::uint64_t bytes_ever_read = 0;
    std::optional<WallTime> oldest_read;
};

/// Goes on after whatever it finds; an Error means that the check itself could
/// not be done. Replaces the repository's index by all that can be read of it.
/// Writes nothing but the ledger of what was read (CheckLedger), and where that
/// is not allowed a warning says so. Open the repository without a cache, or
/// the cache is what is checked.
///
/// Memory: BlobIndex and 5 bytes more for each blob, about 150 for each pack, and
/// what mark_used_blobs() and, for each connection, check_pack() say.
Result<CheckReport> check_repository(const CallContext& ctx, Repository& repository, const CheckOptions& options);

}  // namespace cofre::repo
