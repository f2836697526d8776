#include "catalog/run_history.h"

#include <algorithm>
#include <tuple>

#include <nlohmann/json.hpp>

#include "catalog/run_rows.h"
#include "catalog/sql_filter.h"

namespace cofre::catalog {
namespace {

using DetailsJson = nlohmann::json;

bool is_newer_run(const Run& a, const Run& b) {
    return std::tie(a.claimed_at, a.id) > std::tie(b.claimed_at, b.id);
}

Status append_page(db::SqlTransaction& db, const HistoryFilter& filter, std::optional<RunState> state,
                   std::vector<Run>& out) {
    const auto query = history_query(filter, state);
    COFRE_ASSIGN(const auto rows, db.query(query.sql, kRunColumns, query.values));
    for (std::size_t row = 0; row < rows.size(); ++row)
        out.push_back(run_of(rows, row));
    return {};
}

/// A list that was cut, or that another program wrote, is shown as far as it goes.
DetailsJson list_in(const std::string& text) {
    auto list = DetailsJson::parse(text, nullptr, /*allow_exceptions=*/false);
    return list.is_array() ? list : DetailsJson::array();
}

std::string text_in(const DetailsJson& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::uint64_t count_in(const DetailsJson& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

RunDetails details_of(const db::SqlRows& rows) {
    RunDetails details;
    for (const auto& phase : list_in(rows.text(0, 0))) {
        const auto started = parse_rfc3339(text_in(phase, "started_at"));
        details.phases.push_back({text_in(phase, "name"), started ? *started : WallTime(),
                                  std::chrono::milliseconds(static_cast<std::int64_t>(count_in(phase, "elapsed_ms")))});
    }
    for (const auto& warning : list_in(rows.text(0, 1))) {
        if (warning.is_string()) details.warnings.push_back(warning.get<std::string>());
    }
    for (const auto& source : list_in(rows.text(0, 2))) {
        details.sources.push_back(
            {text_in(source, "name"), text_in(source, "state"), count_in(source, "files"), count_in(source, "bytes")});
    }
    return details;
}

}  // namespace

RunQuery history_query(const HistoryFilter& filter, std::optional<RunState> state) {
    SqlFilter where;
    if (!filter.job.empty()) where.add("r.job = ?", {filter.job});
    if (state) where.add("r.state = ?", {std::string(to_string(*state))});
    if (filter.since) where.add("r.claimed_ns >= ?", {db::sql_time(*filter.since)});
    if (filter.before) where.add("r.claimed_ns < ?", {db::sql_time(*filter.before)});
    if (filter.after) {
        where.add("(r.claimed_ns, r.id) < (?, ?)", {db::sql_time(filter.after->claimed_at), filter.after->id});
    }
    const auto limit = std::min(filter.limit, HistoryFilter::kMaxPage);
    return {"SELECT " + run_columns("r") + " FROM runs r" + where.sql() +
                " ORDER BY r.claimed_ns DESC, r.id DESC LIMIT " + std::to_string(limit),
            where.values()};
}

RunQuery active_query() {
    return {"SELECT " + run_columns("r") + " FROM runs r WHERE r.ended_ns IS NULL ORDER BY r.claimed_ns", {}};
}

RunQuery active_of_job_query(const std::string& job) {
    return {"SELECT " + run_columns("r") +
                " FROM runs r WHERE r.job = $1 AND r.ended_ns IS NULL ORDER BY r.claimed_ns DESC LIMIT 1",
            {job}};
}

RunQuery days_query(std::chrono::sys_days first, std::chrono::sys_days last, const std::string& job) {
    SqlFilter where;
    if (!job.empty()) where.add("job = ?", {job});
    where.add("day >= ?", {std::int64_t{first.time_since_epoch().count()}});
    where.add("day < ?", {std::int64_t{last.time_since_epoch().count()}});
    return {"SELECT day, job, " + totals_columns() + " FROM day_totals" + where.sql() + " ORDER BY day, job",
            where.values()};
}

Result<std::vector<Run>> RunHistory::list(const CallContext& ctx, const HistoryFilter& filter) {
    std::vector<Run> runs;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
        runs.clear();
        if (filter.states.empty()) return append_page(db, filter, std::nullopt, runs);
        // One query for each state follows an index; one for all of them would scan.
        for (const RunState state : filter.states)
            COFRE_TRY(append_page(db, filter, state, runs));
        return {};
    }));
    std::sort(runs.begin(), runs.end(), is_newer_run);
    runs.resize(std::min(runs.size(), filter.limit));
    return runs;
}

Result<Run> RunHistory::find(const CallContext& ctx, const std::string& run_id) {
    std::optional<Run> run;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
        COFRE_ASSIGN(const auto rows,
                     db.query("SELECT " + run_columns("r") + " FROM runs r WHERE r.id = $1", kRunColumns, {run_id}));
        if (!rows.empty()) run = run_of(rows, 0);
        return {};
    }));
    if (run) return *std::move(run);
    return Error(ErrorCode::kNotFound, "the catalog has no run " + run_id);
}

Result<RunDetails> RunHistory::details(const CallContext& ctx, const std::string& run_id) {
    RunDetails details;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
        COFRE_ASSIGN(const auto rows,
                     db.query("SELECT phases, warnings, sources FROM run_details WHERE run_id = $1", 3, {run_id}));
        details = rows.empty() ? RunDetails() : details_of(rows);
        return {};
    }));
    return details;
}

Result<std::vector<Run>> RunHistory::active(const CallContext& ctx) {
    std::vector<Run> runs;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
        runs.clear();
        COFRE_ASSIGN(const auto rows, db.query(active_query().sql, kRunColumns));
        for (std::size_t row = 0; row < rows.size(); ++row)
            runs.push_back(run_of(rows, row));
        return {};
    }));
    return runs;
}

Result<std::vector<DayTotals>> RunHistory::days(const CallContext& ctx, std::chrono::sys_days first,
                                                std::chrono::sys_days last, const std::string& job) {
    std::vector<DayTotals> days;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
        days.clear();
        const auto query = days_query(first, last, job);
        COFRE_ASSIGN(const auto rows, db.query(query.sql, 2 + kTotalsColumns, query.values));
        for (std::size_t row = 0; row < rows.size(); ++row) {
            days.push_back({std::chrono::sys_days(std::chrono::days(static_cast<int>(rows.number(row, 0)))),
                            rows.text(row, 1), totals_of(rows, row, 2)});
        }
        return {};
    }));
    return days;
}

Result<std::vector<JobTotals>> RunHistory::totals(const CallContext& ctx) {
    std::vector<JobTotals> totals;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
        totals.clear();
        COFRE_ASSIGN(const auto rows,
                     db.query("SELECT job, " + totals_columns() + " FROM job_totals ORDER BY job", 1 + kTotalsColumns));
        for (std::size_t row = 0; row < rows.size(); ++row)
            totals.push_back({rows.text(row, 0), totals_of(rows, row, 1)});
        return {};
    }));
    return totals;
}

}  // namespace cofre::catalog
