#pragma once

/// @file
/// PostgreSQL's Dump. Private to dump.

#include <memory>

#include "base/call_context.h"
#include "base/result.h"
#include "dump/dump.h"

namespace cofre::dump {

/// As begin_dump(). One session for each database keeps its exported snapshot
/// until finish(); pg_dump and the facts see the same one.
Result<std::unique_ptr<Dump>> begin_postgres_dump(const CallContext& ctx, const DumpRequest& request);

/// Whether the first and last bytes of a file are those of a complete dump.
/// kCorruption: what is missing. `format`: "plain" or "custom".
Status check_postgres_ends(const std::string& format, std::string_view first, std::string_view last);

}  // namespace cofre::dump
