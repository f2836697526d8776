#pragma once

/// @file
/// Rows and samples of MariaDB and MySQL tables: what a restored copy is compared
/// by. Private to dump.
///
/// A sample digests each row as SHA-256 over the SHA-256 of its columns' text
/// (numbers as the server prints them, strings and blobs as their bytes), and adds
/// two slices of 60 bits over the rows: it does not depend on their order, and
/// not on a limit of the length of a result. Of a table with a primary key it
/// takes half of the rows from each end; without one, all rows or none.

#include <cstdint>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "db/mariadb_session.h"
#include "dump/dump_restore.h"

namespace cofre::dump {

/// Fills `sample`, `sampled_rows` and `sample_query` of a table with `fact.rows`
/// rows, in the session's transaction. Leaves them empty where none can be taken.
Status take_mysql_sample(const CallContext& ctx, db::MariadbSession& session, std::uint64_t sample_rows,
                         TableFacts& fact);

Result<std::uint64_t> count_mysql_rows(const CallContext& ctx, db::MariadbSession& session, const std::string& database,
                                       const std::string& quoted_table);

/// As compare_facts() of dump_restore.h.
Result<FactComparison> compare_mysql_facts(const CallContext& ctx, const DumpRecord& record,
                                           const RestoreRequest& restored);

/// Under which name a database of the dump stands, or is to stand, at the target.
std::string mysql_target_database(const DumpRecord& record, const RestoreRequest& request, const std::string& old_name);

}  // namespace cofre::dump
