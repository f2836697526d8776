#pragma once

/// @file
/// What errors of SQLite and PostgreSQL mean to those who use SqlDatabase. Pure.

#include <string_view>

#include "base/error.h"

namespace cofre::db {

/// `result` is a result code, extended or not. Source: sqlite.org/rescode.html.
Error sqlite_error(int result, std::string_view message);

/// As postgres_error(), and a constraint that is not met is kConflict.
Error sql_postgres_error(std::string_view sqlstate, std::string_view message);

}  // namespace cofre::db
