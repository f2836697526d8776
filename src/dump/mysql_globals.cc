#include "dump/mysql_globals.h"

#include <set>
#include <string_view>

#include "base/utf8.h"

namespace cofre::dump {
namespace {

using db::quote_mariadb_name;

constexpr std::string_view kAccountMark = "-- account: ";
constexpr std::string_view kScriptMark = "-- Users and grants\n";

bool is_server_account(std::string_view user) {
    return user == "mariadb.sys" || user == "mysql.sys" || user == "mysql.session" || user == "mysql.infoschema" ||
           user == "PUBLIC";
}

struct Account {
    std::string name;  // As GRANT wants it.
    bool is_role = false;
};

Result<std::vector<Account>> list_accounts(const CallContext& ctx, db::MariadbSession& session) {
    const std::string role = session.is_mariadb() ? "is_role = 'Y'" : "0";
    COFRE_ASSIGN(const auto rows, session.query(ctx, "SELECT User, Host, IF(" + role +
                                                         ", 1, 0) AS r FROM mysql.user ORDER BY r DESC, 1, 2"));
    std::vector<Account> accounts;
    for (const auto& row : rows) {
        const std::string user = row.at(0).value_or("");
        if (is_server_account(user)) continue;
        const bool is_role = row.at(2).value_or("0") == "1";
        accounts.push_back(
            {quote_mariadb_name(user) + (is_role ? std::string() : "@" + quote_mariadb_name(row.at(1).value_or(""))),
             is_role});
    }
    return accounts;
}

Result<std::string> statements_of(const CallContext& ctx, db::MariadbSession& session, const Account& account) {
    std::string text = std::string(kAccountMark) + account.name + "\n";
    std::vector<std::string> statements;
    if (account.is_role) {
        statements.push_back("CREATE ROLE " + account.name);
    } else {
        COFRE_ASSIGN(const auto created, session.query_value(ctx, "SHOW CREATE USER " + account.name));
        statements.push_back(created.value_or(""));
    }
    COFRE_ASSIGN(const auto grants, session.query(ctx, "SHOW GRANTS FOR " + account.name));
    for (const auto& grant : grants)
        statements.push_back(grant.at(0).value_or(""));
    for (const std::string& statement : statements) {
        if (statement.find_first_of("\n\r") != std::string::npos) {
            return Error(ErrorCode::kUnsupported, "its statements have line breaks");
        }
        text += statement + ";\n";
    }
    return text;
}

bool is_account_statement(std::string_view line) {
    for (const std::string_view verb : {"CREATE USER ", "CREATE ROLE ", "GRANT ", "SET DEFAULT ROLE ", "ALTER USER "}) {
        if (line.starts_with(verb)) return line.ends_with(";");
    }
    return false;
}

}  // namespace

Result<MysqlGlobals> read_mysql_globals(const CallContext& ctx, db::MariadbSession& session) {
    MysqlGlobals globals;
    auto accounts = list_accounts(ctx, session);
    if (!accounts) {
        if (accounts.error().code() != ErrorCode::kPermissionDenied) return std::move(accounts).error();
        globals.warnings.push_back("users and grants are not in the dump: SELECT on mysql.user is not granted");
        return globals;
    }
    globals.script = kScriptMark;
    for (const Account& account : *accounts) {
        auto text = statements_of(ctx, session, account);
        if (text) {
            globals.script += *text;
        } else if (text.error().code() == ErrorCode::kCancelled || text.error().code() == ErrorCode::kUnavailable) {
            return std::move(text).error();
        } else {
            globals.warnings.push_back("account " + escape_for_display(account.name) +
                                       " is not in the dump: " + text.error().message());
        }
    }
    return globals;
}

Result<std::vector<std::string>> apply_mysql_globals(const CallContext& ctx, db::MariadbSession& session,
                                                     const std::string& script) {
    COFRE_ASSIGN(const auto accounts, list_accounts(ctx, session));
    std::set<std::string> existing;
    for (const Account& account : accounts)
        existing.insert(account.name);
    std::vector<std::string> warnings;
    bool skips = false;
    std::string_view rest = script;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.starts_with(kAccountMark)) {
            skips = existing.find(std::string(line.substr(kAccountMark.size()))) != existing.end();
            continue;
        }
        if (skips || line.empty() || line.starts_with("-- ")) continue;
        if (!is_account_statement(line)) {
            return Error(ErrorCode::kCorruption, "restore users and grants: a line that is neither");
        }
        Status done = session.execute(ctx, std::string(line.substr(0, line.size() - 1)));
        if (done) continue;
        if (done.error().code() == ErrorCode::kCancelled || done.error().code() == ErrorCode::kUnavailable)
            return std::move(done).error();
        // Never the statement itself: it holds a password's hash.
        warnings.push_back("restore users and grants: " + done.error().message());
    }
    return warnings;
}

}  // namespace cofre::dump
