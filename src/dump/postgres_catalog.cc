#include "dump/postgres_catalog.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"
#include "dump/postgres_pattern.h"

namespace cofre::dump {
namespace {

// Sessions have an empty search path, so names without schema are pg_catalog's.

/// A qualified name in quotes, as bytes of the database's own encoding.
constexpr std::string_view kPattern =
    R"(encode(convert_to('"' || replace(n.nspname, '"', '""') || '"."' || replace(c.relname, '"', '""') || '"',
        getdatabaseencoding()), 'hex'))";

constexpr std::string_view kUserObject =
    R"(n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND (c.oid = ANY (ARRAY(SELECT unnest(extconfig) FROM pg_extension))
            OR NOT EXISTS (SELECT 1 FROM pg_depend d
                           WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')))";

/// The columns of the primary key, or of a unique index that has a value for each row.
constexpr std::string_view kOrder =
    R"((SELECT string_agg(quote_ident(a.attname) || CASE WHEN a.attcollation <> 0 THEN ' COLLATE "C"' ELSE '' END,
                          ', ' ORDER BY k.place)
        FROM (SELECT i.indexrelid, i.indkey FROM pg_index i
              WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate
                AND i.indpred IS NULL AND i.indexprs IS NULL
                AND NOT EXISTS (SELECT 1 FROM pg_attribute b WHERE b.attrelid = c.oid
                                AND b.attnum = ANY (i.indkey) AND NOT b.attnotnull)
              ORDER BY i.indisprimary DESC, i.indnatts, i.indexrelid LIMIT 1) x,
             unnest(x.indkey) WITH ORDINALITY AS k (number, place)
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number))";

std::string table_query(int version, const TableCondition& condition, const std::string& excluded) {
    std::string sql = "SELECT c.oid, c.relkind, quote_ident(n.nspname) || '.' || quote_ident(c.relname), ";
    sql += kPattern;
    sql += ", has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'), ";
    sql += version >= 90500 ? "row_security_active(c.oid)" : "false";
    sql += ", c.relpersistence, c.oid = ANY (ARRAY(SELECT unnest(extconfig) FROM pg_extension)), ";
    sql += "CASE WHEN c.relkind = 'r' THEN pg_table_size(c.oid) ELSE 0 END, ";
    sql += kOrder;
    sql += ", " + excluded;
    sql += " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND ";
    sql += kUserObject;
    sql += " AND " + condition.sql + " ORDER BY 3";
    return sql;
}

std::string sequence_query(const TableCondition& condition) {
    std::string sql = "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), ";
    sql += kPattern;
    sql += R"(, has_schema_privilege(n.oid, 'USAGE') AND has_sequence_privilege(c.oid, 'SELECT'),
              (SELECT d.refobjid FROM pg_depend d
               WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
                 AND d.deptype IN ('a', 'i') LIMIT 1)
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND )";
    sql += kUserObject;
    sql += " AND " + condition.sql + " ORDER BY 1";
    return sql;
}

Result<std::string> pattern_of(const std::string& hex) {
    COFRE_ASSIGN(const auto bytes, hex_decode(hex));
    return to_text(bytes);
}

/// The schemas in which a name without schema is looked for, as an array's text.
Result<std::string> usual_search_path(const CallContext& ctx, db::PostgresSession& session) {
    COFRE_TRY(session.query(ctx, "RESET search_path"));
    COFRE_ASSIGN(const auto rows, session.query(ctx, "SELECT pg_catalog.current_schemas(false)"));
    COFRE_TRY(session.query(ctx, "SELECT pg_catalog.set_config('search_path', '', false)"));
    return rows.text(0, 0);
}

/// $n becomes $(n + shift), but $1 stays.
std::string shifted(const std::string& sql, std::size_t shift) {
    std::string text;
    for (std::size_t i = 0; i < sql.size(); ++i) {
        text += sql[i];
        if (sql[i] != '$') continue;
        std::size_t number = 0;
        while (i + 1 < sql.size() && sql[i + 1] >= '0' && sql[i + 1] <= '9')
            number = number * 10 + static_cast<std::size_t>(sql[++i] - '0');
        text += std::to_string(number == 1 ? number : number + shift);
    }
    return text;
}

Status read_tables(const CallContext& ctx, db::PostgresSession& session, const PostgresOptions& options,
                   const std::string& search_path, PostgresContents& contents) {
    const auto condition = table_condition(options, search_path);
    const auto excluded = data_exclusion(options, search_path);
    auto values = condition.values;
    values.insert(values.end(), excluded.values.begin() + 1, excluded.values.end());
    const auto excluded_sql = shifted(excluded.sql, condition.values.size() - 1);
    COFRE_ASSIGN(const auto rows,
                 session.query(ctx, table_query(session.version_number(), condition, excluded_sql), values));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        PostgresTable table;
        table.oid = rows.text(i, 0);
        table.is_parent = rows.text(i, 1) == "p";
        table.name = rows.text(i, 2);
        COFRE_ASSIGN(table.pattern, pattern_of(rows.text(i, 3)));
        table.is_readable = rows.truth(i, 4);
        table.is_by_policy = rows.truth(i, 5);
        table.is_unlogged = rows.text(i, 6) == "u";
        table.is_config = rows.truth(i, 7);
        table.bytes = rows.number(i, 8);
        table.order = rows.text(i, 9);
        // What a standby has of an unlogged table is nothing, and pg_dump leaves it out.
        const bool is_absent = table.is_unlogged && contents.is_standby;
        table.has_data = options.has_data && !table.is_parent && !rows.truth(i, 10) && !is_absent;
        contents.tables.push_back(std::move(table));
    }
    return {};
}

std::string listed(const std::vector<std::string>& names) {
    constexpr std::size_t kShown = 5;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i)
        text += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
    return text;
}

}  // namespace

Result<PostgresContents> read_contents(const CallContext& ctx, db::PostgresSession& session,
                                       const PostgresOptions& options) {
    PostgresContents contents;
    COFRE_ASSIGN(const std::string search_path, usual_search_path(ctx, session));
    COFRE_ASSIGN(const auto standby, session.query(ctx, "SELECT pg_is_in_recovery()"));
    contents.is_standby = standby.truth(0, 0);
    COFRE_TRY(read_tables(ctx, session, options, search_path, contents));
    const auto condition = table_condition(options, search_path);
    COFRE_ASSIGN(const auto sequences, session.query(ctx, sequence_query(condition), condition.values));
    for (std::size_t i = 0; i < sequences.size(); ++i) {
        PostgresSequence sequence;
        sequence.name = sequences.text(i, 0);
        COFRE_ASSIGN(sequence.pattern, pattern_of(sequences.text(i, 1)));
        sequence.is_readable = sequences.truth(i, 2);
        sequence.owner_oid = sequences.text(i, 3);
        contents.sequences.push_back(std::move(sequence));
    }
    const bool wants_objects = options.has_data && !options.excludes_large_objects &&
                               (!options.has_filters() || options.includes_large_objects);
    if (wants_objects) {
        COFRE_ASSIGN(const auto objects, session.query(ctx, "SELECT count(*) FROM pg_largeobject_metadata"));
        contents.large_objects = objects.number(0, 0);
    }
    return contents;
}

Status check_readable(const std::string& database, const PostgresContents& contents) {
    std::vector<std::string> refused;
    std::vector<std::string> hidden;
    for (const auto& table : contents.tables) {
        if (!table.is_readable) refused.push_back(table.name);
        if (table.is_readable && table.is_by_policy) hidden.push_back(table.name);
    }
    for (const auto& sequence : contents.sequences) {
        if (!sequence.is_readable) refused.push_back(sequence.name);
    }
    if (!refused.empty()) {
        return Error(ErrorCode::kPermissionDenied,
                     "database \"" + database + "\": this user may not read " + listed(refused))
            .with_hint(
                "as an administrator: GRANT pg_read_all_data TO <user> (PostgreSQL 14 and newer), or GRANT SELECT on "
                "all tables and sequences and USAGE on their schemas");
    }
    if (!hidden.empty()) {
        return Error(ErrorCode::kPermissionDenied,
                     "database \"" + database + "\": row level security hides rows of " + listed(hidden))
            .with_hint("as an administrator: ALTER ROLE <user> BYPASSRLS; a dump without these rows is no backup");
    }
    return {};
}

Result<std::vector<std::string>> list_databases(const CallContext& ctx, db::PostgresSession& session) {
    // What managed services keep for themselves, and let nobody into.
    constexpr std::string_view kQuery =
        "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate AND datconnlimit <> -2 "
        "AND datname NOT IN ('rdsadmin', 'cloudsqladmin', 'azure_maintenance', 'azure_sys', 'alloydbadmin') "
        "ORDER BY datname";
    COFRE_ASSIGN(const auto rows, session.query(ctx, std::string(kQuery)));
    std::vector<std::string> names;
    for (std::size_t i = 0; i < rows.size(); ++i)
        names.push_back(rows.text(i, 0));
    return names;
}

Result<DatabaseTraits> read_traits(const CallContext& ctx, db::PostgresSession& session, const std::string& database) {
    constexpr std::array kKeys = {"encoding",         "collate", "ctype",    "owner",    "comment",
                                  "connection_limit", "grants",  "settings", "provider", "locale"};
    const int version = session.version_number();
    std::string sql = R"(SELECT pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, pg_get_userbyid(d.datdba),
        shobj_description(d.oid, 'pg_database'), d.datconnlimit,
        (SELECT json_agg(json_build_array(CASE WHEN a.grantee = 0 THEN '' ELSE pg_get_userbyid(a.grantee)::text END,
                                          a.privilege_type, a.is_grantable)) FROM aclexplode(d.datacl) a),
        (SELECT json_agg(json_build_array(CASE WHEN s.setrole = 0 THEN '' ELSE pg_get_userbyid(s.setrole)::text END, v))
         FROM pg_db_role_setting s, unnest(s.setconfig) v WHERE s.setdatabase = d.oid))";
    sql += version >= 150000 ? ", d.datlocprovider" : ", 'c'";
    sql += version >= 170000 ? ", d.datlocale" : (version >= 150000 ? ", d.daticulocale" : ", NULL");
    sql += " FROM pg_database d WHERE d.datname = current_database()";
    COFRE_ASSIGN(const auto rows, session.query(ctx, sql));
    DatabaseTraits traits;
    traits.database = database;
    for (std::size_t column = 0; rows.size() == 1 && column < kKeys.size(); ++column) {
        if (!rows.is_null(0, column)) traits.values[kKeys.at(column)] = rows.text(0, column);
    }
    return traits;
}

}  // namespace cofre::dump
