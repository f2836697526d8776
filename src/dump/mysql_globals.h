#pragma once

/// @file
/// Users and their grants, as statements. Private to dump.

#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "db/mariadb_session.h"

namespace cofre::dump {

struct MysqlGlobals {
    std::string script;  ///< Empty: they could not be read; a warning says why.
    std::vector<std::string> warnings;
};

/// CREATE USER, CREATE ROLE and GRANT of all but the server's own accounts, one
/// statement a line, each account headed by "-- account: `user`@`host`". Holds
/// password hashes.
Result<MysqlGlobals> read_mysql_globals(const CallContext& ctx, db::MariadbSession& session);

/// Runs such a script. Accounts that exist are left alone, with their grants.
/// Returns warnings. kCorruption: a line that is none of these statements.
Result<std::vector<std::string>> apply_mysql_globals(const CallContext& ctx, db::MariadbSession& session,
                                                     const std::string& script);

}  // namespace cofre::dump
