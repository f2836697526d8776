#pragma once

/// @file
/// The job's last manifest, read alongside the walk.

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "objects/manifest_reader.h"
#include "objects/object_naming.h"
#include "store/object_store.h"

namespace cofre::backup {

/// Walk and manifest are sorted alike, so one pass over both finds, for each
/// file, what the last run recorded, in constant memory. Not thread-safe.
class PreviousEntries {
public:
    using EntryVisitor = std::function<Status(const objects::ManifestEntry&)>;

    /// Nothing was before.
    PreviousEntries() = default;
    explicit PreviousEntries(objects::ManifestReader reader) : reader_(std::move(reader)) {}

    /// Moves to `path` and returns its entry, if there is one. Entries that were
    /// passed over go to `on_passed`. Paths must ascend from call to call.
    Result<std::optional<objects::ManifestEntry>> advance_to(std::string_view path, const EntryVisitor& on_passed);

    /// Passes all that is left to `on_passed`.
    Status drain(const EntryVisitor& on_passed);

private:
    Status fill();

    std::optional<objects::ManifestReader> reader_;
    std::optional<objects::ManifestEntry> head_;  ///< The next entry, read already.
};

/// The newest manifest of `job` among `snapshots` (oldest first); nullopt if
/// there is none. kCorruption and others: there is one, and it cannot be read.
Result<std::optional<objects::ManifestReader>> open_last_manifest(const CallContext& ctx, store::ObjectStore& store,
                                                                  const std::vector<objects::SnapshotRef>& snapshots,
                                                                  std::string_view job,
                                                                  const std::filesystem::path& temp_folder);

}  // namespace cofre::backup
