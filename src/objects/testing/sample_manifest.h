#pragma once

/// @file
/// One manifest with something of everything, for tests.

#include <memory>
#include <string>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"
#include "objects/manifest.h"

namespace cofre::objects {

ManifestEntry sample_file(std::string path);
ManifestEntry sample_folder(std::string path);

/// In order.
std::vector<ManifestEntry> sample_entries();
std::vector<ManifestError> sample_errors();
/// Without what finish() completes.
ManifestHeader sample_header();

/// The document, written by a ManifestBuilder.
Result<std::string> write_manifest(ManifestHeader& header, const std::vector<ManifestEntry>& entries,
                                   const std::vector<ManifestError>& errors);

Result<std::string> read_all(const ByteSource& source);

}  // namespace cofre::objects
