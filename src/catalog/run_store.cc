#include "catalog/run_store.h"

#include <array>
#include <limits>
#include <utility>

#include <unistd.h>

#include "base/process_mark.h"
#include "catalog/run_rows.h"
#include "crypto/random.h"

namespace cofre::catalog {
namespace {

constexpr std::size_t kInstanceBytes = 8;

bool is_of_schedule(Trigger trigger) {
    return trigger == Trigger::kSchedule || trigger == Trigger::kCatchUp || trigger == Trigger::kStart;
}

/// What a change of one run looks at first. The job is locked.
struct RunOwnership {
    Run run;
    std::string host;
    std::uint64_t pid = 0;
    std::string mark;
    std::string instance;
    std::optional<WallTime> lease_ends;
};

std::string ownership_columns() {
    return run_columns("r") + ", r.host, r.owner_pid, r.owner_mark, r.owner_instance, r.lease_ns";
}
constexpr std::size_t kOwnershipColumns = kRunColumns + 5;

RunOwnership ownership_of(const db::SqlRows& rows, std::size_t row) {
    return {.run = run_of(rows, row),
            .host = rows.text(row, kRunColumns),
            .pid = rows.count(row, kRunColumns + 1),
            .mark = rows.text(row, kRunColumns + 2),
            .instance = rows.text(row, kRunColumns + 3),
            .lease_ends = rows.optional_time(row, kRunColumns + 4)};
}

/// Locks the job of the run, then reads the run. kNotFound: there is none.
Result<RunOwnership> hold_run(db::SqlTransaction& db, const std::string& run_id) {
    COFRE_ASSIGN(const auto job, db.query("SELECT job FROM runs WHERE id = $1", 1, {run_id}));
    if (job.empty()) return Error(ErrorCode::kNotFound, "the catalog has no run " + run_id);
    COFRE_TRY(lock_job(db, job.text(0, 0)));
    COFRE_ASSIGN(const auto rows, db.query("SELECT " + ownership_columns() + " FROM runs r WHERE r.id = $1",
                                           kOwnershipColumns, {run_id}));
    if (rows.empty()) return Error(ErrorCode::kNotFound, "the catalog has no run " + run_id);
    return ownership_of(rows, 0);
}

Error lost_run(const RunOwnership& held) {
    return Error(ErrorCode::kConflict, "run " + held.run.id + " is " + std::string(to_string(held.run.end.state)) +
                                           " and not ours to change");
}

struct NewRun {
    std::string id;
    const ClaimRequest& request;
    RunState state;
    std::string error;
};

Status insert_run(db::SqlTransaction& db, const Owner& owner, const NewRun& run) {
    const bool has_ended = !is_active(run.state);
    COFRE_TRY(db.execute(
        "INSERT INTO runs (id, job, cause, due_ns, claimed_ns, ended_ns, state, error, host, program_version, "
        "owner_pid, owner_mark, owner_instance, lease_ns) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        {run.id, run.request.job, std::string(to_string(run.request.trigger)), db::sql_time(run.request.due_at),
         db::sql_time(run.request.now), has_ended ? db::sql_time(run.request.now) : db::SqlValue(),
         std::string(to_string(run.state)), db::sql_text_or_null(cut_text(run.error, RunEnd::kMaxError)), owner.host,
         db::sql_text_or_null(run.request.program_version), db::sql_count(owner.pid), db::sql_text_or_null(owner.mark),
         owner.instance, has_ended ? db::SqlValue() : db::sql_time(run.request.now + run.request.lease)}));
    if (!run.request.due_at) return {};
    COFRE_TRY(
        db.execute("UPDATE jobs SET last_due_ns = $1 WHERE job = $2 AND (last_due_ns IS NULL OR last_due_ns < $1)",
                   {db::sql_time(run.request.due_at), run.request.job}));
    return {};
}

/// Whether this due time, or a later one, is dealt with. The job is locked.
Result<bool> is_due_handled(db::SqlTransaction& db, const ClaimRequest& request) {
    if (!request.due_at) return false;
    COFRE_ASSIGN(const auto rows, db.query("SELECT 1 FROM jobs WHERE job = $1 AND last_due_ns >= $2", 1,
                                           {request.job, db::sql_time(request.due_at)}));
    return !rows.empty();
}

/// An earlier attempt of the same transaction was committed, and the answer lost.
Result<bool> is_there(db::SqlTransaction& db, const std::string& run_id) {
    COFRE_ASSIGN(const auto rows, db.query("SELECT 1 FROM runs WHERE id = $1", 1, {run_id}));
    return !rows.empty();
}

Result<Claim> claim_held_job(db::SqlTransaction& db, const Owner& owner, const ClaimRequest& request,
                             const std::string& id) {
    COFRE_ASSIGN(const bool is_done, is_there(db, id));
    if (is_done) return Claim{ClaimResult::kClaimed, id};
    COFRE_ASSIGN(const bool is_handled, is_due_handled(db, request));
    if (is_handled) return Claim{ClaimResult::kTaken, ""};
    if (is_of_schedule(request.trigger)) {
        COFRE_ASSIGN(const auto paused,
                     db.query("SELECT 1 FROM jobs WHERE job = $1 AND paused_ns IS NOT NULL", 1, {request.job}));
        if (!paused.empty()) return Claim{ClaimResult::kPaused, ""};
    }
    if (!request.may_overlap) {
        COFRE_ASSIGN(const auto active, db.query(active_of_job_query(request.job).sql, kRunColumns, {request.job}));
        if (!active.empty()) return Claim{ClaimResult::kActive, active.text(0, 0)};
    }
    COFRE_TRY(insert_run(db, owner, {id, request, RunState::kClaimed, ""}));
    return Claim{ClaimResult::kClaimed, id};
}

/// Ends a run that is held, whatever it was before.
Status end_held_run(db::SqlTransaction& db, const RunOwnership& held, const RunEnd& end) {
    const bool was_interrupted = held.run.has_ended;
    if (was_interrupted) COFRE_TRY(add_to_totals(db, held.run, -1));
    COFRE_TRY(write_end(db, held.run.id, end));
    Run run = held.run;
    run.end = end;
    run.has_ended = true;
    COFRE_TRY(add_to_totals(db, run, +1));
    COFRE_TRY(note_end(db, run, was_interrupted));
    if (end.snapshot_id.empty() || end.target.empty()) return {};
    COFRE_TRY(write_backup(db, {.target = end.target,
                                .snapshot_id = end.snapshot_id,
                                .object_key = {},
                                .layout = end.layout,
                                .job = run.job,
                                .host = run.host,
                                .run_id = run.id,
                                .made_at = end.ended_at,
                                .files = end.files,
                                .bytes = end.bytes_read,
                                .bytes_stored = end.bytes_stored,
                                .complete = end.state == RunState::kSucceeded}));
    return {};
}

bool is_owner_gone(const RunOwnership& held, const Owner& self, db::SqlEngine engine, WallTime now) {
    if (held.instance == self.instance) return false;
    // More than any clock says: it may have been suspended, or the clock set.
    if (is_process_running(held.pid, held.mark)) return false;
    if (has_process_ended(held.pid, held.mark)) return true;
    if (!held.lease_ends || *held.lease_ends <= now) return true;
    // An SQLite catalog is of this machine alone; in PostgreSQL the mark may be another machine's.
    return engine == db::SqlEngine::kSqlite && is_of_earlier_boot(held.mark);
}

}  // namespace

Owner Owner::self() {
    std::array<char, 256> name{};
    const bool is_named = ::gethostname(name.data(), name.size() - 1) == 0;
    return {.host = is_named ? name.data() : "unknown",
            .pid = static_cast<std::uint64_t>(::getpid()),
            .mark = process_mark(),
            .instance = crypto::random_hex(kInstanceBytes)};
}

Result<Claim> RunStore::claim(const CallContext& ctx, const ClaimRequest& request) {
    const std::string id = new_id(request.now);
    Claim claim;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_TRY(lock_job(db, request.job));
        COFRE_ASSIGN(claim, claim_held_job(db, owner_, request, id));
        return {};
    }));
    return claim;
}

Result<bool> RunStore::skip(const CallContext& ctx, const ClaimRequest& request, const std::string& reason) {
    const std::string id = new_id(request.now);
    bool is_ours = false;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_TRY(lock_job(db, request.job));
        COFRE_ASSIGN(is_ours, is_there(db, id));
        if (is_ours) return {};
        COFRE_ASSIGN(const bool is_handled, is_due_handled(db, request));
        if (is_handled) return {};
        is_ours = true;
        COFRE_TRY(insert_run(db, owner_, {id, request, RunState::kSkipped, reason}));
        Run run;
        run.job = request.job;
        run.claimed_at = request.now;
        run.end.state = RunState::kSkipped;
        return add_to_totals(db, run, +1);
    }));
    return is_ours;
}

Status RunStore::start(const CallContext& ctx, const std::string& run_id, WallTime now) {
    return database_.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_ASSIGN(const auto held, hold_run(db, run_id));
        if (held.instance != owner_.instance || held.run.has_ended) return lost_run(held);
        if (held.run.end.state == RunState::kRunning) return {};
        COFRE_TRY(db.execute("UPDATE runs SET state = 'running', started_ns = $1 WHERE id = $2",
                             {db::sql_time(now), run_id}));
        return {};
    });
}

Status RunStore::heartbeat(const CallContext& ctx, const std::string& run_id, WallTime now,
                           std::chrono::milliseconds lease) {
    return database_.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_ASSIGN(const auto changed, db.execute("UPDATE runs SET lease_ns = $1 WHERE id = $2 AND ended_ns IS NULL "
                                                    "AND owner_instance = $3",
                                                    {db::sql_time(now + lease), run_id, owner_.instance}));
        if (changed == 1) return {};
        return Error(ErrorCode::kConflict, "run " + run_id + " was taken for dead, or is another's");
    });
}

Status RunStore::finish(const CallContext& ctx, const std::string& run_id, const RunEnd& end) {
    if (is_active(end.state)) {
        return Error(ErrorCode::kInvalidArgument,
                     "a run does not end as \"" + std::string(to_string(end.state)) + "\"");
    }
    return database_.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_ASSIGN(const auto held, hold_run(db, run_id));
        if (held.instance != owner_.instance) return lost_run(held);
        if (held.run.has_ended && held.run.end.state == end.state) return {};
        if (held.run.has_ended && held.run.end.state != RunState::kInterrupted) return lost_run(held);
        return end_held_run(db, held, end);
    });
}

Result<std::vector<Run>> RunStore::mark_interrupted(const CallContext& ctx, WallTime now) {
    std::vector<std::string> suspects;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
        suspects.clear();
        COFRE_ASSIGN(
            const auto rows,
            db.query("SELECT " + ownership_columns() + " FROM runs r WHERE r.ended_ns IS NULL", kOwnershipColumns));
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const auto held = ownership_of(rows, row);
            if (is_owner_gone(held, owner_, db.engine(), now)) suspects.push_back(held.run.id);
        }
        return {};
    }));
    std::vector<Run> ended;
    for (const auto& id : suspects) {
        std::optional<Run> run;
        COFRE_TRY(database_.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
            run.reset();
            COFRE_ASSIGN(const auto held, hold_run(db, id));
            // It may have ended, or have been heard of, since it was suspected.
            if (held.run.has_ended || !is_owner_gone(held, owner_, db.engine(), now)) return {};
            run = held.run;
            run->has_ended = true;
            run->end.state = RunState::kInterrupted;
            run->end.exit_status = 1;
            run->end.ended_at = now;
            run->end.error = "process " + std::to_string(held.pid) + " on " + held.host +
                             " ended, or was not heard of, before the run did";
            return end_held_run(db, held, run->end);
        }));
        if (run) ended.push_back(*std::move(run));
    }
    return ended;
}

Result<bool> RunStore::import(const CallContext& ctx, const Run& run) {
    if (run.end.target.empty() || run.end.snapshot_id.empty() || is_active(run.end.state)) {
        return Error(ErrorCode::kInvalidArgument, "only a run that ended with a snapshot can be read back");
    }
    const std::string id = run.id.empty() ? new_id(run.claimed_at) : run.id;
    bool is_new = false;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_TRY(lock_job(db, run.job));
        COFRE_ASSIGN(const auto known, db.query("SELECT id FROM runs WHERE target = $1 AND snapshot_id = $2 LIMIT 1", 1,
                                                {run.end.target, run.end.snapshot_id}));
        if (!known.empty()) {
            is_new = known.text(0, 0) == id && is_new;  // Ours, if the answer to an earlier attempt was lost.
            return {};
        }
        COFRE_ASSIGN(const bool same_id, is_there(db, id));
        if (same_id) return {};
        is_new = true;
        COFRE_TRY(db.execute(
            "INSERT INTO runs (id, job, cause, due_ns, claimed_ns, started_ns, state, host, "
            "program_version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            {id, run.job, std::string(to_string(run.trigger)), db::sql_time(run.due_at), db::sql_time(run.claimed_at),
             db::sql_time(run.started_at), std::string(to_string(RunState::kRunning)), run.host,
             db::sql_text_or_null(run.program_version)}));
        RunOwnership held{.run = run};
        held.run.id = id;
        held.run.has_ended = false;
        return end_held_run(db, held, run.end);
    }));
    return is_new;
}

}  // namespace cofre::catalog
