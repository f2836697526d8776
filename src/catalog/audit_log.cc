#include "catalog/audit_log.h"

#include "catalog/run_rows.h"
#include "catalog/sql_filter.h"

namespace cofre::catalog {

Status AuditLog::append(const CallContext& ctx, AuditEntry entry) {
    entry.id = new_id(entry.at);
    return database_.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_TRY(
            db.execute("INSERT INTO audit_log (id, at_ns, who, what, subject, details) "
                       "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
                       {entry.id, db::sql_time(entry.at), entry.who, entry.what, db::sql_text_or_null(entry.subject),
                        db::sql_text_or_null(entry.details)}));
        return {};
    });
}

Result<std::vector<AuditEntry>> AuditLog::list(const CallContext& ctx, const AuditFilter& filter) {
    SqlFilter where;
    if (!filter.who.empty()) where.add("who = ?", {filter.who});
    if (!filter.what.empty()) where.add("what = ?", {filter.what});
    if (!filter.subject.empty()) where.add("subject = ?", {filter.subject});
    if (filter.since) where.add("at_ns >= ?", {db::sql_time(*filter.since)});
    if (!filter.after_id.empty()) where.add("id < ?", {filter.after_id});
    const std::string sql = "SELECT id, at_ns, who, what, subject, details FROM audit_log" + where.sql() +
                            " ORDER BY id DESC LIMIT " + std::to_string(filter.limit);
    std::vector<AuditEntry> entries;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
        entries.clear();
        COFRE_ASSIGN(const auto rows, db.query(sql, 6, where.values()));
        for (std::size_t row = 0; row < rows.size(); ++row) {
            entries.push_back({.id = rows.text(row, 0),
                               .at = rows.time(row, 1),
                               .who = rows.text(row, 2),
                               .what = rows.text(row, 3),
                               .subject = rows.text(row, 4),
                               .details = rows.text(row, 5)});
        }
        return {};
    }));
    return entries;
}

}  // namespace cofre::catalog
