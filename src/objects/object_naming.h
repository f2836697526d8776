#pragma once

/// @file
/// From paths to keys, and the names of manifests.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "objects/manifest.h"
#include "store/object_store.h"

namespace cofre::objects {

/// Below every prefix, `.cofre/` belongs to cofre: manifests live there.
inline constexpr std::string_view kReservedFolder = ".cofre/";

/// `prefix` + `path` + the suffix of the compression (".zst", ".gz"). The
/// mapping is injective for one compression. Bytes that are not UTF-8, control
/// characters, a '%' that two hexadecimal digits follow, and the first byte of
/// ".cofre" and of all below it are written %XX; everything else stays as it
/// is. kInvalidArgument: the key would be longer than 1 024 bytes (the message
/// gives the length), or `path` is not a safe relative path.
Result<store::ObjectKey> key_for_path(std::string_view prefix, std::string_view path, Compression compression);

/// `prefix` + ".cofre/20261122T013659Z-<job>-<id>.cofre.json". Names sort by
/// the time when the run started. kInvalidArgument: `id` is not 16 lower-case
/// hexadecimal digits, the job has no name, or the key would be too long.
Result<store::ObjectKey> manifest_key(std::string_view prefix, const ManifestHeader& header);

/// `job` as it stands in names: what is outside [A-Za-z0-9_.-] becomes '_', byte
/// for byte.
std::string job_in_key(std::string_view job);

/// A manifest found by its name.
struct SnapshotRef {
    store::ObjectKey key;
    WallTime time{};  ///< To the second.
    std::string job;  ///< As in the name, that is with '_'.
    std::string id;
    std::uint64_t size = 0;
};

/// Recognizes a manifest's key below `prefix`; nullopt for any other key.
std::optional<SnapshotRef> parse_manifest_key(std::string_view prefix, const store::ObjectInfo& info);

/// Every manifest below `prefix`, oldest first. A failed listing is an error.
Result<std::vector<SnapshotRef>> list_snapshots(store::ObjectStore& store, const CallContext& ctx,
                                                std::string_view prefix);

/// "latest", or a unique prefix of an id of at least 4 digits; restricted to
/// `job` unless that is empty. kNotFound: none, and the hint lists what there
/// is. kInvalidArgument: ambiguous, or no such reference.
Result<SnapshotRef> find_snapshot(store::ObjectStore& store, const CallContext& ctx, std::string_view prefix,
                                  std::string_view reference, std::string_view job);

/// Only the header of a manifest: one ranged read of 64 KiB, or more if its
/// first line is longer. kNotFound, kCorruption, kUnsupported: as
/// ManifestReader::open(), but what follows the first line is not looked at.
Result<ManifestHeader> read_header(store::ObjectStore& store, const CallContext& ctx, const store::ObjectKey& key);

}  // namespace cofre::objects
