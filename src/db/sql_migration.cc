#include "db/sql_migration.h"

#include <string>

#include "base/check.h"
#include "base/clock.h"

namespace cofre::db {
namespace {

/// Any number that other programs do not happen to use ("cofre" in ASCII).
constexpr std::int64_t kMigrationLock = 0x636f667265;

Status check_not_newer(int found, int known, const SqlUrl& url) {
    if (found <= known) return {};
    return Error(ErrorCode::kUnsupported, url.display() + " has a schema of version " + std::to_string(found) +
                                              ", and this program knows up to " + std::to_string(known))
        .with_hint("use the newer cofre that made it; an older one could damage it");
}

Result<bool> has_versions(SqlTransaction& db) {
    const bool is_sqlite = db.engine() == SqlEngine::kSqlite;
    // Not to_regclass(): within a transaction it may still answer from before we waited for the lock.
    COFRE_ASSIGN(const auto rows, db.query(is_sqlite ? "SELECT 1 FROM sqlite_master WHERE name = 'cofre_schema'"
                                                     : "SELECT 1 FROM pg_class WHERE relname = 'cofre_schema' "
                                                       "AND pg_table_is_visible(oid)",
                                           1));
    return !rows.empty();
}

Result<int> read_version(SqlTransaction& db) {
    COFRE_ASSIGN(const bool known, has_versions(db));
    if (!known) return 0;
    COFRE_ASSIGN(const auto rows, db.query("SELECT COALESCE(MAX(version), 0) FROM cofre_schema", 1));
    return static_cast<int>(rows.number(0, 0));
}

Status apply_step(SqlTransaction& db, const SqlMigration& step) {
    for (const auto& statement : step.statements) {
        const auto sql = db.engine() == SqlEngine::kSqlite ? statement.sqlite : statement.postgres;
        if (sql.empty()) continue;
        if (auto done = db.execute(sql); !done) {
            return std::move(done).error().context("step " + std::to_string(step.version) + " (" +
                                                   std::string(step.name) + ")");
        }
    }
    COFRE_TRY(db.execute("INSERT INTO cofre_schema (version, name, applied_ns) VALUES ($1, $2, $3)",
                         {std::int64_t{step.version}, std::string(step.name), sql_time(system_clock().wall_now())}));
    return {};
}

}  // namespace

Result<int> schema_version(const CallContext& ctx, SqlDatabase& database) {
    int version = 0;
    COFRE_TRY(database.transact(ctx, SqlAccess::kRead, [&](SqlTransaction& db) -> Status {
        COFRE_ASSIGN(version, read_version(db));
        return {};
    }));
    return version;
}

Result<int> migrate(const CallContext& ctx, SqlDatabase& database, std::span<const SqlMigration> steps) {
    const int known = static_cast<int>(steps.size());
    for (int i = 0; i < known; ++i)
        COFRE_CHECK(steps[static_cast<std::size_t>(i)].version == i + 1);
    // Most often there is nothing to do: then nobody is made to wait.
    COFRE_ASSIGN(int before, schema_version(ctx, database));
    COFRE_TRY(check_not_newer(before, known, database.url()));
    if (before == known) return before;
    const Status done = database.transact(ctx, SqlAccess::kWrite, [&](SqlTransaction& db) -> Status {
        if (db.engine() == SqlEngine::kPostgres) {
            COFRE_TRY(db.execute("SET LOCAL statement_timeout = 0"));
            COFRE_TRY(db.execute("SET LOCAL lock_timeout = 0"));
            COFRE_TRY(db.query("SELECT pg_advisory_xact_lock($1)", 1, {kMigrationLock}));
        }
        COFRE_ASSIGN(before, read_version(db));
        COFRE_TRY(check_not_newer(before, known, database.url()));
        COFRE_TRY(
            db.execute("CREATE TABLE IF NOT EXISTS cofre_schema (version BIGINT PRIMARY KEY, "
                       "name TEXT NOT NULL, applied_ns BIGINT NOT NULL)"));
        for (const auto& step : steps) {
            if (step.version > before) COFRE_TRY(apply_step(db, step));
        }
        return {};
    });
    if (!done) return Error(done.error()).context("bring the schema of " + database.url().display() + " up to date");
    return before;
}

}  // namespace cofre::db
