#pragma once

/// @file
/// Rows and samples of SQLite tables. Private to dump.
///
/// SQLite has no digest of its own: a sample is the SHA-256 of what
/// `sample_query` gives, one row a line. The query prints each row by quote(), in
/// the order of the key.

#include <cstdint>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "dump/dump_restore.h"
#include "dump/sqlite_database.h"

namespace cofre::dump {

/// Of every table but SQLite's own; virtual tables have none.
Result<std::vector<TableFacts>> take_sqlite_facts(const CallContext& ctx, SqliteDatabase& database,
                                                  const std::string& name, std::uint64_t sample_rows);

Result<FactComparison> compare_sqlite_facts(const CallContext& ctx, SqliteDatabase& database,
                                            const std::vector<TableFacts>& facts);

}  // namespace cofre::dump
