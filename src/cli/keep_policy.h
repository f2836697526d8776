#pragma once

/// @file
/// --keep-* as a policy.

#include "base/result.h"
#include "cli/repository_options.h"
#include "repo/retention.h"

namespace cofre::cli {

/// kInvalidArgument names the option.
Result<repo::RetentionPolicy> to_policy(const KeepOptions& options);

}  // namespace cofre::cli
