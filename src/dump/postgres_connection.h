#pragma once

/// @file
/// A DatabaseAddress as libpq and PostgreSQL's programs take it. Private to dump.

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/call_context.h"
#include "base/result.h"
#include "db/postgres_session.h"
#include "dump/database_address.h"

namespace cofre::dump {

/// Of `database` at the server of `address`, whose own database does not count.
db::PostgresTarget postgres_target(const DatabaseAddress& address, const std::string& database);

/// For `--dbname=`: quoted, and without the password.
std::string postgres_conninfo(const DatabaseAddress& address, const std::string& database);

/// No PG* variable of ours, messages in English, and PGPASSWORD if there is one:
/// only this user and root can read a process's environment.
std::map<std::string, std::optional<std::string>> postgres_environment(const DatabaseAddress& address);

/// As PostgresSession::open(), with an empty search path and
/// the server's timeouts switched off.
Result<std::unique_ptr<db::PostgresSession>> open_postgres(const CallContext& ctx, const DatabaseAddress& address,
                                                           const std::string& database);

/// A session for questions about the server: in "postgres", else "template1",
/// and never in `avoid`.
Result<std::unique_ptr<db::PostgresSession>> open_maintenance(const CallContext& ctx, const DatabaseAddress& address,
                                                              const std::string& avoid);

}  // namespace cofre::dump
