#include "dump/postgres_database.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "db/conninfo.h"
#include "dump/postgres_script.h"

namespace cofre::dump {
namespace {

std::string trait_of(const DatabaseTraits& traits, const std::string& key) {
    const auto found = traits.values.find(key);
    return found == traits.values.end() ? std::string() : found->second;
}

std::string create_statement(const db::PostgresSession& session, const std::string& name, const DatabaseTraits& traits,
                             bool has_locale) {
    std::string sql = "CREATE DATABASE " + db::quote_identifier(name) + " TEMPLATE template0";
    const auto add = [&](const std::string& clause, const std::string& value) {
        if (!value.empty()) sql += " " + clause + " " + db::quote_literal(value);
    };
    add("ENCODING", trait_of(traits, "encoding"));
    if (!has_locale) return sql + " LC_COLLATE 'C' LC_CTYPE 'C'";
    add("LC_COLLATE", trait_of(traits, "collate"));
    add("LC_CTYPE", trait_of(traits, "ctype"));
    const auto provider = trait_of(traits, "provider");
    if (session.version_number() >= 150000 && provider == "i") {
        sql += " LOCALE_PROVIDER icu";
        add("ICU_LOCALE", trait_of(traits, "locale"));
    }
    if (session.version_number() >= 170000 && provider == "b") {
        sql += " LOCALE_PROVIDER builtin";
        add("BUILTIN_LOCALE", trait_of(traits, "locale"));
    }
    return sql;
}

bool is_lost_session(const Error& error) {
    return error.code() == ErrorCode::kUnavailable || error.code() == ErrorCode::kCancelled ||
           error.code() == ErrorCode::kDeadlineExceeded;
}

/// Runs statements of which a failure is a warning.
class LenientRunner {
public:
    LenientRunner(const CallContext& ctx, db::PostgresSession& session, std::vector<std::string>& warnings)
        : ctx_(ctx), session_(session), warnings_(warnings) {}

    Status run(const std::string& sql, const std::string& about, const std::vector<std::string>& values = {}) {
        auto done = session_.query(ctx_, sql, values);
        if (done) return {};
        if (is_lost_session(done.error())) return std::move(done).error().context(about);
        warnings_.push_back(about + ": " + done.error().message());
        return {};
    }

    std::size_t warning_count() const { return warnings_.size(); }

private:
    const CallContext& ctx_;
    db::PostgresSession& session_;
    std::vector<std::string>& warnings_;
};

/// The rows of a trait that is JSON: lists of texts (a truth becomes "true").
std::vector<std::vector<std::string>> json_rows(const std::string& text) {
    std::vector<std::vector<std::string>> rows;
    const auto parsed = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!parsed.is_array()) return rows;
    for (const auto& item : parsed) {
        std::vector<std::string> row;
        if (!item.is_array()) continue;
        for (const auto& cell : item) {
            if (cell.is_boolean()) row.emplace_back(cell.get<bool>() ? "true" : "");
            if (cell.is_string()) row.push_back(cell.get<std::string>());
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

Status apply_grants(LenientRunner& runner, const std::string& quoted, const std::string& grants) {
    static const std::set<std::string> known = {"CREATE", "CONNECT", "TEMPORARY"};
    if (grants.empty()) return {};
    COFRE_TRY(runner.run("REVOKE ALL ON DATABASE " + quoted + " FROM PUBLIC", "rights on the database"));
    for (const auto& row : json_rows(grants)) {
        if (row.size() != 3 || !known.contains(row[1])) continue;
        const auto grantee = row[0].empty() ? std::string("PUBLIC") : db::quote_identifier(row[0]);
        COFRE_TRY(runner.run(fmt::format("GRANT {} ON DATABASE {} TO {}{}", row[1], quoted, grantee,
                                         row[2].empty() ? "" : " WITH GRANT OPTION"),
                             fmt::format("right {} of {}", row[1], grantee)));
    }
    return {};
}

/// A value may be a list whose quoting depends on the setting: the server puts it
/// down itself, from the session's own value.
Status apply_settings(LenientRunner& runner, const std::string& quoted, const std::string& settings) {
    for (const auto& row : json_rows(settings)) {
        const auto equals = row.size() == 2 ? row[1].find('=') : std::string::npos;
        if (equals == std::string::npos) continue;
        const auto name = row[1].substr(0, equals);
        const auto about = "setting " + name;
        const auto target =
            row[0].empty() ? "DATABASE " + quoted : "ROLE " + db::quote_identifier(row[0]) + " IN DATABASE " + quoted;
        // Names with a dot are an extension's: each part is quoted.
        std::string setting;
        std::string_view rest = name;
        for (auto dot = rest.find('.');; dot = rest.find('.')) {
            setting += (setting.empty() ? "" : ".") + db::quote_identifier(rest.substr(0, dot));
            if (dot == std::string_view::npos) break;
            rest.remove_prefix(dot + 1);
        }
        // A transaction of its own: the value goes with it, and one may be "read only".
        const auto warnings_before = runner.warning_count();
        COFRE_TRY(runner.run("BEGIN READ WRITE", about));
        COFRE_TRY(runner.run("SELECT pg_catalog.set_config($1, $2, true)", about, {name, row[1].substr(equals + 1)}));
        if (runner.warning_count() == warnings_before) {
            COFRE_TRY(runner.run(fmt::format("ALTER {} SET {} FROM CURRENT", target, setting), about));
        }
        COFRE_TRY(runner.run("COMMIT", about));
    }
    return {};
}

/// Statements of a script without meta-commands and COPY.
Result<std::vector<std::string>> split_statements(const std::string& script) {
    PostgresScript lexer({.drops_restrict = false});
    std::vector<std::string> statements;
    std::string statement;
    for (const char c : script) {
        const auto before = lexer.statements();
        std::string out;
        COFRE_TRY(lexer.feed(std::string_view(&c, 1), out));
        statement += c;
        if (lexer.statements() > before) statements.push_back(std::exchange(statement, {}));
    }
    std::string out;
    COFRE_TRY(lexer.finish(out));
    return statements;
}

std::string_view without_comments(std::string_view statement) {
    while (!statement.empty()) {
        const auto start = std::min(statement.find_first_not_of(" \t\r\n"), statement.size());
        statement.remove_prefix(start);
        if (!statement.starts_with("--")) break;
        statement.remove_prefix(std::min(statement.find('\n'), statement.size()));
    }
    return statement;
}

/// The identifier, quoted or not, that begins here.
std::string_view leading_identifier(std::string_view text) {
    if (!text.starts_with('"')) return text.substr(0, text.find_first_of(" ;\n"));
    std::size_t end = 1;
    while (end < text.size() && (text[end] != '"' || text.substr(end).starts_with("\"\"")))
        end += text[end] == '"' ? 2U : 1U;
    return text.substr(0, end + 1);
}

/// "ALTER ROLE app": without what might be a password.
std::string about_statement(std::string_view statement) {
    const auto first = statement.substr(0, statement.find(' '));
    auto rest = statement.substr(std::min(first.size() + 1, statement.size()));
    const auto second = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(second.size() + 1, rest.size()));
    return escape_controls(std::string(first) + " " + std::string(second) + " " +
                           std::string(leading_identifier(rest)));
}

}  // namespace

Result<bool> has_database(const CallContext& ctx, db::PostgresSession& session, const std::string& name) {
    COFRE_ASSIGN(const auto rows, session.query(ctx, "SELECT 1 FROM pg_database WHERE datname = $1", {name}));
    return rows.size() > 0;
}

Result<bool> is_empty_database(const CallContext& ctx, db::PostgresSession& session) {
    constexpr std::string_view kQuery = R"(
        SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public'))
            OR EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                       WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
            OR EXISTS (SELECT 1 FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                       WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
            OR EXISTS (SELECT 1 FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
                       WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
            OR EXISTS (SELECT 1 FROM pg_extension WHERE extname <> 'plpgsql')
            OR EXISTS (SELECT 1 FROM pg_largeobject_metadata))";
    COFRE_ASSIGN(const auto rows, session.query(ctx, std::string(kQuery)));
    return !rows.truth(0, 0);
}

Status drop_database(const CallContext& ctx, db::PostgresSession& session, const std::string& name) {
    if (session.version_number() >= 130000) {
        COFRE_TRY(session.query(ctx, "DROP DATABASE " + db::quote_identifier(name) + " WITH (FORCE)"));
        return {};
    }
    COFRE_TRY(session.query(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", {name}));
    COFRE_TRY(session.query(ctx, "DROP DATABASE " + db::quote_identifier(name)));
    return {};
}

Status create_database(const CallContext& ctx, db::PostgresSession& session, const std::string& name,
                       const DatabaseTraits& traits, std::vector<std::string>& warnings) {
    auto created = session.query(ctx, create_statement(session, name, traits, /*has_locale=*/true));
    if (created) return {};
    const auto code = created.error().code();
    const bool is_locale = code == ErrorCode::kInvalidArgument || code == ErrorCode::kUnsupported;
    if (!is_locale || trait_of(traits, "collate") == "C") return std::move(created).error();
    if (!session.query(ctx, create_statement(session, name, traits, /*has_locale=*/false))) {
        return std::move(created).error();  // The first says what is wrong.
    }
    warnings.push_back("database \"" + escape_for_display(name) + "\": this server does not have the locale \"" +
                       trait_of(traits, "collate") + "\"; it was made with \"C\", which sorts text otherwise");
    return {};
}

Status apply_traits(const CallContext& ctx, db::PostgresSession& session, const std::string& name,
                    const DatabaseTraits& traits, std::vector<std::string>& warnings) {
    LenientRunner runner(ctx, session, warnings);
    const auto quoted = db::quote_identifier(name);
    if (const auto comment = trait_of(traits, "comment"); !comment.empty()) {
        COFRE_TRY(runner.run("COMMENT ON DATABASE " + quoted + " IS " + db::quote_literal(comment), "comment"));
    }
    const auto limit = trait_of(traits, "connection_limit");
    const bool is_number = !limit.empty() && limit.find_first_not_of("0123456789") == std::string::npos;
    if (is_number) COFRE_TRY(runner.run("ALTER DATABASE " + quoted + " CONNECTION LIMIT " + limit, "connection limit"));
    if (const auto owner = trait_of(traits, "owner"); !owner.empty()) {
        COFRE_TRY(runner.run("ALTER DATABASE " + quoted + " OWNER TO " + db::quote_identifier(owner), "owner"));
    }
    COFRE_TRY(apply_grants(runner, quoted, trait_of(traits, "grants")));
    return apply_settings(runner, quoted, trait_of(traits, "settings"));
}

Status run_globals(const CallContext& ctx, db::PostgresSession& session, const std::string& script,
                   std::vector<std::string>& warnings) {
    COFRE_ASSIGN(const auto statements, split_statements(script));
    std::set<std::string, std::less<>> standing;
    for (const auto& text : statements) {
        const auto statement = without_comments(text);
        if (statement.starts_with("SET default_transaction_read_only")) continue;
        constexpr std::string_view kCreate = "CREATE ROLE ";
        constexpr std::string_view kAlter = "ALTER ROLE ";
        const bool is_alter = statement.starts_with(kAlter);
        if (is_alter && standing.contains(leading_identifier(statement.substr(kAlter.size())))) continue;
        auto done = session.query(ctx, std::string(statement));
        if (done) continue;
        if (is_lost_session(done.error())) return std::move(done).error().context("restore roles");
        const bool exists = done.error().code() == ErrorCode::kConflict;
        if (exists && statement.starts_with(kCreate)) {
            standing.emplace(leading_identifier(statement.substr(kCreate.size())));
        }
        if (!exists) warnings.push_back(about_statement(statement) + ": " + done.error().message());
    }
    return {};
}

}  // namespace cofre::dump
