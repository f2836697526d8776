#pragma once

/// @file
/// Connection strings and identifiers for PostgreSQL, quoted.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cofre::db {

/// libpq's keywords and their values, e.g. {"host", "db.example"}.
/// Source: PostgreSQL documentation, "Parameter Key Words".
using PostgresParameters = std::vector<std::pair<std::string, std::string>>;

/// "host='db.example' dbname='it\'s'": one string in which no value can become
/// another keyword, whatever bytes it holds, except NUL. Keywords are the caller's.
std::string build_conninfo(const PostgresParameters& parameters);

/// "\"Odd \"\"name\"\"\"": always in quotes.
std::string quote_identifier(std::string_view name);

/// 'it''s', or E'...' where there is a backslash.
std::string quote_literal(std::string_view text);

}  // namespace cofre::db
