#include "catalog/proof_store.h"

#include <utility>

#include "catalog/run_rows.h"
#include "catalog/sql_filter.h"

namespace cofre::catalog {
namespace {

constexpr const char* kProofColumnList =
    "id, run_id, job, target, snapshot_id, snapshot_ns, grade, good, started_ns, elapsed_ms, rpo_seconds, "
    "rto_seconds, files, bytes, problem_count, host, details";
constexpr std::size_t kProofColumns = 17;

db::SqlValue real_or_null(const std::optional<double>& number) {
    return number ? db::SqlValue(*number) : db::SqlValue();
}

Proof proof_of_row(const db::SqlRows& rows, std::size_t row) {
    Proof proof;
    std::size_t column = 0;
    proof.id = rows.text(row, column++);
    proof.run_id = rows.text(row, column++);
    proof.job = rows.text(row, column++);
    proof.target = rows.text(row, column++);
    proof.snapshot_id = rows.text(row, column++);
    proof.snapshot_time = rows.time(row, column++);
    proof.grade = rows.text(row, column++);
    proof.good = rows.number(row, column++) != 0;
    proof.started_at = rows.time(row, column++);
    proof.elapsed = std::chrono::milliseconds(rows.number(row, column++));
    proof.rpo_seconds = rows.optional_real(row, column++);
    proof.rto_seconds = rows.optional_real(row, column++);
    proof.files = rows.count(row, column++);
    proof.bytes = rows.count(row, column++);
    proof.problem_count = rows.count(row, column++);
    proof.host = rows.text(row, column++);
    proof.details = rows.text(row, column);
    return proof;
}

/// A listing proves that names are there, not that a backup comes back.
bool proves_content(const Proof& proof) {
    return proof.good && proof.grade != "list";
}

Status note_proven(db::SqlTransaction& db, const Proof& proof) {
    const auto proven = db::sql_time(proof.started_at + proof.elapsed);
    COFRE_TRY(
        db.execute("UPDATE backups SET proven_ns = $1 WHERE target = $2 AND snapshot_id = $3 "
                   "AND (proven_ns IS NULL OR proven_ns < $1)",
                   {proven, proof.target, proof.snapshot_id}));
    // The newest backup that is proven counts, not the latest proof.
    COFRE_TRY(
        db.execute("UPDATE jobs SET proven_ns = $1, proven_backup_ns = $2 WHERE job = $3 "
                   "AND (proven_backup_ns IS NULL OR proven_backup_ns < $2 "
                   "OR (proven_backup_ns = $2 AND proven_ns < $1))",
                   {proven, db::sql_time(proof.snapshot_time), proof.job}));
    return {};
}

}  // namespace

Result<bool> ProofStore::record(const CallContext& ctx, Proof proof) {
    if (proof.id.empty()) proof.id = new_id(proof.started_at);
    bool is_new = false;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        if (!proof.job.empty()) COFRE_TRY(lock_job(db, proof.job));
        COFRE_ASSIGN(
            const auto inserted,
            db.execute("INSERT INTO proofs (" + std::string(kProofColumnList) +
                           ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "
                           "$17) ON CONFLICT DO NOTHING",
                       {proof.id, db::sql_text_or_null(proof.run_id), proof.job, proof.target, proof.snapshot_id,
                        db::sql_time(proof.snapshot_time), proof.grade, std::int64_t{proof.good ? 1 : 0},
                        db::sql_time(proof.started_at), std::int64_t{proof.elapsed.count()},
                        real_or_null(proof.rpo_seconds), real_or_null(proof.rto_seconds), db::sql_count(proof.files),
                        db::sql_count(proof.bytes), db::sql_count(proof.problem_count),
                        db::sql_text_or_null(proof.host), db::sql_text_or_null(proof.details)}));
        is_new = is_new || inserted > 0;
        return proves_content(proof) ? note_proven(db, proof) : Status();
    }));
    return is_new;
}

Result<std::vector<Proof>> ProofStore::list(const CallContext& ctx, const ProofFilter& filter) {
    SqlFilter where;
    if (!filter.job.empty()) where.add("job = ?", {filter.job});
    if (!filter.grade.empty()) where.add("grade = ?", {filter.grade});
    if (filter.since) where.add("started_ns >= ?", {db::sql_time(*filter.since)});
    const std::string sql = "SELECT " + std::string(kProofColumnList) + " FROM proofs" + where.sql() +
                            " ORDER BY started_ns DESC, id DESC LIMIT " + std::to_string(filter.limit);
    std::vector<Proof> proofs;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
        proofs.clear();
        COFRE_ASSIGN(const auto rows, db.query(sql, kProofColumns, where.values()));
        for (std::size_t row = 0; row < rows.size(); ++row)
            proofs.push_back(proof_of_row(rows, row));
        return {};
    }));
    return proofs;
}

}  // namespace cofre::catalog
