#pragma once

/// @file
/// What lies in a database of PostgreSQL, as a dump has to know it. Private to dump.

#include <cstdint>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "db/postgres_session.h"
#include "dump/dump_record.h"
#include "dump/postgres_options.h"

namespace cofre::dump {

struct PostgresTable {
    std::string oid;
    std::string name;           ///< Qualified, quoted where needed.
    std::string pattern;        ///< Qualified, in quotes, in the database's own encoding: for --table=.
    bool is_parent = false;     ///< Partitioned: its rows lie in others.
    bool is_readable = false;   ///< By this user.
    bool is_by_policy = false;  ///< Row level security hides rows from this user.
    bool is_unlogged = false;
    bool is_config = false;  ///< Of an extension, which has its own rows in it.
    bool has_data = true;    ///< Its rows are wanted.
    std::uint64_t bytes = 0;
    std::string order;  ///< Columns that are unique and not null, for ORDER BY; empty: none.
};

struct PostgresSequence {
    std::string name, pattern;
    std::string owner_oid;  ///< Of the table whose column owns it; empty: none.
    bool is_readable = false;
};

struct PostgresContents {
    std::vector<PostgresTable> tables;
    std::vector<PostgresSequence> sequences;
    std::uint64_t large_objects = 0;
    bool is_standby = false;
};

/// Asks in the session's transaction, for what `options` let into the dump.
Result<PostgresContents> read_contents(const CallContext& ctx, db::PostgresSession& session,
                                       const PostgresOptions& options);

/// kPermissionDenied: names what the user may not read, and what to grant.
Status check_readable(const std::string& database, const PostgresContents& contents);

/// Databases that a dump of the whole server holds.
Result<std::vector<std::string>> list_databases(const CallContext& ctx, db::PostgresSession& session);

/// Of the session's database: "encoding", "collate", "ctype", "provider" (c, i, b),
/// "locale", "owner", "comment", "connection_limit", and as JSON "grants"
/// ([[role or "", privilege, grantable]]) and "settings" ([[role or "", "name=value"]]).
Result<DatabaseTraits> read_traits(const CallContext& ctx, db::PostgresSession& session, const std::string& database);

}  // namespace cofre::dump
