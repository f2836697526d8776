#pragma once

/// @file
/// Where an SQL database is.

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "db/conninfo.h"

namespace cofre::db {

enum class SqlEngine : std::uint8_t { kSqlite, kPostgres };

/// Plain data.
struct SqlUrl {
    SqlEngine engine = SqlEngine::kSqlite;
    std::filesystem::path path;     ///< kSqlite: absolute.
    PostgresParameters parameters;  ///< kPostgres: without "password".
    Secret password;                ///< kPostgres.

    /// For people, logs and messages: without the password.
    std::string display() const;
};

/// sqlite:///absolute/path, or postgres:// and postgresql:// as libpq reads them
/// (several hosts, `?host=/folder`, `?sslmode=verify-full`). kInvalidArgument
/// never repeats the password.
Result<SqlUrl> parse_sql_url(std::string_view url);

}  // namespace cofre::db
