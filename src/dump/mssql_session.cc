#include "dump/mssql_session.h"

#include <algorithm>

#include "base/file.h"
#include "base/utf8.h"
#include "dump/tool_output.h"

namespace cofre::dump {
namespace {

Error explain_mssql(Error error) {
    if (error.code() == ErrorCode::kNotFound) {
        return Error(error.code(), error.message())
            .with_hint("install sqlcmd (package mssql-tools18 or sqlcmd of Microsoft's repository)");
    }
    const auto says = [&](std::string_view part) { return error.message().find(part) != std::string::npos; };
    ErrorCode code = error.code();
    if (says("Login failed") || says("Msg 18456")) code = ErrorCode::kUnauthenticated;
    if (says("permission denied") || says("permission was denied") || says("Msg 262,"))
        code = ErrorCode::kPermissionDenied;
    if (says("TCP Provider") || says("Login timeout expired") || says("unable to open tcp connection"))
        code = ErrorCode::kUnavailable;
    if (says("Msg 911,") || says("does not exist. Make sure that the name")) code = ErrorCode::kNotFound;
    return Error(code, error.message()).with_hint(error.hint());
}

Status check_plain(std::string_view text) {
    const bool is_plain = std::all_of(text.begin(), text.end(),
                                      [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
    if (is_plain && !text.empty()) return {};
    return Error(ErrorCode::kInvalidArgument,
                 "SQL Server: \"" + escape_for_display(text) + "\" cannot be given to sqlcmd");
}

Result<std::string> quoted_for_mssql(std::string_view text, std::string_view open, char close) {
    COFRE_TRY(check_plain(text));
    std::string quoted(open);
    for (const char c : text) {
        if (c == close) quoted += close;
        quoted += c;
    }
    return quoted + close;
}

}  // namespace

Result<std::string> quote_mssql_name(std::string_view name) {
    return quoted_for_mssql(name, "[", ']');
}

Result<std::string> quote_mssql_text(std::string_view text) {
    return quoted_for_mssql(text, "N'", '\'');
}

Result<MssqlSession> MssqlSession::create(const DatabaseAddress& address,
                                          const std::optional<std::filesystem::path>& tools) {
    MssqlSession session;
    std::string server = "tcp:" + (address.host.empty() ? std::string("localhost") : address.host);
    std::vector<std::string> extra;
    for (const auto& [key, value] : address.options) {
        const bool is_on = value == "1" || value == "true" || value == "yes";
        if (key == "encrypt") {
            if (is_on) extra.emplace_back("-N");
        } else if (key == "trustServerCertificate") {
            if (is_on) extra.emplace_back("-C");
        } else if (key == "instance") {
            server += "\\" + value;
        } else if (key == "connect-timeout") {
            extra.insert(extra.end(), {"-l", value});
        } else if (key == "applicationIntent") {
            extra.insert(extra.end(), {"-K", value});
        } else {
            return Error(ErrorCode::kInvalidArgument, "database address: unknown option \"" + key + "\"");
        }
    }
    if (address.port != 0) server += "," + std::to_string(address.port);
    // -b: an error of the server is an exit status; -r1: messages to standard
    // error; -x: no variables; -X1: no commands to the system; -f: UTF-8 both ways.
    session.argv_ = {tool_path(tools, "sqlcmd"),
                     "-S",
                     server,
                     "-d",
                     "master",
                     "-b",
                     "-r1",
                     "-x",
                     "-X1",
                     "-h",
                     "-1",
                     "-W",
                     "-s",
                     "\t",
                     "-f",
                     "65001"};
    if (address.user.empty()) {
        session.argv_.emplace_back("-E");
    } else {
        session.argv_.insert(session.argv_.end(), {"-U", address.user});
    }
    session.argv_.insert(session.argv_.end(), extra.begin(), extra.end());
    session.password_ = address.password;
    return session;
}

Result<std::vector<std::vector<std::string>>> MssqlSession::run(const CallContext& ctx, const std::string& sql) const {
    COFRE_ASSIGN(const TempDir folder, TempDir::create("cofre-mssql-"));
    const auto script = folder.path() / "script.sql";
    COFRE_TRY(write_file_atomic(script, "SET NOCOUNT ON;\n" + sql + "\nGO\n", 0600));
    Command command;
    command.argv = argv_;
    command.argv.insert(command.argv.end(), {"-i", script.string()});
    forget_inherited(command, {"SQLCMD"});
    if (!password_.empty()) command.environment["SQLCMDPASSWORD"] = std::string(password_.reveal());
    auto text = tool_output(ctx, command);
    if (!text) return explain_mssql(std::move(text).error());
    std::vector<std::vector<std::string>> rows;
    std::string_view rest = *text;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) continue;
        std::vector<std::string> row(1);
        for (const char c : line) {
            if (c == '\t') {
                row.emplace_back();
            } else {
                row.back() += c;
            }
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace cofre::dump
