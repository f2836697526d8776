#pragma once

/// @file
/// SQL Server, through sqlcmd. Private to dump.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "dump/database_address.h"

namespace cofre::dump {

/// Runs T-SQL by a script file, never by an argument: variables, colon commands
/// and GO within names must not be read as such. The password goes by SQLCMDPASSWORD.
class MssqlSession {
public:
    /// Options of the address: "encrypt", "trustServerCertificate", "instance",
    /// "connect-timeout", "applicationIntent". kInvalidArgument: another.
    static Result<MssqlSession> create(const DatabaseAddress& address,
                                       const std::optional<std::filesystem::path>& tools);

    /// Rows of all results; columns are split at tabs, which names never hold.
    /// kUnauthenticated, kPermissionDenied, kUnavailable, kInvalidArgument: the
    /// server's words; kNotFound: no sqlcmd.
    Result<std::vector<std::vector<std::string>>> run(const CallContext& ctx, const std::string& sql) const;

private:
    MssqlSession() = default;
    std::vector<std::string> argv_;
    Secret password_;
};

/// [name], with ]] inside. kInvalidArgument: a control character, which sqlcmd
/// could take for the end of a batch.
Result<std::string> quote_mssql_name(std::string_view name);
/// N'text', likewise.
Result<std::string> quote_mssql_text(std::string_view text);

}  // namespace cofre::dump
