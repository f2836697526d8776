#include "catalog/run_rows.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "crypto/random.h"

namespace cofre::catalog {
namespace {

using RowJson = nlohmann::ordered_json;

constexpr std::array<std::string_view, kRunColumns> kRunColumnNames = {
    "id",           "job",           "cause",       "due_ns",      "claimed_ns", "started_ns", "ended_ns",
    "state",        "exit_status",   "snapshot_id", "target",      "layout",     "files",      "bytes_read",
    "bytes_stored", "warning_count", "error",       "peak_memory", "cpu_ms",     "host",       "program_version"};

constexpr std::array<std::string_view, kTotalsColumns> kTotalsNames = {
    "runs",  "succeeded",  "partial",      "failed",   "interrupted", "cancelled",  "skipped",
    "files", "bytes_read", "bytes_stored", "warnings", "elapsed_ms",  "longest_ms", "cpu_ms"};

std::string json_of(const RowJson& value) {
    return value.dump(-1, ' ', false, RowJson::error_handler_t::replace);
}

/// The numbers that one run adds, in the order of kTotalsNames.
std::array<std::uint64_t, kTotalsColumns> totals_of_run(const Run& run) {
    const auto is = [&](RunState state) { return std::uint64_t{run.end.state == state ? 1U : 0U}; };
    // Nobody knows how long one that was interrupted has worked.
    const auto elapsed =
        run.end.state == RunState::kInterrupted ? 0 : static_cast<std::uint64_t>(run.elapsed().count());
    return {1,
            is(RunState::kSucceeded),
            is(RunState::kPartial),
            is(RunState::kFailed),
            is(RunState::kInterrupted),
            is(RunState::kCancelled),
            is(RunState::kSkipped),
            run.end.files,
            run.end.bytes_read,
            run.end.bytes_stored,
            run.end.warning_count,
            elapsed,
            elapsed,
            static_cast<std::uint64_t>(std::max<std::int64_t>(0, run.end.cpu_time.count()))};
}

/// "excluded" is the row that was to be inserted.
std::string update_of_total(const std::string& table, std::string_view column) {
    if (column == "longest_ms") {
        return fmt::format("{1} = CASE WHEN excluded.{1} > {0}.{1} THEN excluded.{1} ELSE {0}.{1} END", table, column);
    }
    return fmt::format("{1} = {0}.{1} + excluded.{1}", table, column);
}

std::string upsert_totals_sql(const std::string& table, const std::string& key, std::size_t key_columns) {
    std::vector<std::string> places;
    std::vector<std::string> updates;
    places.reserve(key_columns + kTotalsColumns);
    updates.reserve(kTotalsColumns);
    for (std::size_t i = 1; i <= key_columns + kTotalsColumns; ++i)
        places.push_back(fmt::format("${}", i));
    for (const auto column : kTotalsNames)
        updates.push_back(update_of_total(table, column));
    return fmt::format("INSERT INTO {} ({}, {}) VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {}", table, key,
                       totals_columns(), fmt::join(places, ", "), key, fmt::join(updates, ", "));
}

std::string phases_json(const std::vector<RunPhase>& phases) {
    auto list = RowJson::array();
    for (const auto& phase : phases) {
        if (list.size() == RunEnd::kMaxDetails) break;
        list.push_back({{"name", phase.name},
                        {"started_at", format_rfc3339(phase.started_at)},
                        {"elapsed_ms", phase.elapsed.count()}});
    }
    return json_of(list);
}

std::string warnings_json(const std::vector<std::string>& warnings) {
    auto list = RowJson::array();
    for (const auto& warning : warnings) {
        if (list.size() == RunEnd::kMaxDetails) break;
        list.push_back(cut_text(warning, RunEnd::kMaxError));
    }
    return json_of(list);
}

std::string sources_json(const std::vector<RunSource>& sources) {
    auto list = RowJson::array();
    for (const auto& source : sources) {
        if (list.size() == RunEnd::kMaxDetails) break;
        list.push_back(
            {{"name", source.name}, {"state", source.state}, {"files", source.files}, {"bytes", source.bytes}});
    }
    return json_of(list);
}

}  // namespace

std::string run_columns(std::string_view alias) {
    std::string out;
    for (const auto name : kRunColumnNames)
        out += (out.empty() ? "" : ", ") + std::string(alias) + "." + std::string(name);
    return out;
}

Run run_of(const db::SqlRows& rows, std::size_t row, std::size_t first) {
    std::size_t column = first;
    Run run;
    run.id = rows.text(row, column++);
    run.job = rows.text(row, column++);
    if (const auto cause = parse_trigger(rows.text(row, column++))) run.trigger = *cause;
    run.due_at = rows.optional_time(row, column++);
    run.claimed_at = rows.time(row, column++);
    run.started_at = rows.optional_time(row, column++);
    run.has_ended = !rows.is_null(row, column);
    run.end.ended_at = rows.time(row, column++);
    if (const auto state = parse_run_state(rows.text(row, column++))) run.end.state = *state;
    run.end.exit_status = static_cast<int>(rows.number(row, column++));
    run.end.snapshot_id = rows.text(row, column++);
    run.end.target = rows.text(row, column++);
    run.end.layout = rows.text(row, column++);
    run.end.files = rows.count(row, column++);
    run.end.bytes_read = rows.count(row, column++);
    run.end.bytes_stored = rows.count(row, column++);
    run.end.warning_count = rows.count(row, column++);
    run.end.error = rows.text(row, column++);
    run.end.peak_memory = rows.count(row, column++);
    run.end.cpu_time = std::chrono::milliseconds(rows.number(row, column++));
    run.host = rows.text(row, column++);
    run.program_version = rows.text(row, column);
    return run;
}

Status lock_job(db::SqlTransaction& db, const std::string& job) {
    COFRE_TRY(db.execute("INSERT INTO jobs (job) VALUES ($1) ON CONFLICT (job) DO NOTHING", {job}));
    // SQLite has let nobody else write since the transaction began.
    if (db.engine() == db::SqlEngine::kPostgres) {
        COFRE_TRY(db.query("SELECT 1 FROM jobs WHERE job = $1 FOR UPDATE", 1, {job}));
    }
    return {};
}

std::string new_id(WallTime now) {
    constexpr std::size_t kRandomBytes = 8;
    const auto since_1970 = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
    return fmt::format("{:012x}-{}", std::max<std::int64_t>(0, since_1970.count()), crypto::random_hex(kRandomBytes));
}

std::string cut_text(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return std::string(text);
    std::size_t end = bytes;
    const auto is_continuation = [&](std::size_t at) {
        return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
    };
    while (end > 0 && is_continuation(end))
        --end;
    return std::string(text.substr(0, end));
}

Status add_to_totals(db::SqlTransaction& db, const Run& run, int sign) {
    static const std::string days = upsert_totals_sql("day_totals", "job, day", 2);
    static const std::string jobs = upsert_totals_sql("job_totals", "job", 1);
    const auto day = std::chrono::floor<std::chrono::days>(run.claimed_at).time_since_epoch().count();
    db::SqlValues of_day = {run.job, std::int64_t{day}};
    db::SqlValues of_job = {run.job};
    for (const std::uint64_t number : totals_of_run(run)) {
        const std::int64_t change = std::get<std::int64_t>(db::sql_count(number)) * sign;
        of_day.emplace_back(change);
        of_job.emplace_back(change);
    }
    COFRE_TRY(db.execute(days, of_day));
    COFRE_TRY(db.execute(jobs, of_job));
    return {};
}

std::string totals_columns() {
    std::string out;
    for (const auto name : kTotalsNames)
        out += (out.empty() ? "" : ", ") + std::string(name);
    return out;
}

RunTotals totals_of(const db::SqlRows& rows, std::size_t row, std::size_t first) {
    std::size_t column = first;
    RunTotals totals;
    for (auto* const field :
         {&totals.runs, &totals.succeeded, &totals.partial, &totals.failed, &totals.interrupted, &totals.cancelled,
          &totals.skipped, &totals.files, &totals.bytes_read, &totals.bytes_stored, &totals.warnings})
        *field = rows.count(row, column++);
    totals.elapsed = std::chrono::milliseconds(rows.number(row, column++));
    totals.longest = std::chrono::milliseconds(rows.number(row, column++));
    totals.cpu_time = std::chrono::milliseconds(rows.number(row, column));
    return totals;
}

Status note_end(db::SqlTransaction& db, const Run& run, bool was_interrupted) {
    const auto state = run.end.state;
    const auto claimed = db::sql_time(run.claimed_at);
    if (state == RunState::kSucceeded) {
        COFRE_TRY(
            db.execute("UPDATE jobs SET last_success_id = $1, last_success_ns = $2 "
                       "WHERE job = $3 AND (last_success_ns IS NULL OR last_success_ns <= $2)",
                       {run.id, claimed, run.job}));
    }
    if (state == RunState::kSkipped) return {};
    const bool is_good = state == RunState::kSucceeded || state == RunState::kPartial;
    const bool is_bad = state == RunState::kFailed || state == RunState::kInterrupted;
    const char* const failures =
        is_good ? "0" : (is_bad && !was_interrupted ? "failures_in_row + 1" : "failures_in_row");
    COFRE_TRY(db.execute("UPDATE jobs SET last_run_id = $1, last_run_ns = $2, failures_in_row = " +
                             std::string(failures) + " WHERE job = $3 AND (last_run_ns IS NULL OR last_run_ns <= $2)",
                         {run.id, claimed, run.job}));
    return {};
}

Status write_end(db::SqlTransaction& db, const std::string& run_id, const RunEnd& end) {
    COFRE_TRY(db.execute(
        "UPDATE runs SET state = $1, exit_status = $2, ended_ns = $3, snapshot_id = $4, target = $5, layout = $6, "
        "files = $7, bytes_read = $8, bytes_stored = $9, warning_count = $10, error = $11, peak_memory = $12, "
        "cpu_ms = $13, lease_ns = NULL WHERE id = $14",
        {std::string(to_string(end.state)), std::int64_t{end.exit_status}, db::sql_time(end.ended_at),
         db::sql_text_or_null(end.snapshot_id), db::sql_text_or_null(end.target), db::sql_text_or_null(end.layout),
         db::sql_count(end.files), db::sql_count(end.bytes_read), db::sql_count(end.bytes_stored),
         db::sql_count(end.warning_count), db::sql_text_or_null(cut_text(end.error, RunEnd::kMaxError)),
         db::sql_count(end.peak_memory), std::int64_t{end.cpu_time.count()}, run_id}));
    if (end.phases.empty() && end.warnings.empty() && end.sources.empty()) return {};
    COFRE_TRY(
        db.execute("INSERT INTO run_details (run_id, phases, warnings, sources) VALUES ($1, $2, $3, $4) "
                   "ON CONFLICT (run_id) DO UPDATE SET phases = excluded.phases, "
                   "warnings = excluded.warnings, sources = excluded.sources",
                   {run_id, phases_json(end.phases), warnings_json(end.warnings), sources_json(end.sources)}));
    return {};
}

Result<bool> write_backup(db::SqlTransaction& db, const Backup& backup) {
    COFRE_ASSIGN(
        const auto inserted,
        db.execute(
            "INSERT INTO backups (target, snapshot_id, object_key, layout, job, host, run_id, made_ns, "
            "files, bytes, bytes_stored, complete, proven_ns, deleted_ns, pinned) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) "
            "ON CONFLICT (target, snapshot_id) DO NOTHING",
            {backup.target, backup.snapshot_id, db::sql_text_or_null(backup.object_key),
             db::sql_text_or_null(backup.layout), backup.job, db::sql_text_or_null(backup.host),
             db::sql_text_or_null(backup.run_id), db::sql_time(backup.made_at), db::sql_count(backup.files),
             db::sql_count(backup.bytes), db::sql_count(backup.bytes_stored), std::int64_t{backup.complete ? 1 : 0},
             db::sql_time(backup.proven_at), db::sql_time(backup.deleted_at), std::int64_t{backup.pinned ? 1 : 0}}));
    if (inserted > 0) return true;
    COFRE_TRY(db.execute(
        "UPDATE backups SET object_key = COALESCE(object_key, $1), layout = COALESCE(layout, $2), "
        "host = COALESCE(host, $3), run_id = COALESCE(run_id, $4), "
        "bytes_stored = CASE WHEN bytes_stored = 0 THEN $5 ELSE bytes_stored END, "
        "proven_ns = COALESCE(proven_ns, $6), deleted_ns = $7 WHERE target = $8 AND snapshot_id = $9",
        {db::sql_text_or_null(backup.object_key), db::sql_text_or_null(backup.layout),
         db::sql_text_or_null(backup.host), db::sql_text_or_null(backup.run_id), db::sql_count(backup.bytes_stored),
         db::sql_time(backup.proven_at), db::sql_time(backup.deleted_at), backup.target, backup.snapshot_id}));
    return false;
}

}  // namespace cofre::catalog
