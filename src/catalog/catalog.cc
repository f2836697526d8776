#include "catalog/catalog.h"

#include <utility>

#include "catalog/schema.h"

namespace cofre::catalog {
namespace {

constexpr std::uint64_t kPruneBatch = 1000;

/// Deletes in batches until there is nothing left or `limit` is reached.
/// `sql` has the cutoff as $1 and ends in "LIMIT ".
Result<std::uint64_t> prune_batches(db::SqlDatabase& database, const CallContext& ctx, const std::string& sql,
                                    WallTime cutoff, std::uint64_t limit) {
    std::uint64_t removed = 0;
    while (removed < limit) {
        const auto batch = std::min(kPruneBatch, limit - removed);
        std::uint64_t changed = 0;
        COFRE_TRY(database.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
            COFRE_ASSIGN(changed, db.execute(sql + std::to_string(batch) + ")", {db::sql_time(cutoff)}));
            return {};
        }));
        removed += changed;
        if (changed < batch) break;
    }
    return removed;
}

Status read_size(db::SqlTransaction& db, CatalogInfo& info) {
    if (db.engine() == db::SqlEngine::kSqlite) {
        COFRE_ASSIGN(const auto pages, db.query("PRAGMA page_count", 1));
        COFRE_ASSIGN(const auto size, db.query("PRAGMA page_size", 1));
        info.bytes = pages.count(0, 0) * size.count(0, 0);
        return {};
    }
    for (const auto table : table_names()) {
        COFRE_ASSIGN(const auto size, db.query("SELECT pg_total_relation_size($1)", 1, {std::string(table)}));
        info.bytes += size.count(0, 0);
    }
    return {};
}

}  // namespace

Catalog::Catalog(std::unique_ptr<db::SqlDatabase> database, Owner owner)
    : database_(std::move(database)),
      runs_(*database_, std::move(owner)),
      history_(*database_),
      jobs_(*database_),
      proofs_(*database_),
      backups_(*database_),
      notifications_(*database_),
      audit_(*database_) {}

Result<std::unique_ptr<Catalog>> Catalog::open(const CallContext& ctx, const db::SqlUrl& url, db::SqlOptions options) {
    return open_as(ctx, url, Owner::self(), options);
}

Result<std::unique_ptr<Catalog>> Catalog::open_as(const CallContext& ctx, const db::SqlUrl& url, Owner owner,
                                                  db::SqlOptions options) {
    auto database = db::SqlDatabase::open(ctx, url, options);
    if (!database) return std::move(database).error().context("open the catalog");
    if (auto migrated = db::migrate(ctx, **database, schema_steps()); !migrated) {
        return std::move(migrated).error().context("open the catalog");
    }
    return std::unique_ptr<Catalog>(new Catalog(*std::move(database), std::move(owner)));
}

Result<std::optional<std::string>> Catalog::setting(const CallContext& ctx, const std::string& key) {
    std::optional<std::string> value;
    COFRE_TRY(database_->transact(ctx, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
        COFRE_ASSIGN(const auto rows, db.query("SELECT value FROM settings WHERE name = $1", 1, {key}));
        value = rows.empty() ? std::nullopt : std::optional(rows.text(0, 0));
        return {};
    }));
    return value;
}

Status Catalog::set_setting(const CallContext& ctx, const std::string& key, const std::string& value, WallTime now) {
    return database_->transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_TRY(
            db.execute("INSERT INTO settings (name, value, changed_ns) VALUES ($1, $2, $3) ON CONFLICT (name) "
                       "DO UPDATE SET value = excluded.value, changed_ns = excluded.changed_ns",
                       {key, value, db::sql_time(now)}));
        return {};
    });
}

Result<PruneOutcome> Catalog::prune(const CallContext& ctx, WallTime cutoff, std::uint64_t max_runs) {
    PruneOutcome outcome;
    COFRE_ASSIGN(outcome.runs,
                 prune_batches(*database_, ctx,
                               "DELETE FROM runs WHERE id IN (SELECT r.id FROM runs r WHERE r.claimed_ns < $1 "
                               "AND r.ended_ns IS NOT NULL AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.job = r.job "
                               "AND (j.last_run_id = r.id OR j.last_success_id = r.id)) "
                               "ORDER BY r.claimed_ns LIMIT ",
                               cutoff, max_runs));
    COFRE_ASSIGN(outcome.notifications,
                 prune_batches(*database_, ctx,
                               "DELETE FROM notifications WHERE id IN (SELECT n.id FROM notifications n "
                               "WHERE n.created_ns < $1 AND n.state <> 'queued' ORDER BY n.created_ns LIMIT ",
                               cutoff, max_runs));
    return outcome;
}

Result<CatalogInfo> Catalog::info(const CallContext& ctx) {
    CatalogInfo info;
    info.url = database_->url().display();
    COFRE_ASSIGN(info.schema_version, db::schema_version(ctx, *database_));
    COFRE_TRY(database_->transact(ctx, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
        info.bytes = 0;
        for (const auto table : table_names()) {
            COFRE_ASSIGN(const auto rows, db.query("SELECT COUNT(*) FROM " + std::string(table), 1));
            info.rows[std::string(table)] = rows.count(0, 0);
        }
        return read_size(db, info);
    }));
    return info;
}

}  // namespace cofre::catalog
