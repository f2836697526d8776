#include "dump/sqlite_facts.h"

#include <algorithm>

#include "base/number.h"
#include "base/units.h"
#include "base/utf8.h"
#include "crypto/digest.h"

namespace cofre::dump {
namespace {

Result<std::uint64_t> count_sqlite_rows(const CallContext& ctx, SqliteDatabase& database, const std::string& table) {
    COFRE_ASSIGN(const auto rows, database.query(ctx, "SELECT count(*) FROM " + table));
    return parse_number<std::uint64_t>(rows.at(0).at(0).value_or("")).value_or(0);
}

Result<std::string> digest_of_query(const CallContext& ctx, SqliteDatabase& database, const std::string& sql) {
    crypto::Sha256 hash;
    COFRE_TRY(database.for_each(ctx, sql, [&](const SqliteRow& row) -> Status {
        hash.update(row.at(0).value_or("") + "\n");
        return {};
    }));
    return hash.finish().hex();
}

std::string sqlite_text(const std::string& text) {
    std::string quoted = "'";
    for (const char c : text)
        quoted += c == '\'' ? std::string("''") : std::string(1, c);
    return quoted + "'";
}

Result<std::string> sample_query_for(const CallContext& ctx, SqliteDatabase& database, const std::string& table,
                                     std::uint64_t limit) {
    COFRE_ASSIGN(const auto columns, database.query(ctx, "SELECT name, pk FROM pragma_table_info(" +
                                                             sqlite_text(table) + ") ORDER BY cid"));
    std::string values;
    std::vector<std::pair<std::uint64_t, std::string>> key;
    for (const auto& column : columns) {
        const std::string name = quote_sqlite_name(column.at(0).value_or(""));
        values += (values.empty() ? "quote(" : "||','||quote(") + name + ")";
        const auto rank = parse_number<std::uint64_t>(column.at(1).value_or("0")).value_or(0);
        if (rank > 0) key.emplace_back(rank, name);
    }
    std::sort(key.begin(), key.end());
    std::string order;
    for (const auto& [rank, name] : key)
        order += (order.empty() ? "" : ", ") + name;
    if (order.empty()) order = "rowid";
    return "SELECT " + values + " FROM " + quote_sqlite_name(table) + " ORDER BY " + order + " LIMIT " +
           std::to_string(limit);
}

}  // namespace

Result<std::vector<TableFacts>> take_sqlite_facts(const CallContext& ctx, SqliteDatabase& database,
                                                  const std::string& name, std::uint64_t sample_rows) {
    COFRE_ASSIGN(const auto tables,
                 database.query(ctx,
                                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%'"
                                " ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"));
    std::vector<TableFacts> facts;
    for (const auto& row : tables) {
        const std::string table = row.at(0).value_or("");
        TableFacts fact;
        fact.database = name;
        fact.name = quote_sqlite_name(table);
        COFRE_ASSIGN(fact.rows, count_sqlite_rows(ctx, database, fact.name));
        if (sample_rows > 0) {
            COFRE_ASSIGN(const std::string statement, sample_query_for(ctx, database, table, sample_rows));
            COFRE_ASSIGN(fact.sample, digest_of_query(ctx, database, statement));
            fact.sample_query = statement;
            fact.sampled_rows = std::min(fact.rows, sample_rows);
        }
        facts.push_back(std::move(fact));
    }
    return facts;
}

Result<FactComparison> compare_sqlite_facts(const CallContext& ctx, SqliteDatabase& database,
                                            const std::vector<TableFacts>& facts) {
    constexpr std::size_t kMost = 100;
    FactComparison comparison;
    for (const TableFacts& fact : facts) {
        ++comparison.tables;
        std::string wrong;
        const auto rows = count_sqlite_rows(ctx, database, fact.name);
        if (!rows) {
            if (rows.error().code() != ErrorCode::kInvalidArgument) return rows.error();
            wrong = "it cannot be counted: " + rows.error().message();
        } else {
            comparison.rows += *rows;
            if (*rows != fact.rows) {
                wrong = format_count(fact.rows) + " rows at the time of the dump, " + format_count(*rows) + " restored";
            } else if (!fact.sample_query.empty()) {
                COFRE_ASSIGN(const std::string sample, digest_of_query(ctx, database, fact.sample_query));
                ++comparison.samples;
                if (sample != fact.sample) {
                    wrong = "the contents of " + format_count(fact.sampled_rows) + " sampled rows differ";
                }
            }
        }
        if (!wrong.empty() && comparison.differences.size() < kMost) {
            comparison.differences.push_back({escape_for_display(fact.name), wrong});
        }
    }
    return comparison;
}

}  // namespace cofre::dump
