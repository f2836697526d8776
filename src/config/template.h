#pragma once

/// @file
/// Files to begin with.

#include <string_view>

namespace cofre::config {

/// cofre.yaml: valid as it is, useful once the two lines marked EDIT are set;
/// every other key is there as a comment.
std::string_view config_template();

/// config.yaml in the aws/s3/backup/logging form, likewise.
std::string_view legacy_config_template();

}  // namespace cofre::config
