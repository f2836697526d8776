#pragma once

/// @file
/// Lifecycle and CORS rules as files, the way cofre.yaml is written: YAML or
/// JSON, unknown keys are errors with their place. Keys: docs/s3.md.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "s3/bucket_rules.h"

namespace cofre::config {

/// kInvalidArgument with "file:line:column: cause"; `file` is for messages.
Result<std::vector<s3::LifecycleRule>> parse_lifecycle_rules(std::string_view text, std::string_view file);
Result<std::vector<s3::CorsRule>> parse_cors_rules(std::string_view text, std::string_view file);

/// Indented JSON, which the functions above read again.
std::string lifecycle_rules_json(const std::vector<s3::LifecycleRule>& rules);
std::string cors_rules_json(const std::vector<s3::CorsRule>& rules);

}  // namespace cofre::config
