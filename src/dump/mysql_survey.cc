#include "dump/mysql_survey.h"

#include <algorithm>
#include <set>

#include "base/number.h"
#include "base/utf8.h"

namespace cofre::dump {
namespace {

using db::quote_mariadb_text;

std::string joined_some(const std::vector<std::string>& names) {
    constexpr std::size_t kShown = 10;
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < kShown; ++i)
        text += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
    return text;
}

Result<std::vector<std::string>> chosen_databases(const CallContext& ctx, db::MariadbSession& session,
                                                  const DumpRequest& request) {
    COFRE_ASSIGN(const auto rows, session.query(ctx, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA ORDER BY 1"));
    std::vector<std::string> there;
    there.reserve(rows.size());
    for (const auto& row : rows)
        there.push_back(row.at(0).value_or(""));
    std::vector<std::string> wanted = request.databases;
    if (wanted.empty() && !request.address.database.empty()) wanted.push_back(request.address.database);
    if (wanted.empty()) {
        std::copy_if(there.begin(), there.end(), std::back_inserter(wanted),
                     [](const std::string& name) { return !is_mysql_system_database(name); });
        if (wanted.empty()) {
            return Error(ErrorCode::kNotFound, "dump the server: it shows this user no database but its own")
                .with_hint("grant the user SELECT on what it is to back up");
        }
        return wanted;
    }
    for (const std::string& name : wanted) {
        if (std::find(there.begin(), there.end(), name) == there.end()) {
            return Error(ErrorCode::kNotFound,
                         "dump database \"" + escape_for_display(name) + "\": there is none that this user may see");
        }
    }
    return wanted;
}

Result<std::set<std::string>> transactional_engines(const CallContext& ctx, db::MariadbSession& session) {
    COFRE_ASSIGN(const auto rows,
                 session.query(ctx, "SELECT ENGINE FROM information_schema.ENGINES WHERE TRANSACTIONS = 'YES'"));
    std::set<std::string> engines;
    for (const auto& row : rows)
        engines.insert(row.at(0).value_or(""));
    return engines;
}

Status survey_tables(const CallContext& ctx, db::MariadbSession& session, const DumpRequest& request,
                     MysqlSurvey& survey) {
    COFRE_ASSIGN(const auto engines, transactional_engines(ctx, session));
    COFRE_ASSIGN(const auto rows,
                 session.query(ctx,
                               "SELECT TABLE_SCHEMA, TABLE_NAME, ENGINE, DATA_LENGTH FROM information_schema.TABLES"
                               " WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND TABLE_SCHEMA IN (" +
                                   mysql_text_list(survey.databases) + ") ORDER BY 1, 2"));
    std::vector<std::string> outside;
    for (const auto& row : rows) {
        SurveyedTable table{row.at(0).value_or(""), row.at(1).value_or(""), row.at(2).value_or("unknown"),
                            parse_number<std::uint64_t>(row.at(3).value_or("0")).value_or(0), false};
        if (!request.tables.empty() && !names_mysql_table(request.tables, table.database, table.name)) continue;
        if (names_mysql_table(request.exclude_tables, table.database, table.name)) continue;
        table.is_transactional = engines.find(table.engine) != engines.end();
        if (!table.is_transactional) {
            outside.push_back(escape_for_display(table.database + "." + table.name) + " (" + table.engine + ")");
        }
        survey.bytes += table.bytes;
        survey.tables.push_back(std::move(table));
    }
    if (!outside.empty()) {
        survey.warnings.push_back("not in the snapshot, since their engines have no transactions: " +
                                  joined_some(outside) + "; rows written during the dump may be in it or not");
    }
    return {};
}

// What mysqldump leaves out, or fails of, without these. A user may also have them
// by table or by role, so that their lack is a warning.
Status check_privileges(const CallContext& ctx, db::MariadbSession& session, MysqlSurvey& survey) {
    COFRE_ASSIGN(const auto current, session.query_value(ctx, "SELECT CURRENT_USER()"));
    const std::string me = current.value_or("");
    const std::size_t split = std::min(me.rfind('@'), me.size());
    const std::string grantee = "'" + me.substr(0, split) + "'@'" + me.substr(std::min(split + 1, me.size())) + "'";
    // A name without '@' is that of a role.
    const std::string where = " WHERE GRANTEE = " + quote_mariadb_text(grantee) + " OR GRANTEE NOT LIKE '%@%'";
    auto rows = session.query(ctx, "SELECT PRIVILEGE_TYPE, NULL FROM information_schema.USER_PRIVILEGES" + where +
                                       " UNION SELECT PRIVILEGE_TYPE, TABLE_SCHEMA FROM"
                                       " information_schema.SCHEMA_PRIVILEGES" +
                                       where);
    if (!rows) return {};  // The dump itself will tell.
    std::vector<std::string> lacking;
    for (const std::string& database : survey.databases) {
        for (const std::string_view privilege : {"SELECT", "SHOW VIEW", "TRIGGER", "EVENT"}) {
            const bool has = std::any_of(rows->begin(), rows->end(), [&](const db::MariadbRow& row) {
                if (row.at(0).value_or("") != privilege) return false;
                // A pattern of database names is taken for a match: it is rare, and this only warns.
                return !row.at(1) || *row.at(1) == database || row.at(1)->find_first_of("%\\_") != std::string::npos;
            });
            if (!has) lacking.push_back(std::string(privilege) + " on " + escape_for_display(database));
        }
    }
    if (!lacking.empty()) {
        survey.warnings.push_back("the user may lack privileges, and what it may not see is not in the dump: " +
                                  joined_some(lacking));
    }
    return {};
}

}  // namespace

bool is_mysql_system_database(std::string_view name) {
    return name == "information_schema" || name == "performance_schema" || name == "mysql" || name == "sys" ||
           name == "ndbinfo";
}

bool names_mysql_table(const std::vector<std::string>& patterns, std::string_view database, std::string_view table) {
    const std::string qualified = std::string(database) + "." + std::string(table);
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return pattern == table || pattern == qualified; });
}

std::string mysql_text_list(const std::vector<std::string>& values) {
    std::string list;
    for (const std::string& value : values)
        list += (list.empty() ? "" : ",") + quote_mariadb_text(value);
    return list;
}

Result<MysqlSurvey> survey_mysql(const CallContext& ctx, db::MariadbSession& session, const DumpRequest& request) {
    MysqlSurvey survey;
    COFRE_ASSIGN(survey.databases, chosen_databases(ctx, session, request));
    COFRE_TRY(survey_tables(ctx, session, request, survey));
    COFRE_TRY(check_privileges(ctx, session, survey));
    return survey;
}

}  // namespace cofre::dump
