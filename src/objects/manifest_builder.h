#pragma once

/// @file
/// Writing a manifest of any length in little memory.

#include <filesystem>
#include <memory>
#include <string>

#include "base/byte_source.h"
#include "base/file.h"
#include "objects/manifest.h"

namespace cofre::objects {

/// Collects entries in an unlinked temporary file, since the header, which
/// comes first, is known last. Memory: one write buffer. Not thread-safe.
class ManifestBuilder {
public:
    /// `folder` takes the temporary file. kResourceExhausted: it is full.
    static Result<ManifestBuilder> create(const std::filesystem::path& folder);
    ManifestBuilder(ManifestBuilder&&) noexcept;
    ManifestBuilder& operator=(ManifestBuilder&&) noexcept;
    ~ManifestBuilder();

    /// Entries must come in strictly ascending byte order of their paths;
    /// kInternal otherwise. kResourceExhausted: the disk is full.
    /// kInvalidArgument: the names need more than a line of 256 KiB.
    Status add(const ManifestEntry& entry);
    /// Kept apart; any order, any bytes. A message is cut after 8 KiB.
    Status add_error(const ManifestError& error);

    /// Completes `header` (entries, digest, counts of the summary's files,
    /// bytes and errors) and returns the whole document, after reading it once
    /// as a reader would. The builder is spent. kInternal: it cannot be read.
    /// kInvalidArgument: the list of sources is too long for a header.
    Result<std::unique_ptr<ByteSource>> finish(ManifestHeader& header);

private:
    struct Impl;
    explicit ManifestBuilder(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace cofre::objects
