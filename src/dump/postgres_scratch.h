#pragma once

/// @file
/// A throw-away PostgreSQL server. Private to dump.

#include <memory>

#include "dump/scratch_server.h"

namespace cofre::dump {

/// As start_scratch_server(). UTF-8 and locale C.UTF-8, superuser "postgres"
/// without password, on a socket in its own folder.
Result<std::unique_ptr<ScratchServer>> start_postgres_scratch(const CallContext& ctx, const ScratchOptions& options);

}  // namespace cofre::dump
