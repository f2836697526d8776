#pragma once

/// @file
/// A throw-away MariaDB or MySQL server. Private to dump.

#include <memory>

#include "base/call_context.h"
#include "base/result.h"
#include "dump/scratch_server.h"

namespace cofre::dump {

/// As start_scratch_server() of scratch_server.h. What is installed is what runs:
/// Debian holds one version at a time.
Result<std::unique_ptr<ScratchServer>> start_mysql_scratch(const CallContext& ctx, Engine engine,
                                                           const ScratchOptions& options);

}  // namespace cofre::dump
