#pragma once

/// @file
/// What a MariaDB or MySQL server has, before it is dumped. Private to dump.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "db/mariadb_session.h"
#include "dump/dump.h"

namespace cofre::dump {

struct SurveyedTable {
    std::string database;
    std::string name;
    std::string engine;
    std::uint64_t bytes = 0;        ///< As the server estimates.
    bool is_transactional = false;  ///< Its engine takes part in a consistent snapshot.
};

struct MysqlSurvey {
    std::vector<std::string> databases;
    std::vector<SurveyedTable> tables;  ///< With rows of their own: no views, no sequences. Without the excluded.
    std::vector<std::string> warnings;
    std::uint64_t bytes = 0;
};

/// True of the server's own: never dumped, since another version has other ones.
bool is_mysql_system_database(std::string_view name);

/// Databases that the request names, or all. kNotFound: one of them is not there,
/// or none at all. Warns of tables outside of any snapshot, and of privileges
/// whose lack leaves something out without an error.
Result<MysqlSurvey> survey_mysql(const CallContext& ctx, db::MariadbSession& session, const DumpRequest& request);

/// Exact names: "table" or "database.table".
bool names_mysql_table(const std::vector<std::string>& patterns, std::string_view database, std::string_view table);

/// "'a','b'" as hexadecimal literals.
std::string mysql_text_list(const std::vector<std::string>& values);

}  // namespace cofre::dump
