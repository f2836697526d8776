#pragma once

/// @file
/// Counts and samples of tables, which a restored copy must repeat. Private to dump.

#include <cstdint>
#include <optional>
#include <string>

#include "base/call_context.h"
#include "base/result.h"
#include "db/postgres_session.h"
#include "dump/dump_record.h"
#include "dump/postgres_catalog.h"

namespace cofre::dump {

/// Text of values must not depend on the server's or the user's settings.
Status fix_text_forms(const CallContext& ctx, db::PostgresSession& session);

/// "SELECT count, digest": MD5 over the MD5s of the texts of the first `rows` rows,
/// by the key in byte order; without a key, by the rows' text, where the table is
/// small. nullopt: no sample of this table.
std::optional<std::string> sample_query_of(const PostgresTable& table, std::uint64_t rows);

/// In the session's transaction, whose snapshot stays even if a sample cannot be
/// taken (rows of more than a gigabyte of text): then there is none.
Result<TableFacts> take_facts(const CallContext& ctx, db::PostgresSession& session, const std::string& database,
                              const PostgresTable& table, std::uint64_t sample_rows);

}  // namespace cofre::dump
