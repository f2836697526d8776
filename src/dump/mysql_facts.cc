#include "dump/mysql_facts.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/number.h"
#include "base/units.h"
#include "base/utf8.h"
#include "dump/mysql_client.h"

namespace cofre::dump {
namespace {

using db::quote_mariadb_name;
using db::quote_mariadb_text;

std::string digest_of_column(const std::string& name, const std::string& type) {
    const std::string quoted = quote_mariadb_name(name);
    const auto is_one_of = [&](std::initializer_list<std::string_view> types) {
        return std::find(types.begin(), types.end(), type) != types.end();
    };
    std::string bytes;
    if (type.ends_with("text") || type.ends_with("blob") || type.ends_with("char") || type.ends_with("binary")) {
        bytes = quoted;
    } else if (type == "bit") {
        bytes = "CAST(" + quoted + " + 0 AS CHAR)";
    } else if (is_one_of({"geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
                          "geometrycollection", "geomcollection"})) {
        bytes = "ST_AsBinary(" + quoted + ")";
    } else {
        bytes = "CAST(" + quoted + " AS CHAR)";
    }
    return "IFNULL(SHA2(" + bytes + ", 256), '-')";
}

struct TableShape {
    std::string row_digest;
    std::vector<std::string> key;  // Quoted columns of the primary key.
};

Result<TableShape> shape_of(const CallContext& ctx, db::MariadbSession& session, const std::string& database,
                            const std::string& table) {
    const std::string where =
        " WHERE TABLE_SCHEMA = " + quote_mariadb_text(database) + " AND TABLE_NAME = " + quote_mariadb_text(table);
    COFRE_ASSIGN(const auto columns,
                 session.query(ctx, "SELECT COLUMN_NAME, DATA_TYPE FROM information_schema.COLUMNS" + where +
                                        " ORDER BY ORDINAL_POSITION"));
    TableShape shape;
    for (const auto& column : columns) {
        shape.row_digest += ", " + digest_of_column(column.at(0).value_or(""), column.at(1).value_or(""));
    }
    shape.row_digest = "SHA2(CONCAT_WS(','" + shape.row_digest + "), 256)";
    COFRE_ASSIGN(const auto keys, session.query(ctx, "SELECT COLUMN_NAME FROM information_schema.STATISTICS" + where +
                                                         " AND INDEX_NAME = 'PRIMARY' ORDER BY SEQ_IN_INDEX"));
    for (const auto& key : keys)
        shape.key.push_back(quote_mariadb_name(key.at(0).value_or("")));
    return shape;
}

std::string ordered(const std::vector<std::string>& key, std::string_view direction) {
    std::string text;
    for (const std::string& column : key)
        text.append(text.empty() ? " ORDER BY " : ", ").append(column).append(direction);
    return text;
}

std::string sample_statement(const TableShape& shape, const std::string& quoted_table, std::uint64_t rows,
                             std::uint64_t wanted) {
    const std::string select = "SELECT " + shape.row_digest + " AS d FROM " + quoted_table;
    std::string from = select;
    if (rows > wanted) {
        const std::uint64_t first = wanted - wanted / 2;
        from = "(" + select + ordered(shape.key, "") + " LIMIT " + std::to_string(first) + ") UNION ALL (" + select +
               ordered(shape.key, " DESC") + " LIMIT " + std::to_string(wanted / 2) + ")";
    }
    const auto slice = [](int at) {
        return "IFNULL(SUM(CAST(CONV(SUBSTRING(d, " + std::to_string(at) + ", 15), 16, 10) AS UNSIGNED)), 0)";
    };
    return "SELECT CONCAT_WS(':', COUNT(*), " + slice(1) + ", " + slice(16) + ") FROM (" + from + ") AS s";
}

std::string unquoted(const std::string& quoted) {
    std::string name;
    for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
        name += quoted[i];
        if (quoted[i] == '`') ++i;
    }
    return name;
}

class FactChecker {
public:
    FactChecker(const CallContext& ctx, db::MariadbSession& session, FactComparison& comparison)
        : ctx_(ctx), session_(session), comparison_(comparison) {}

    Status check(const TableFacts& fact, const std::string& database) {
        const std::string shown = escape_for_display(database) + "." + escape_for_display(fact.name);
        ++comparison_.tables;
        const auto rows = count_mysql_rows(ctx_, session_, database, fact.name);
        if (!rows) {
            if (rows.error().code() == ErrorCode::kNotFound) return differs(shown, "the table is missing");
            return rows.error();
        }
        comparison_.rows += *rows;
        if (*rows != fact.rows) {
            return differs(
                shown, format_count(fact.rows) + " rows at the time of the dump, " + format_count(*rows) + " restored");
        }
        if (fact.sample_query.empty()) return {};
        COFRE_TRY(session_.execute(ctx_, "USE " + quote_mariadb_name(database)));
        auto sample = session_.query_value(ctx_, fact.sample_query);
        if (!sample) {
            if (sample.error().code() != ErrorCode::kInvalidArgument) return std::move(sample).error();
            return differs(shown, "it cannot be sampled as before: " + sample.error().message());
        }
        ++comparison_.samples;
        if (sample->value_or("") == fact.sample) return {};
        return differs(shown, "the contents of " + format_count(fact.sampled_rows) + " sampled rows differ");
    }

private:
    Status differs(const std::string& table, const std::string& message) {
        constexpr std::size_t kMost = 100;
        if (comparison_.differences.size() < kMost) comparison_.differences.push_back({table, message});
        return {};
    }

    const CallContext& ctx_;
    db::MariadbSession& session_;
    FactComparison& comparison_;
};

}  // namespace

Result<std::uint64_t> count_mysql_rows(const CallContext& ctx, db::MariadbSession& session, const std::string& database,
                                       const std::string& quoted_table) {
    COFRE_ASSIGN(const auto value,
                 session.query_value(ctx, "SELECT COUNT(*) FROM " + quote_mariadb_name(database) + "." + quoted_table));
    const auto rows = parse_number<std::uint64_t>(value.value_or(""));
    if (!rows) return Error(ErrorCode::kInternal, "count rows: the server gave no number");
    return *rows;
}

Status take_mysql_sample(const CallContext& ctx, db::MariadbSession& session, std::uint64_t sample_rows,
                         TableFacts& fact) {
    COFRE_ASSIGN(const TableShape shape, shape_of(ctx, session, fact.database, unquoted(fact.name)));
    if (shape.key.empty() && fact.rows > sample_rows) return {};  // No order: other rows would come each time.
    const std::string statement = sample_statement(shape, fact.name, fact.rows, sample_rows);
    COFRE_TRY(session.execute(ctx, "USE " + quote_mariadb_name(fact.database)));
    COFRE_ASSIGN(const auto value, session.query_value(ctx, statement));
    fact.sample = value.value_or("");
    fact.sampled_rows = std::min(fact.rows, sample_rows);
    fact.sample_query = statement;
    return {};
}

std::string mysql_target_database(const DumpRecord& record, const RestoreRequest& request,
                                  const std::string& old_name) {
    const auto renamed = request.rename.find(old_name);
    if (renamed != request.rename.end()) return renamed->second;
    if (!request.into.database.empty() && record.databases.size() == 1) return request.into.database;
    return old_name;
}

Result<FactComparison> compare_mysql_facts(const CallContext& ctx, const DumpRecord& record,
                                           const RestoreRequest& restored) {
    COFRE_ASSIGN(auto session, open_mysql_session(ctx, restored.into, ""));
    FactComparison comparison;
    FactChecker checker(ctx, session, comparison);
    for (const TableFacts& fact : record.tables) {
        const auto& chosen = restored.databases;
        if (!chosen.empty() && std::find(chosen.begin(), chosen.end(), fact.database) == chosen.end()) continue;
        COFRE_TRY(checker.check(fact, mysql_target_database(record, restored, fact.database)));
    }
    return comparison;
}

}  // namespace cofre::dump
