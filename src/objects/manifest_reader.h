#pragma once

/// @file
/// Reading a manifest of any length in little memory.

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "objects/manifest.h"
#include "store/object_store.h"

namespace cofre::objects {

/// One manifest, fetched whole into an unlinked temporary file and checked
/// against its own digest before the first entry is given out. Not thread-safe.
class ManifestReader {
public:
    /// kNotFound: no such object. kCorruption: cut short, altered, unsorted or
    /// not a manifest. kUnsupported: written by a newer cofre.
    static Result<ManifestReader> open(store::ObjectStore& store, const CallContext& ctx, const store::ObjectKey& key,
                                       const std::filesystem::path& temp_folder);
    ManifestReader(ManifestReader&&) noexcept;
    ManifestReader& operator=(ManifestReader&&) noexcept;
    ~ManifestReader();

    const ManifestHeader& header() const;

    /// The next entry, in ascending byte order of paths; nullopt at the end.
    Result<std::optional<ManifestEntry>> next();

    /// Starts again at the first entry.
    Status rewind();

    /// Calls `visit` for each error that the backup recorded.
    Status read_errors(const std::function<Status(const ManifestError&)>& visit);

private:
    struct Impl;
    explicit ManifestReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Parses a whole document in memory; for tests and fuzzing. The same checks.
Status check_manifest_text(std::string_view text);

}  // namespace cofre::objects
