#pragma once

/// @file
/// Restoring what a file system keeps of a file besides its content. Nothing
/// here follows a symbolic link: names are single, in a folder held open.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "source/file_metadata.h"

namespace cofre::source {

enum class OwnerRule : std::uint8_t {
    kNumeric,  ///< The ids as they stand, as restic.
    kByName,   ///< The ids that the names have here; as they stand if there is no such name.
    kKeep,     ///< Whoever restores owns it.
};

struct ApplyOptions {
    OwnerRule owner = OwnerRule::kNumeric;
    bool attributes = true;
    /// Setuid and setgid of files. They are never set where the owner could not be.
    bool suid = true;
};

/// Gives the existing `name` in `folder` its owner, attributes, times and
/// permissions, in this order: a change of owner clears setuid and
/// capabilities, setting attributes needs a file that is writable, and both
/// change times. For a folder call this last, once all it holds is there.
/// What the system refuses, for want of privileges or support, is told in
/// `warnings`, and the rest is done. kConflict: `name` is of another kind.
Status apply_metadata(int folder, const std::string& name, std::string_view path, const FileMetadata& metadata,
                      const ApplyOptions& options, std::vector<Error>& warnings);

/// Creates a symbolic link, FIFO, socket or device as `name` in `folder`, in
/// the place of what stands there unless that is a folder (kConflict). The name
/// is never missing in between. Without metadata but its kind, target and
/// number. kPermissionDenied: devices are for root. kInvalidArgument: a regular
/// file or folder.
Status create_special_file(int folder, const std::string& name, std::string_view path, const FileMetadata& metadata);

}  // namespace cofre::source
