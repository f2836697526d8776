#pragma once

/// @file
/// Runs as rows, and what every change of one does to the rest. Private: each
/// function is a part of a transaction.

#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/backup_store.h"
#include "catalog/run.h"
#include "catalog/run_history.h"
#include "db/sql_database.h"

namespace cofre::catalog {

/// "r.id, r.job, ..." for the alias "r".
std::string run_columns(std::string_view alias);
inline constexpr std::size_t kRunColumns = 21;

/// From columns `first` and those behind it, in the order of run_columns().
Run run_of(const db::SqlRows& rows, std::size_t row, std::size_t first = 0);

/// A statement of RunHistory: apart, so that a test can ask how it is executed.
struct RunQuery {
    std::string sql;
    db::SqlValues values;
};
RunQuery history_query(const HistoryFilter& filter, std::optional<RunState> state);
/// What is active, oldest first; of one job: the newest.
RunQuery active_query();
RunQuery active_of_job_query(const std::string& job);
RunQuery days_query(std::chrono::sys_days first, std::chrono::sys_days last, const std::string& job);

/// Makes the job's row if there is none, and holds it until the transaction
/// ends: what is read afterwards stays true.
Status lock_job(db::SqlTransaction& db, const std::string& job);

/// "00019a…-5f2c…": sorts by time, in bytes.
std::string new_id(WallTime now);

/// At most `bytes`, cut between characters.
std::string cut_text(std::string_view text, std::size_t bytes);

/// +1: adds a run to the totals of its day and its job; -1: takes it out again
/// (but not from the longest).
Status add_to_totals(db::SqlTransaction& db, const Run& run, int sign);

/// After run_columns's totals: the 14 sums of a row that begins at `first`.
inline constexpr std::size_t kTotalsColumns = 14;
std::string totals_columns();
RunTotals totals_of(const db::SqlRows& rows, std::size_t row, std::size_t first);

/// The job's last run, last success and failures in row; the job must be locked.
/// `was_interrupted`: the run was counted as a failure already.
Status note_end(db::SqlTransaction& db, const Run& run, bool was_interrupted);

/// Writes the end of a run that is there, with its details.
Status write_end(db::SqlTransaction& db, const std::string& run_id, const RunEnd& end);

/// Adds or completes a backup; true: it was not known.
Result<bool> write_backup(db::SqlTransaction& db, const Backup& backup);

}  // namespace cofre::catalog
