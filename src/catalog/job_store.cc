#include "catalog/job_store.h"

#include <algorithm>

#include "catalog/run_rows.h"

namespace cofre::catalog {
namespace {

constexpr std::size_t kJobColumns = 7;

std::string job_query(std::string_view where) {
    return "SELECT j.job, j.paused_ns, j.pause_reason, j.last_due_ns, j.failures_in_row, j.proven_ns, "
           "j.proven_backup_ns, " +
           run_columns("l") + ", " + run_columns("s") +
           " FROM jobs j LEFT JOIN runs l ON l.id = j.last_run_id LEFT JOIN runs s ON s.id = j.last_success_id " +
           std::string(where) + " ORDER BY j.job";
}

JobState job_of(const db::SqlRows& rows, std::size_t row) {
    JobState job;
    std::size_t column = 0;
    job.job = rows.text(row, column++);
    job.paused_at = rows.optional_time(row, column++);
    job.pause_reason = rows.text(row, column++);
    job.last_due_at = rows.optional_time(row, column++);
    job.failures_in_row = rows.count(row, column++);
    job.last_proven_at = rows.optional_time(row, column++);
    job.last_proven_backup = rows.optional_time(row, column++);
    if (!rows.is_null(row, column)) job.last_run = run_of(rows, row, column);
    column += kRunColumns;
    if (!rows.is_null(row, column)) job.last_success = run_of(rows, row, column);
    return job;
}

}  // namespace

Result<std::vector<JobState>> JobStore::list(const CallContext& ctx) {
    std::vector<JobState> jobs;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
        jobs.clear();
        COFRE_ASSIGN(const auto rows, db.query(job_query(""), kJobColumns + 2 * kRunColumns));
        for (std::size_t row = 0; row < rows.size(); ++row)
            jobs.push_back(job_of(rows, row));
        // The database's order of text may be another than that of bytes.
        std::sort(jobs.begin(), jobs.end(), [](const auto& a, const auto& b) { return a.job < b.job; });
        COFRE_ASSIGN(const auto active, db.query(active_query().sql, kRunColumns));
        for (std::size_t row = 0; row < active.size(); ++row) {
            auto run = run_of(active, row);
            const auto at =
                std::lower_bound(jobs.begin(), jobs.end(), run.job,
                                 [](const JobState& one, const std::string& name) { return one.job < name; });
            if (at != jobs.end() && at->job == run.job) at->active_run = std::move(run);
        }
        return {};
    }));
    return jobs;
}

Result<JobState> JobStore::find(const CallContext& ctx, const std::string& job) {
    JobState state;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
        COFRE_ASSIGN(const auto rows, db.query(job_query("WHERE j.job = $1"), kJobColumns + 2 * kRunColumns, {job}));
        state = rows.empty() ? JobState() : job_of(rows, 0);
        state.job = job;
        COFRE_ASSIGN(const auto active, db.query(active_of_job_query(job).sql, kRunColumns, {job}));
        if (!active.empty()) state.active_run = run_of(active, 0);
        return {};
    }));
    return state;
}

Status JobStore::pause(const CallContext& ctx, const std::string& job, const std::string& reason, WallTime now) {
    return database_.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_TRY(lock_job(db, job));
        COFRE_TRY(db.execute("UPDATE jobs SET paused_ns = $1, pause_reason = $2 WHERE job = $3",
                             {db::sql_time(now), db::sql_text_or_null(reason), job}));
        return {};
    });
}

Status JobStore::resume(const CallContext& ctx, const std::string& job) {
    return database_.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_TRY(db.execute("UPDATE jobs SET paused_ns = NULL, pause_reason = NULL WHERE job = $1", {job}));
        return {};
    });
}

Status JobStore::note_due(const CallContext& ctx, const std::string& job, WallTime due_at) {
    return database_.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_TRY(lock_job(db, job));
        COFRE_TRY(
            db.execute("UPDATE jobs SET last_due_ns = $1 WHERE job = $2 AND (last_due_ns IS NULL OR last_due_ns < $1)",
                       {db::sql_time(due_at), job}));
        return {};
    });
}

}  // namespace cofre::catalog
