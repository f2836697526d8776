// What a dump of PostgreSQL is worth: whether its files can be read to the end,
// and whether a restored copy says what the original said.

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "base/number.h"
#include "base/utf8.h"
#include "dump/postgres_client.h"
#include "dump/postgres_connection.h"
#include "dump/postgres_facts.h"
#include "dump/postgres_pump.h"
#include "dump/postgres_restore.h"

namespace cofre::dump {
namespace {

constexpr std::size_t kMaxDifferences = 100;
constexpr std::string_view kReadOnly = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
constexpr std::string_view kAssertionTimeout = "SET LOCAL statement_timeout = '300s'";

Status parse_file(const CallContext& ctx, const DumpFile& file, DumpFiles& files, const PostgresClient& client,
                  RestoreProgress& progress) {
    COFRE_ASSIGN(auto reader, files.open(ctx, file.name));
    if (file.format == "custom") {
        Status parsed = run_pg_restore(ctx, client, DatabaseAddress(), {"--file=/dev/null"}, *reader, progress);
        if (parsed || parsed.error().code() != ErrorCode::kInvalidArgument) return parsed;
        return Error(ErrorCode::kCorruption, parsed.error().message());
    }
    ScriptInput input(*reader, {}, progress.bytes_done);
    COFRE_TRY(input.drain());
    return input.check_ends();
}

bool is_wanted(const TableFacts& facts, const RestoreRequest& restored) {
    if (restored.tables.empty() && restored.schemas.empty()) return true;
    const auto has = [](const std::vector<std::string>& names, const std::string& name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    return has(restored.tables, facts.name) ||
           std::any_of(restored.schemas.begin(), restored.schemas.end(), [&](const std::string& schema) {
               return facts.name.starts_with(schema + ".") || facts.name.starts_with("\"" + schema + "\".");
           });
}

/// Compares the tables of one database, in one transaction.
class FactCheck {
public:
    FactCheck(const CallContext& ctx, db::PostgresSession& session, FactComparison& comparison)
        : ctx_(ctx), session_(session), comparison_(comparison) {}

    Status check(const TableFacts& facts) {
        ++comparison_.tables;
        COFRE_TRY(session_.query(ctx_, "SAVEPOINT cofre_fact"));
        auto counted = session_.query(ctx_, "SELECT count(*) FROM ONLY " + facts.name);
        if (!counted) return differs_by_error(facts, counted.error());
        const auto rows = counted->number(0, 0);
        comparison_.rows += rows;
        if (rows != facts.rows) {
            add(facts,
                std::to_string(facts.rows) + " rows at the time of the dump, " + std::to_string(rows) + " restored");
            return {};
        }
        if (facts.sampled_rows == 0) return {};
        auto sampled = session_.query(ctx_, facts.sample_query);
        if (!sampled) return differs_by_error(facts, sampled.error());
        ++comparison_.samples;
        if (sampled->size() != 1 || sampled->text(0, 1) != facts.sample) {
            add(facts, "the first " + std::to_string(facts.sampled_rows) + " rows differ from those of the dump");
        }
        return {};
    }

private:
    Status differs_by_error(const TableFacts& facts, const Error& error) {
        const bool is_ours = error.code() == ErrorCode::kUnavailable || error.code() == ErrorCode::kCancelled ||
                             error.code() == ErrorCode::kDeadlineExceeded;
        if (is_ours) return Error(error);
        COFRE_TRY(session_.query(ctx_, "ROLLBACK TO SAVEPOINT cofre_fact"));
        add(facts, error.message());
        return {};
    }

    void add(const TableFacts& facts, std::string message) {
        if (comparison_.differences.size() == kMaxDifferences) return;
        comparison_.differences.push_back({facts.database + ": " + facts.name, std::move(message)});
    }

    const CallContext& ctx_;
    db::PostgresSession& session_;
    FactComparison& comparison_;
};

}  // namespace

Status parse_postgres(const CallContext& ctx, const DumpRecord& record, DumpFiles& files, RestoreProgress& progress) {
    PostgresClient client;
    const bool has_archive = std::any_of(record.files.begin(), record.files.end(),
                                         [](const DumpFile& file) { return file.format == "custom"; });
    if (has_archive) {
        const auto tool = parse_postgres_version(record.tool_version);
        COFRE_ASSIGN(client,
                     find_postgres_client(ctx, {.server_major = tool ? tool->major : 0, .program = "pg_restore"}));
    }
    for (const auto& file : record.files) {
        if (Status parsed = parse_file(ctx, file, files, client, progress); !parsed) {
            return std::move(parsed).error().context("read " + escape_for_display(file.name));
        }
        ++progress.files_done;
    }
    return {};
}

Result<FactComparison> compare_postgres(const CallContext& ctx, const DumpRecord& record,
                                        const RestoreRequest& restored) {
    FactComparison comparison;
    COFRE_ASSIGN(const auto names, restored_names(record, restored));
    for (const auto& name : names) {
        COFRE_ASSIGN(auto session, open_postgres(ctx, restored.into, name.target));
        COFRE_TRY(fix_text_forms(ctx, *session));
        COFRE_TRY(session->query(ctx, std::string(kReadOnly)));
        FactCheck check(ctx, *session, comparison);
        for (const auto& facts : record.tables) {
            if (facts.database != name.source || !is_wanted(facts, restored)) continue;
            COFRE_TRY(check.check(facts));
        }
    }
    return comparison;
}

Result<bool> check_postgres_assertion(const CallContext& ctx, const DatabaseAddress& address, const std::string& sql) {
    COFRE_ASSIGN(auto session, open_postgres(ctx, address, address.database.empty() ? "postgres" : address.database));
    COFRE_TRY(session->query(ctx, "RESET search_path"));
    COFRE_TRY(session->query(ctx, std::string(kReadOnly)));
    COFRE_TRY(session->query(ctx, std::string(kAssertionTimeout)));
    auto rows = session->query(ctx, sql);
    if (!rows) return std::move(rows).error().context("assertion");
    if (rows->size() != 1) return false;
    const auto text = rows->text(0, 0);
    if (text == "t" || text == "true") return true;
    const auto number = parse_number<double>(text);
    return number.has_value() && *number != 0;
}

Status query_postgres_texts(const CallContext& ctx, const DatabaseAddress& address, const std::string& sql,
                            const TextVisitor& visit) {
    COFRE_ASSIGN(auto session, open_postgres(ctx, address, address.database.empty() ? "postgres" : address.database));
    COFRE_TRY(session->query(ctx, "RESET search_path"));
    COFRE_TRY(session->query(ctx, std::string(kReadOnly)));
    // Page by page: the answer may have a million rows.
    COFRE_TRY(session->query(ctx, "DECLARE cofre_texts NO SCROLL CURSOR FOR " + sql));
    for (;;) {
        COFRE_ASSIGN(const auto rows, session->query(ctx, "FETCH 10000 FROM cofre_texts"));
        if (rows.size() == 0) return {};
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (!rows.is_null(i, 0)) COFRE_TRY(visit(rows.text(i, 0)));
        }
    }
}

}  // namespace cofre::dump
