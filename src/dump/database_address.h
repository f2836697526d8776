#pragma once

/// @file
/// Where a database is, as a URL or a configuration names it.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace cofre::dump {

enum class Engine : std::uint8_t {
    kPostgres,
    kMysql,
    kMariadb,
    kMssql,
    kMongodb,
    kRedis,
    kSqlite,
    kCommand,  ///< Anything else: what a command writes. `database` is its name.
};

/// "postgres", "mysql", "mariadb", "mssql", "mongodb", "redis", "sqlite", "command".
std::string_view to_string(Engine engine);
/// Also "postgresql", "sqlserver", "mongo". kInvalidArgument names what is known.
Result<Engine> parse_engine(std::string_view text);

/// Plain data. Nothing here is ever passed to a shell, and the password never
/// to an argument list.
struct DatabaseAddress {
    Engine engine = Engine::kPostgres;
    std::string host;      ///< Empty: the engine's local default; a '/' at its beginning: the folder of a socket.
    int port = 0;          ///< 0: the engine's default.
    std::string user;      ///< Empty: as the engine's own client would choose.
    Secret password;       ///< Empty: none, or as the client's own password file says.
    std::string database;  ///< Empty: all of them. kSqlite: the file's path.
    /// The rest of a URL's query, e.g. {"sslmode", "require"}. Only the keys that
    /// the engine's row of docs/databases.md names are accepted.
    std::map<std::string, std::string> options;

    /// As a URL without the password: for people, logs and records.
    std::string display() const;
};

/// True if `text` begins with the scheme of an engine and "://" (or "sqlite:").
bool is_database_url(std::string_view text);

/// postgres:// postgresql:// mysql:// mariadb:// mssql:// sqlserver:// mongodb://
/// redis:// sqlite:///path; percent-escapes are decoded, an absent part is left
/// empty. `?host=/folder` names a socket, as libpq reads it. kInvalidArgument
/// never repeats the password.
Result<DatabaseAddress> parse_database_url(std::string_view url);

}  // namespace cofre::dump
