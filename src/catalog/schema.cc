#include "catalog/schema.h"

namespace cofre::catalog {
namespace {

// Sums over runs; the same in both tables of totals. See run_totals.cc.
#define COFRE_TOTALS_COLUMNS                                                               \
    "runs BIGINT NOT NULL, succeeded BIGINT NOT NULL, partial BIGINT NOT NULL, "           \
    "failed BIGINT NOT NULL, interrupted BIGINT NOT NULL, cancelled BIGINT NOT NULL, "     \
    "skipped BIGINT NOT NULL, files BIGINT NOT NULL, bytes_read BIGINT NOT NULL, "         \
    "bytes_stored BIGINT NOT NULL, warnings BIGINT NOT NULL, elapsed_ms BIGINT NOT NULL, " \
    "longest_ms BIGINT NOT NULL, cpu_ms BIGINT NOT NULL"

std::vector<db::SqlText> run_tables() {
    return {
        {"CREATE TABLE jobs (job TEXT PRIMARY KEY, paused_ns BIGINT, pause_reason TEXT, last_due_ns BIGINT, "
         "last_run_id TEXT, last_run_ns BIGINT, last_success_id TEXT, last_success_ns BIGINT, "
         "failures_in_row BIGINT NOT NULL DEFAULT 0, proven_ns BIGINT, proven_backup_ns BIGINT)"},
        {"CREATE TABLE runs (id TEXT PRIMARY KEY, job TEXT NOT NULL, cause TEXT NOT NULL, due_ns BIGINT, "
         "claimed_ns BIGINT NOT NULL, started_ns BIGINT, ended_ns BIGINT, state TEXT NOT NULL, exit_status BIGINT, "
         "snapshot_id TEXT, target TEXT, layout TEXT, files BIGINT NOT NULL DEFAULT 0, "
         "bytes_read BIGINT NOT NULL DEFAULT 0, bytes_stored BIGINT NOT NULL DEFAULT 0, "
         "warning_count BIGINT NOT NULL DEFAULT 0, error TEXT, peak_memory BIGINT NOT NULL DEFAULT 0, "
         "cpu_ms BIGINT NOT NULL DEFAULT 0, host TEXT NOT NULL, program_version TEXT, owner_pid BIGINT, "
         "owner_mark TEXT, owner_instance TEXT, lease_ns BIGINT)"},
        // However many programs try, a due time has one row.
        {"CREATE UNIQUE INDEX runs_due ON runs (job, due_ns) WHERE due_ns IS NOT NULL"},
        {"CREATE INDEX runs_time ON runs (claimed_ns, id)"},
        {"CREATE INDEX runs_job ON runs (job, claimed_ns, id)"},
        {"CREATE INDEX runs_state ON runs (state, claimed_ns, id)"},
        // Two, each in the order that is asked for: else SQLite follows a larger index for the order alone.
        {"CREATE INDEX runs_active ON runs (claimed_ns) WHERE ended_ns IS NULL"},
        {"CREATE INDEX runs_active_of_job ON runs (job, claimed_ns) WHERE ended_ns IS NULL"},
        {"CREATE INDEX runs_snapshot ON runs (target, snapshot_id) WHERE snapshot_id IS NOT NULL"},
        {"CREATE TABLE run_details (run_id TEXT PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE, "
         "phases TEXT NOT NULL, warnings TEXT NOT NULL, sources TEXT NOT NULL)"},
        {"CREATE TABLE day_totals (job TEXT NOT NULL, day BIGINT NOT NULL, " COFRE_TOTALS_COLUMNS
         ", PRIMARY KEY (job, day))"},
        {"CREATE INDEX day_totals_day ON day_totals (day, job)"},
        {"CREATE TABLE job_totals (job TEXT PRIMARY KEY, " COFRE_TOTALS_COLUMNS ")"},
    };
}

#undef COFRE_TOTALS_COLUMNS

std::vector<db::SqlText> backup_tables() {
    return {
        {"CREATE TABLE backups (target TEXT NOT NULL, snapshot_id TEXT NOT NULL, object_key TEXT, layout TEXT, "
         "job TEXT NOT NULL, host TEXT, run_id TEXT, made_ns BIGINT NOT NULL, files BIGINT NOT NULL, "
         "bytes BIGINT NOT NULL, bytes_stored BIGINT NOT NULL, complete BIGINT NOT NULL, proven_ns BIGINT, "
         "deleted_ns BIGINT, pinned BIGINT NOT NULL, PRIMARY KEY (target, snapshot_id))"},
        {"CREATE INDEX backups_job ON backups (job, made_ns)"},
        {"CREATE INDEX backups_time ON backups (made_ns)"},
        {"CREATE INDEX backups_present ON backups (target, made_ns, bytes, bytes_stored) WHERE deleted_ns IS NULL"},
        {"CREATE TABLE proofs (id TEXT PRIMARY KEY, run_id TEXT, job TEXT NOT NULL, target TEXT NOT NULL, "
         "snapshot_id TEXT NOT NULL, snapshot_ns BIGINT NOT NULL, grade TEXT NOT NULL, good BIGINT NOT NULL, "
         "started_ns BIGINT NOT NULL, elapsed_ms BIGINT NOT NULL, rpo_seconds DOUBLE PRECISION, "
         "rto_seconds DOUBLE PRECISION, files BIGINT NOT NULL, bytes BIGINT NOT NULL, "
         "problem_count BIGINT NOT NULL, host TEXT, details TEXT)"},
        {"CREATE UNIQUE INDEX proofs_once ON proofs (target, snapshot_id, grade, started_ns)"},
        {"CREATE INDEX proofs_time ON proofs (started_ns, id)"},
        {"CREATE INDEX proofs_job ON proofs (job, started_ns, id)"},
    };
}

std::vector<db::SqlText> people_tables() {
    return {
        {"CREATE TABLE notifications (id TEXT PRIMARY KEY, channel TEXT NOT NULL, event TEXT NOT NULL, job TEXT, "
         "payload TEXT NOT NULL, dedup_key TEXT, state TEXT NOT NULL, created_ns BIGINT NOT NULL, "
         "next_attempt_ns BIGINT NOT NULL, attempts BIGINT NOT NULL DEFAULT 0, last_error TEXT, sent_ns BIGINT, "
         "lease_owner TEXT, lease_ns BIGINT)"},
        {"CREATE UNIQUE INDEX notifications_once ON notifications (channel, dedup_key) WHERE dedup_key IS NOT NULL"},
        {"CREATE INDEX notifications_due ON notifications (next_attempt_ns, id) WHERE state = 'queued'"},
        {"CREATE INDEX notifications_time ON notifications (created_ns, id)"},
        {"CREATE INDEX notifications_state ON notifications (state, created_ns, id)"},
        {"CREATE TABLE audit_log (id TEXT PRIMARY KEY, at_ns BIGINT NOT NULL, who TEXT NOT NULL, "
         "what TEXT NOT NULL, subject TEXT, details TEXT)"},
        {"CREATE INDEX audit_log_who ON audit_log (who, id)"},
        {"CREATE INDEX audit_log_what ON audit_log (what, id)"},
        {"CREATE INDEX audit_log_subject ON audit_log (subject, id)"},
        {"",
         "CREATE FUNCTION cofre_refuse() RETURNS trigger LANGUAGE plpgsql AS "
         "$body$ BEGIN RAISE EXCEPTION 'the audit log is append only'; END $body$"},
        {"CREATE TRIGGER audit_log_update BEFORE UPDATE ON audit_log "
         "BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END",
         "CREATE TRIGGER audit_log_update BEFORE UPDATE OR DELETE ON audit_log "
         "FOR EACH ROW EXECUTE FUNCTION cofre_refuse()"},
        {"CREATE TRIGGER audit_log_delete BEFORE DELETE ON audit_log "
         "BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END",
         "CREATE TRIGGER audit_log_truncate BEFORE TRUNCATE ON audit_log "
         "FOR EACH STATEMENT EXECUTE FUNCTION cofre_refuse()"},
        {"CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL, changed_ns BIGINT NOT NULL)"},
    };
}

}  // namespace

const std::vector<db::SqlMigration>& schema_steps() {
    static const std::vector<db::SqlMigration> steps = {
        {1, "jobs and runs", run_tables()},
        {2, "backups and proofs", backup_tables()},
        {3, "notifications, audit log, settings", people_tables()},
    };
    return steps;
}

const std::vector<std::string_view>& table_names() {
    static const std::vector<std::string_view> names = {"jobs",   "runs",          "day_totals", "backups",
                                                        "proofs", "notifications", "audit_log",  "settings"};
    return names;
}

}  // namespace cofre::catalog
