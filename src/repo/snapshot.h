#pragma once

/// @file
/// A snapshot: when, of what, by whom, and the root of its trees. Source:
/// restic, internal/data/snapshot.go.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "repo/tree_node.h"
#include "repo/zoned_time.h"

namespace cofre::repo {

/// What a backup did; written by restic 0.17 and later.
struct SnapshotSummary {
    ZonedTime backup_start = kZeroTime;
    ZonedTime backup_end = kZeroTime;
    std::uint64_t files_new = 0;
    std::uint64_t files_changed = 0;
    std::uint64_t files_unmodified = 0;
    std::uint64_t dirs_new = 0;
    std::uint64_t dirs_changed = 0;
    std::uint64_t dirs_unmodified = 0;
    std::uint64_t data_blobs = 0;
    std::uint64_t tree_blobs = 0;
    std::uint64_t data_added = 0;         ///< Bytes before compression.
    std::uint64_t data_added_packed = 0;  ///< Bytes as stored.
    std::uint64_t total_files_processed = 0;
    std::uint64_t total_bytes_processed = 0;
    std::vector<UnknownField> unknown_fields;

    friend bool operator==(const SnapshotSummary&, const SnapshotSummary&) = default;
};

/// In the order in which it is written.
struct Snapshot {
    ZonedTime time = kZeroTime;
    std::optional<Id> parent;
    std::optional<Id> tree;  ///< Missing in what cannot be restored.
    std::vector<std::string> paths;
    std::string hostname;
    std::string username;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::vector<std::string> excludes;
    std::vector<std::string> tags;
    std::optional<Id> original;  ///< What this one was rewritten from.
    std::string program_version;
    std::optional<SnapshotSummary> summary;
    /// Kept when a snapshot is written again; `restic tag` drops them.
    std::vector<UnknownField> unknown_fields;

    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

/// As restic writes it, without a newline. Paths that are not UTF-8 lose the
/// bytes that are not: this is the format's limit, and trees have them whole.
std::string encode_snapshot(const Snapshot& snapshot);

inline constexpr std::size_t kMaxSnapshotBytes = std::size_t{64} << 20U;

/// kCorruption: no JSON object, no time, or a field of another type than
/// restic's. kResourceExhausted: larger than kMaxSnapshotBytes. No recursion
/// over the text.
Result<Snapshot> decode_snapshot(std::string_view text);

/// A snapshot and its id, in hexadecimal.
struct ListedSnapshot {
    std::string id;
    Snapshot snapshot;
};

/// One element of what `snapshots --json` prints: the snapshot, "id" and
/// "short_id".
std::string encode_listed_snapshot(const ListedSnapshot& listed);

/// What `snapshots --json` printed: a list. kCorruption: another shape.
Result<std::vector<ListedSnapshot>> decode_snapshot_list(std::string_view text);

}  // namespace cofre::repo
