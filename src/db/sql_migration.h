#pragma once

/// @file
/// The versions of a schema, one after the other.

#include <span>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "db/sql_database.h"

namespace cofre::db {

/// A statement; `postgres` where it differs from `sqlite`.
struct SqlText {
    std::string_view sqlite;
    std::string_view postgres = sqlite;
};

/// One step. Never change one that was released: add another.
struct SqlMigration {
    int version = 0;  ///< 1, 2, 3, ... without a gap.
    std::string_view name;
    std::vector<SqlText> statements;
};

/// 0: nothing was ever migrated.
Result<int> schema_version(const CallContext& ctx, SqlDatabase& database);

/// Brings the schema up to the last of `steps`, all in one transaction: after an
/// error or a kill everything is as before. Of several programs that try at once,
/// one does it and the others wait. Returns the version that was there.
/// kUnsupported: the schema is newer than `steps`; nothing was changed.
Result<int> migrate(const CallContext& ctx, SqlDatabase& database, std::span<const SqlMigration> steps);

}  // namespace cofre::db
