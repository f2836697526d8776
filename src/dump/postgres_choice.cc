#include "dump/postgres_choice.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "db/conninfo.h"

namespace cofre::dump {
namespace {

/// "public.orders", with double quotes where a part holds a dot or a quote.
Result<TableName> split_name(const std::string& text) {
    TableName parts;
    std::string part;
    bool in_quotes = false;
    int dots = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') {
            const bool is_doubled = in_quotes && i + 1 < text.size() && text[i + 1] == '"';
            if (is_doubled) part += text[i++];
            if (!is_doubled) in_quotes = !in_quotes;
        } else if (text[i] == '.' && !in_quotes) {
            parts.schema = std::exchange(part, {});
            ++dots;
        } else {
            part += text[i];
        }
    }
    parts.name = part;
    if (dots == 1 && !in_quotes && !parts.schema.empty() && !parts.name.empty()) return parts;
    return Error(ErrorCode::kInvalidArgument, "\"" + escape_for_display(text) + "\" is no table's name")
        .with_hint("write schema.table, with double quotes where a part holds a dot or a quote");
}

}  // namespace

Result<PostgresChoice> PostgresChoice::create(const RestoreRequest& request) {
    PostgresChoice choice;
    choice.sections_.schemas = request.schemas;
    for (const auto& table : request.tables) {
        COFRE_ASSIGN(auto name, split_name(table));
        choice.sections_.tables.push_back(std::move(name));
    }
    return choice;
}

Status PostgresChoice::check_free(const CallContext& ctx, db::PostgresSession& inside) const {
    constexpr const char* kRelations =
        "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1";
    for (const auto& table : sections_.tables) {
        COFRE_ASSIGN(const auto rows,
                     inside.query(ctx, std::string(kRelations) + " AND c.relname = $2", {table.schema, table.name}));
        if (rows.size() == 0) continue;
        return Error(ErrorCode::kConflict,
                     "table " + escape_for_display(table.schema + '.' + table.name) + " is there already")
            .with_hint("nothing was changed; --clean drops it first");
    }
    for (const auto& schema : sections_.schemas) {
        COFRE_ASSIGN(const auto rows, inside.query(ctx, std::string(kRelations) + " LIMIT 1", {schema}));
        if (rows.size() == 0) continue;
        return Error(ErrorCode::kConflict, "schema \"" + escape_for_display(schema) + "\" is not empty")
            .with_hint("nothing was changed; --clean drops what is in it, and what depends on it");
    }
    return {};
}

Status PostgresChoice::make_room(const CallContext& ctx, db::PostgresSession& inside, bool clean) const {
    for (const auto& name : sections_.schemas) {
        const auto schema = db::quote_identifier(name);
        if (clean) COFRE_TRY(inside.query(ctx, "DROP SCHEMA IF EXISTS " + schema + " CASCADE"));
        COFRE_TRY(inside.query(ctx, "CREATE SCHEMA IF NOT EXISTS " + schema));
    }
    for (const auto& table : sections_.tables) {
        const auto schema = db::quote_identifier(table.schema);
        COFRE_TRY(inside.query(ctx, "CREATE SCHEMA IF NOT EXISTS " + schema));
        // What depends on it is somebody's: the server then says what that is.
        if (clean)
            COFRE_TRY(inside.query(ctx, "DROP TABLE IF EXISTS " + schema + '.' + db::quote_identifier(table.name)));
    }
    return {};
}

bool PostgresChoice::may_be_in(const DumpFile& file) const {
    if (is_everything()) return true;
    if (file.role == FileRole::kLargeObjects) return false;
    if (file.role != FileRole::kData || file.table.empty()) return true;
    const auto name = split_name(file.table);
    if (!name) return true;
    const auto& schemas = sections_.schemas;
    return std::find(schemas.begin(), schemas.end(), name->schema) != schemas.end() ||
           std::any_of(sections_.tables.begin(), sections_.tables.end(), [&](const TableName& table) {
               return table.schema == name->schema && table.name == name->name;
           });
}

std::vector<std::vector<std::string>> PostgresChoice::archive_runs() const {
    std::vector<std::vector<std::string>> runs;
    for (const auto& table : sections_.tables)
        runs.push_back({"--schema=" + table.schema, "--table=" + table.name});
    for (const auto& schema : sections_.schemas)
        runs.push_back({"--schema=" + schema});
    if (runs.empty()) runs.emplace_back();
    return runs;
}

Status PostgresChoice::check_found(const std::set<std::string>& found) const {
    std::vector<std::string> wanted = sections_.schemas;
    for (const auto& table : sections_.tables)
        wanted.push_back(table.schema + '.' + table.name);
    for (const auto& name : wanted) {
        if (found.contains(name)) continue;
        return Error(ErrorCode::kNotFound, "the dump holds no \"" + escape_for_display(name) + "\"")
            .with_hint("`cofre dump --sql` shows what it holds; write names as the server spells them");
    }
    return {};
}

}  // namespace cofre::dump
