#pragma once

/// @file
/// How MariaDB and MySQL are reached: by a session of ours, and by the engine's
/// own programs. Private to dump.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/file.h"
#include "base/result.h"
#include "base/subprocess.h"
#include "db/mariadb_session.h"
#include "dump/database_address.h"

namespace cofre::dump {

/// Keys of DatabaseAddress::options: "socket", "ssl-mode" (disabled, required,
/// verify-ca, verify-identity; the last two are one here), "ssl-ca", "ssl-cert",
/// "ssl-key", "ssl-verify-server-cert", "connect-timeout" (seconds), "lock" (never, brief). kInvalidArgument
/// names any other.
Result<db::MariadbOptions> mysql_session_options(const DatabaseAddress& address);

/// Connected, in UTC, with an empty SQL mode; `database` instead of the address's.
Result<db::MariadbSession> open_mysql_session(const CallContext& ctx, const DatabaseAddress& address,
                                              const std::string& database);

/// A client program, and whose.
struct MysqlTool {
    std::string path;
    std::string name;     ///< "mariadb-dump"
    std::string version;  ///< "10.11.19"
    bool is_mariadb = false;
};

enum class MysqlToolRole : std::uint8_t { kDump, kClient };

/// The server's own kind of program first, then the other's. kNotFound: none,
/// with the package.
Result<MysqlTool> find_mysql_tool(const CallContext& ctx, MysqlToolRole role, bool server_is_mariadb,
                                  const std::optional<std::filesystem::path>& folder);

/// "10.11.19" of "mariadb-dump  Ver 10.19 Distrib 10.11.19-MariaDB, for ..." and of
/// the other forms; empty: none found.
std::string parse_mysql_tool_version(std::string_view line);

/// The option file through which a program learns where to go, and the password;
/// it dies with the object.
class MysqlOptionFile {
public:
    static Result<std::shared_ptr<MysqlOptionFile>> create(const DatabaseAddress& address, bool for_mariadb_tool);

    /// `tool`, then --defaults-file=: the only file it reads. With
    /// --defaults-extra-file= the machine's [client] and the user's ~/.my.cnf would
    /// be read as well, and a `host` there would silently move the backup to another
    /// server. No inherited MYSQL_* or MARIADB_* variable, for the same reason.
    Command command(const MysqlTool& tool) const;

private:
    explicit MysqlOptionFile(TempDir folder) : folder_(std::move(folder)) {}
    TempDir folder_;
};

/// `value` as the value of a key in an option file.
std::string quote_option_value(std::string_view value);

/// An error that carries a program's standard error, with the code that the
/// server's number in it means to a caller.
Error explain_mysql_tool_error(Error error);

}  // namespace cofre::dump
