#pragma once

/// @file
/// Making a database of PostgreSQL ready for a restore. Private to dump.

#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "db/postgres_session.h"
#include "dump/dump_record.h"

namespace cofre::dump {

enum class Presence : std::uint8_t { kAbsent, kEmpty, kInUse };

/// `session`: of another database of the server.
Result<bool> has_database(const CallContext& ctx, db::PostgresSession& session, const std::string& name);

/// Whether anything of a user's is in the session's database.
Result<bool> is_empty_database(const CallContext& ctx, db::PostgresSession& session);

/// Ends its sessions.
Status drop_database(const CallContext& ctx, db::PostgresSession& session, const std::string& name);

/// From template0, with the encoding and locale of the original. A locale that
/// this server does not have becomes "C", with a warning.
Status create_database(const CallContext& ctx, db::PostgresSession& session, const std::string& name,
                       const DatabaseTraits& traits, std::vector<std::string>& warnings);

/// Owner, comment, connection limit, grants and settings; last, because a setting
/// may forbid writing. `session`: of that database. What cannot be set, such as a
/// role that is not there, is a warning.
Status apply_traits(const CallContext& ctx, db::PostgresSession& session, const std::string& name,
                    const DatabaseTraits& traits, std::vector<std::string>& warnings);

/// Runs the statements of a globals file one by one. Roles and tablespaces that
/// exist are left as they are; another statement that fails is a warning, which
/// shows no more of it than what it is about.
Status run_globals(const CallContext& ctx, db::PostgresSession& session, const std::string& script,
                   std::vector<std::string>& warnings);

}  // namespace cofre::dump
