#include "dump/postgres_facts.h"

#include <string_view>

#include "base/units.h"

namespace cofre::dump {
namespace {

/// Up to here a table without a key is sorted by its text.
constexpr std::uint64_t kSmallTable = 8_MiB;
// No column has this name: then it would stand for the column and not for the row.
constexpr std::string_view kRowAlias = "\"cofre:row\"";

}  // namespace

Status fix_text_forms(const CallContext& ctx, db::PostgresSession& session) {
    COFRE_TRY(session.query(
        ctx,
        "SELECT set_config('datestyle', 'ISO, YMD', false), set_config('intervalstyle', 'postgres', false), "
        "set_config('timezone', 'UTC', false), set_config('extra_float_digits', '1', false), "
        "set_config('bytea_output', 'hex', false), set_config('lc_monetary', 'C', false), "
        "set_config('lc_numeric', 'C', false), set_config('search_path', '', false), "
        "set_config('row_security', 'off', false)"));
    return {};
}

std::optional<std::string> sample_query_of(const PostgresTable& table, std::uint64_t rows) {
    if (rows == 0 || (table.order.empty() && table.bytes > kSmallTable)) return std::nullopt;
    const std::string alias(kRowAlias);
    const std::string order = table.order.empty() ? alias + "::text COLLATE \"C\"" : table.order;
    return "SELECT count(*), md5(string_agg(r.digest, '')) FROM (SELECT md5(" + alias + "::text) AS digest FROM ONLY " +
           table.name + " AS " + alias + " ORDER BY " + order + " LIMIT " + std::to_string(rows) + ") AS r";
}

Result<TableFacts> take_facts(const CallContext& ctx, db::PostgresSession& session, const std::string& database,
                              const PostgresTable& table, std::uint64_t sample_rows) {
    TableFacts facts;
    facts.database = database;
    facts.name = table.name;
    COFRE_ASSIGN(const auto counted, session.query(ctx, "SELECT count(*) FROM ONLY " + table.name));
    facts.rows = counted.number(0, 0);
    const auto query = sample_query_of(table, sample_rows);
    if (!query || facts.rows == 0) return facts;
    COFRE_TRY(session.query(ctx, "SAVEPOINT cofre_sample"));
    const auto sampled = session.query(ctx, *query);
    if (!sampled) {
        const auto code = sampled.error().code();
        const bool is_lost =
            code == ErrorCode::kUnavailable || code == ErrorCode::kCancelled || code == ErrorCode::kDeadlineExceeded;
        if (is_lost) return sampled.error();
        COFRE_TRY(session.query(ctx, "ROLLBACK TO SAVEPOINT cofre_sample"));
        return facts;
    }
    COFRE_TRY(session.query(ctx, "RELEASE SAVEPOINT cofre_sample"));
    facts.sampled_rows = sampled->number(0, 0);
    facts.sample = sampled->text(0, 1);
    facts.sample_query = *query;
    return facts;
}

}  // namespace cofre::dump
