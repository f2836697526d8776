#include "dump/mysql_client.h"

#include <array>
#include <set>
#include <utility>

#include "base/number.h"
#include "base/utf8.h"
#include "dump/tool_output.h"

namespace cofre::dump {
namespace {

bool is_version_char(char c) {
    return (c >= '0' && c <= '9') || c == '.';
}

std::string option_of(const DatabaseAddress& address, const std::string& key) {
    const auto found = address.options.find(key);
    return found == address.options.end() ? std::string() : found->second;
}

// A socket, or the folder of one with Debian's name for it.
std::string socket_at(const std::string& path) {
    return path.ends_with(".sock") ? path : path + "/mysqld.sock";
}

std::vector<std::string> tool_names(MysqlToolRole role, bool server_is_mariadb) {
    const bool dumps = role == MysqlToolRole::kDump;
    const std::string of_mariadb = dumps ? "mariadb-dump" : "mariadb";
    const std::string of_mysql = dumps ? "mysqldump" : "mysql";
    if (server_is_mariadb) return {of_mariadb, of_mysql};
    return {of_mysql, of_mariadb};
}

// Errors of the server that the tool met, e.g. "Got error: 1045: Access denied".
ErrorCode code_in_tool_error(const std::string& text) {
    struct Known {
        std::string_view number;
        ErrorCode code;
    };
    static constexpr std::array<Known, 12> kKnown = {{{"1045", ErrorCode::kUnauthenticated},
                                                      {"1698", ErrorCode::kUnauthenticated},
                                                      {"1044", ErrorCode::kPermissionDenied},
                                                      {"1142", ErrorCode::kPermissionDenied},
                                                      {"1227", ErrorCode::kPermissionDenied},
                                                      {"1370", ErrorCode::kPermissionDenied},
                                                      {"1049", ErrorCode::kNotFound},
                                                      {"2002", ErrorCode::kUnavailable},
                                                      {"2003", ErrorCode::kUnavailable},
                                                      {"2006", ErrorCode::kUnavailable},
                                                      {"2013", ErrorCode::kUnavailable},
                                                      {"1927", ErrorCode::kUnavailable}}};
    for (const Known& one : kKnown) {
        for (const std::string_view before : {"error: ", "Error ", "ERROR ", "(", "error "}) {
            std::string mark(before);
            if (text.find(mark.append(one.number)) != std::string::npos) return one.code;
        }
    }
    return ErrorCode::kInvalidArgument;
}

}  // namespace

Result<db::MariadbOptions> mysql_session_options(const DatabaseAddress& address) {
    static const std::set<std::string, std::less<>> known = {
        "socket", "ssl-mode", "ssl-ca", "ssl-cert", "ssl-key", "lock", "ssl-verify-server-cert", "connect-timeout"};
    for (const auto& [key, value] : address.options) {
        if (known.find(key) == known.end()) {
            return Error(ErrorCode::kInvalidArgument, "database address: unknown option \"" + key + "\"")
                .with_hint(
                    "known are socket, ssl-mode, ssl-ca, ssl-cert, ssl-key, ssl-verify-server-cert, connect-timeout "
                    "and lock");
        }
    }
    db::MariadbOptions options;
    options.host = address.host;
    options.port = address.port;
    options.socket = option_of(address, "socket");
    if (address.host.starts_with("/")) {
        options.host.clear();
        if (options.socket.empty()) options.socket = socket_at(address.host);
    }
    options.user = address.user;
    options.password = address.password;
    options.tls_ca = option_of(address, "ssl-ca");
    options.tls_cert = option_of(address, "ssl-cert");
    options.tls_key = option_of(address, "ssl-key");
    const std::string mode = option_of(address, "ssl-mode");
    if (mode == "required" || mode == "verify-ca" || mode == "verify-identity") {
        options.tls = true;
        const std::string verify = option_of(address, "ssl-verify-server-cert");
        options.verify_tls = mode != "required" || verify == "1" || verify == "true";
        if (options.verify_tls && options.tls_ca.empty()) {
            return Error(ErrorCode::kInvalidArgument, "database address: ssl-mode \"" + mode + "\" without ssl-ca")
                .with_hint("ssl-ca names a PEM file with the authority that signed the server's certificate");
        }
    } else if (!mode.empty() && mode != "disabled") {
        return Error(ErrorCode::kInvalidArgument, "database address: ssl-mode \"" + mode + "\"")
            .with_hint("it is disabled, required, verify-ca or verify-identity");
    }
    if (const std::string timeout = option_of(address, "connect-timeout"); !timeout.empty()) {
        const auto seconds = parse_number<int>(timeout);
        if (!seconds || *seconds < 1) {
            return Error(ErrorCode::kInvalidArgument, "database address: connect-timeout \"" + timeout + "\"");
        }
        options.connect_timeout = std::chrono::seconds(*seconds);
    }
    return options;
}

Result<db::MariadbSession> open_mysql_session(const CallContext& ctx, const DatabaseAddress& address,
                                              const std::string& database) {
    COFRE_ASSIGN(auto options, mysql_session_options(address));
    options.database = database;
    auto session = db::MariadbSession::connect(ctx, options);
    if (!session) return std::move(session).error().context(address.host.empty() ? "localhost" : address.host);
    COFRE_TRY(session->execute(ctx, "SET SESSION time_zone = '+00:00', SESSION sql_mode = ''"));
    return session;
}

std::string parse_mysql_tool_version(std::string_view line) {
    // "... from 11.4.2-MariaDB", "Distrib 10.11.19-MariaDB", "Ver 8.0.36 for Linux".
    for (const std::string_view mark : {" from ", "Distrib ", "Ver "}) {
        const std::size_t at = line.find(mark);
        if (at == std::string_view::npos) continue;
        std::string_view rest = line.substr(at + mark.size());
        std::size_t end = 0;
        while (end < rest.size() && is_version_char(rest[end]))
            ++end;
        if (end > 0) return std::string(rest.substr(0, end));
    }
    return {};
}

Result<MysqlTool> find_mysql_tool(const CallContext& ctx, MysqlToolRole role, bool server_is_mariadb,
                                  const std::optional<std::filesystem::path>& folder) {
    std::optional<MysqlTool> other;
    const std::vector<std::string> names = tool_names(role, server_is_mariadb);
    for (const std::string& name : names) {
        MysqlTool tool;
        tool.name = name;
        tool.path = tool_path(folder, name);
        Command command;
        command.argv = {tool.path, "--no-defaults", "--version"};
        auto line = tool_output(ctx, command);
        if (!line && line.error().code() == ErrorCode::kNotFound) continue;
        if (!line) return std::move(line).error().context("ask " + name + " for its version");
        tool.version = parse_mysql_tool_version(*line);
        tool.is_mariadb = line->find("MariaDB") != std::string::npos;
        if (tool.is_mariadb == server_is_mariadb) return tool;
        if (!other) other = tool;
    }
    if (other) return *std::move(other);
    return Error(ErrorCode::kNotFound,
                 "find " + names.front() + ": no such program" + (folder ? " in " + folder->string() : std::string()))
        .with_hint(server_is_mariadb ? "install the package mariadb-client"
                                     : "install the package mysql-client, or mariadb-client");
}

std::string quote_option_value(std::string_view value) {
    std::string quoted = "\"";
    for (const char c : value) {
        switch (c) {
            case '\\': quoted += "\\\\"; break;
            case '"': quoted += "\\\""; break;
            case '\n': quoted += "\\n"; break;
            case '\r': quoted += "\\r"; break;
            case '\t': quoted += "\\t"; break;
            default: quoted += c;
        }
    }
    return quoted + '"';
}

Result<std::shared_ptr<MysqlOptionFile>> MysqlOptionFile::create(const DatabaseAddress& address,
                                                                 bool for_mariadb_tool) {
    COFRE_ASSIGN(const db::MariadbOptions options, mysql_session_options(address));
    std::string text = "[client]\n";
    const auto add = [&](std::string_view key, std::string_view value) {
        text.append(key).append("=").append(quote_option_value(value)).append("\n");
    };
    if (!options.user.empty()) add("user", options.user);
    if (!options.password.empty()) add("password", options.password.reveal());
    if (!options.socket.empty()) {
        add("socket", options.socket);
        add("protocol", "socket");
    } else if (!options.host.empty()) {
        add("host", options.host);
        if (options.host != "localhost") add("protocol", "tcp");
    }
    if (options.port != 0) add("port", std::to_string(options.port));
    if (for_mariadb_tool) {
        text += options.tls ? "ssl\n" : "skip-ssl\n";
        if (options.verify_tls) text += "ssl-verify-server-cert\n";
    } else {
        add("ssl-mode", options.verify_tls ? "VERIFY_IDENTITY" : options.tls ? "REQUIRED" : "PREFERRED");
    }
    if (!options.tls_ca.empty()) add("ssl-ca", options.tls_ca);
    if (!options.tls_cert.empty()) add("ssl-cert", options.tls_cert);
    if (!options.tls_key.empty()) add("ssl-key", options.tls_key);

    COFRE_ASSIGN(TempDir folder, TempDir::create("cofre-mysql-"));
    const Secret content(std::move(text));
    COFRE_TRY(write_file_atomic(folder.path() / "client.cnf", content.reveal(), 0600));
    return std::shared_ptr<MysqlOptionFile>(new MysqlOptionFile(std::move(folder)));
}

Command MysqlOptionFile::command(const MysqlTool& tool) const {
    Command command;
    command.argv = {tool.path, "--defaults-file=" + (folder_.path() / "client.cnf").string()};
    forget_inherited(command, {"MYSQL_", "MARIADB_", "LIBMYSQL_"});
    // MySQL's programs read ~/.mylogin.cnf even so, unless it is elsewhere.
    command.environment["MYSQL_TEST_LOGIN_FILE"] = (folder_.path() / "no-login-file").string();
    return command;
}

Error explain_mysql_tool_error(Error error) {
    if (error.code() != ErrorCode::kInvalidArgument) return error;
    const ErrorCode code = code_in_tool_error(error.message());
    if (code == ErrorCode::kInvalidArgument) return error;
    Error explained(code, error.message());
    if (code == ErrorCode::kPermissionDenied) {
        return std::move(explained).with_hint("docs/databases.md lists the privileges of a user for backups");
    }
    return std::move(explained).with_hint(error.hint());
}

}  // namespace cofre::dump
