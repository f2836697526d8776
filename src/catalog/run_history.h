#pragma once

/// @file
/// Reading runs and their totals. Nothing here scans: each query uses an index
/// or a table of totals that is kept in the transaction that ends a run.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "catalog/run.h"
#include "db/sql_database.h"

namespace cofre::catalog {

/// Where a page ended; the next one begins behind it, whatever was added since.
struct RunCursor {
    WallTime claimed_at{};
    std::string id;
};

struct HistoryFilter {
    std::string job;                 ///< Empty: all.
    std::vector<RunState> states;    ///< Empty: all.
    std::optional<WallTime> since;   ///< Claimed at that time or later.
    std::optional<WallTime> before;  ///< Claimed before.
    std::optional<RunCursor> after;  ///< The last of the page before.
    std::size_t limit = 50;          ///< At most kMaxPage.

    static constexpr std::size_t kMaxPage = 10'000;
};

struct RunDetails {
    std::vector<RunPhase> phases;
    std::vector<std::string> warnings;
    std::vector<RunSource> sources;
};

/// Sums over runs that ended. `runs` is all of them.
struct RunTotals {
    std::uint64_t runs = 0;
    std::uint64_t succeeded = 0;
    std::uint64_t partial = 0;
    std::uint64_t failed = 0;
    std::uint64_t interrupted = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t skipped = 0;
    std::uint64_t files = 0;
    std::uint64_t bytes_read = 0;
    std::uint64_t bytes_stored = 0;
    std::uint64_t warnings = 0;
    std::chrono::milliseconds elapsed{0};
    std::chrono::milliseconds longest{0};
    std::chrono::milliseconds cpu_time{0};
};

struct DayTotals {
    std::chrono::sys_days day;  ///< UTC, of the claim.
    std::string job;
    RunTotals totals;
};

struct JobTotals {
    std::string job;
    RunTotals totals;
};

/// Thread-safe. `database` must outlive it.
class RunHistory {
public:
    explicit RunHistory(db::SqlDatabase& database) : database_(database) {}

    /// Newest first.
    Result<std::vector<Run>> list(const CallContext& ctx, const HistoryFilter& filter);

    /// kNotFound: no such run.
    Result<Run> find(const CallContext& ctx, const std::string& run_id);
    /// Empty where the run has none, or was pruned.
    Result<RunDetails> details(const CallContext& ctx, const std::string& run_id);

    /// All that is claimed or running, oldest first.
    Result<std::vector<Run>> active(const CallContext& ctx);

    /// Days from `first` to before `last`, by day and job; `job` empty: all. They
    /// outlive the runs that were pruned.
    Result<std::vector<DayTotals>> days(const CallContext& ctx, std::chrono::sys_days first, std::chrono::sys_days last,
                                        const std::string& job = "");

    /// Since ever, by job: what counters of metrics show.
    Result<std::vector<JobTotals>> totals(const CallContext& ctx);

private:
    db::SqlDatabase& database_;
};

}  // namespace cofre::catalog
