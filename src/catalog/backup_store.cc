#include "catalog/backup_store.h"

#include <algorithm>
#include <set>

#include "catalog/run_rows.h"
#include "catalog/sql_filter.h"

namespace cofre::catalog {
namespace {

constexpr const char* kBackupColumnList =
    "target, snapshot_id, object_key, layout, job, host, run_id, made_ns, files, bytes, bytes_stored, complete, "
    "proven_ns, deleted_ns, pinned";
constexpr std::size_t kBackupColumns = 15;

Backup backup_of_row(const db::SqlRows& rows, std::size_t row) {
    Backup backup;
    std::size_t column = 0;
    backup.target = rows.text(row, column++);
    backup.snapshot_id = rows.text(row, column++);
    backup.object_key = rows.text(row, column++);
    backup.layout = rows.text(row, column++);
    backup.job = rows.text(row, column++);
    backup.host = rows.text(row, column++);
    backup.run_id = rows.text(row, column++);
    backup.made_at = rows.time(row, column++);
    backup.files = rows.count(row, column++);
    backup.bytes = rows.count(row, column++);
    backup.bytes_stored = rows.count(row, column++);
    backup.complete = rows.number(row, column++) != 0;
    backup.proven_at = rows.optional_time(row, column++);
    backup.deleted_at = rows.optional_time(row, column++);
    backup.pinned = rows.number(row, column) != 0;
    return backup;
}

Result<std::uint64_t> delete_row(db::SqlTransaction& db, const std::string& target, const std::string& snapshot_id,
                                 WallTime at) {
    return db.execute(
        "UPDATE backups SET deleted_ns = $1 WHERE target = $2 AND snapshot_id = $3 AND deleted_ns IS NULL",
        {db::sql_time(at), target, snapshot_id});
}

}  // namespace

Result<bool> BackupStore::record(const CallContext& ctx, const Backup& backup) {
    bool is_new = false;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_ASSIGN(const bool inserted, write_backup(db, backup));
        is_new = is_new || inserted;
        return {};
    }));
    return is_new;
}

Status BackupStore::mark_deleted(const CallContext& ctx, const std::string& target, const std::string& snapshot_id,
                                 WallTime at) {
    return database_.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_TRY(delete_row(db, target, snapshot_id, at));
        return {};
    });
}

Result<std::uint64_t> BackupStore::mark_absent(const CallContext& ctx, const std::string& target,
                                               const std::vector<std::string>& present, WallTime at) {
    const std::set<std::string_view> known(present.begin(), present.end());
    std::uint64_t marked = 0;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        marked = 0;
        // What was made after the listing began cannot be in it.
        COFRE_ASSIGN(const auto rows,
                     db.query("SELECT snapshot_id FROM backups WHERE target = $1 AND deleted_ns IS NULL "
                              "AND made_ns < $2",
                              1, {target, db::sql_time(at)}));
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const auto id = rows.text(row, 0);
            if (known.count(id) != 0) continue;
            COFRE_ASSIGN(const auto changed, delete_row(db, target, id, at));
            marked += changed;
        }
        return {};
    }));
    return marked;
}

Status BackupStore::set_pinned(const CallContext& ctx, const std::string& target, const std::string& snapshot_id,
                               bool pinned) {
    return database_.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_ASSIGN(const auto changed,
                     db.execute("UPDATE backups SET pinned = $1 WHERE target = $2 AND snapshot_id = $3",
                                {std::int64_t{pinned ? 1 : 0}, target, snapshot_id}));
        if (changed == 1) return {};
        return Error(ErrorCode::kNotFound, "the catalog has no backup " + snapshot_id + " in " + target);
    });
}

Result<std::vector<Backup>> BackupStore::list(const CallContext& ctx, const BackupFilter& filter) {
    SqlFilter where;
    if (!filter.job.empty()) where.add("job = ?", {filter.job});
    if (!filter.target.empty()) where.add("target = ?", {filter.target});
    if (!filter.deleted_too) where.add("deleted_ns IS NULL", {});
    if (filter.before) where.add("made_ns < ?", {db::sql_time(*filter.before)});
    const std::string sql = "SELECT " + std::string(kBackupColumnList) + " FROM backups" + where.sql() +
                            " ORDER BY made_ns DESC, snapshot_id LIMIT " + std::to_string(filter.limit);
    std::vector<Backup> backups;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
        backups.clear();
        COFRE_ASSIGN(const auto rows, db.query(sql, kBackupColumns, where.values()));
        for (std::size_t row = 0; row < rows.size(); ++row)
            backups.push_back(backup_of_row(rows, row));
        return {};
    }));
    return backups;
}

Result<std::vector<TargetTotals>> BackupStore::totals(const CallContext& ctx) {
    std::vector<TargetTotals> totals;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
        totals.clear();
        COFRE_ASSIGN(const auto rows,
                     db.query("SELECT target, COUNT(*), SUM(bytes), SUM(bytes_stored), MAX(made_ns) FROM backups "
                              "WHERE deleted_ns IS NULL GROUP BY target ORDER BY target",
                              5));
        for (std::size_t row = 0; row < rows.size(); ++row) {
            totals.push_back({.target = rows.text(row, 0),
                              .backups = rows.count(row, 1),
                              .bytes = rows.count(row, 2),
                              .bytes_stored = rows.count(row, 3),
                              .newest = rows.optional_time(row, 4)});
        }
        return {};
    }));
    return totals;
}

}  // namespace cofre::catalog
