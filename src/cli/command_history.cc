// `history`: runs as the catalog knows them.
#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/secret.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli/app.h"
#include "cli/local_time.h"
#include "cli/node_text.h"
#include "cli/run_recorder.h"
#include "cli/snapshot_table.h"

namespace cofre::cli {
namespace {

using HistoryJson = nlohmann::ordered_json;

constexpr std::size_t kShownDigits = 8;
constexpr std::size_t kShownError = 100;

HistoryJson time_or_null(const std::optional<WallTime>& time) {
    return time ? HistoryJson(format_rfc3339(*time)) : HistoryJson(nullptr);
}

HistoryJson history_run_json(const catalog::Run& run) {
    HistoryJson out = {{"id", run.id},
                       {"job", run.job},
                       {"state", to_string(run.end.state)},
                       {"trigger", to_string(run.trigger)},
                       {"due_at", time_or_null(run.due_at)},
                       {"claimed_at", format_rfc3339(run.claimed_at)},
                       {"started_at", time_or_null(run.started_at)},
                       {"ended_at", run.has_ended ? HistoryJson(format_rfc3339(run.end.ended_at)) : HistoryJson()},
                       {"host", run.host},
                       {"program_version", run.program_version}};
    if (!run.has_ended) return out;
    out.update({{"duration_seconds", static_cast<double>(run.elapsed().count()) / 1000},
                {"exit_status", run.end.exit_status},
                {"snapshot_id", run.end.snapshot_id},
                {"target", redact(run.end.target)},
                {"layout", run.end.layout},
                {"files", run.end.files},
                {"bytes_read", run.end.bytes_read},
                {"bytes_stored", run.end.bytes_stored},
                {"warning_count", run.end.warning_count},
                {"error", redact(run.end.error)},
                {"peak_memory", run.end.peak_memory},
                {"cpu_seconds", static_cast<double>(run.end.cpu_time.count()) / 1000}});
    return out;
}

Tone tone_of(catalog::RunState state) {
    switch (state) {
        case catalog::RunState::kSucceeded: return Tone::kGood;
        case catalog::RunState::kPartial:
        case catalog::RunState::kCancelled:
        case catalog::RunState::kSkipped: return Tone::kWarning;
        case catalog::RunState::kFailed:
        case catalog::RunState::kInterrupted: return Tone::kBad;
        case catalog::RunState::kClaimed:
        case catalog::RunState::kRunning: break;
    }
    return Tone::kPlain;
}

void print_run(const Console& console, const catalog::Run& run) {
    const auto padded = fmt::format("{:<11}", to_string(run.end.state));
    console.print(fmt::format("{}  {:<16} {} {:<8} {:>8} {:>9} {:>10} {:>10}  {:<8}",
                              table_time(repo::Zone::local().at(run.claimed_at)), escape_for_display(run.job),
                              console.paint(tone_of(run.end.state), padded), to_string(run.trigger),
                              run.has_ended ? format_duration(run.elapsed()) : "", format_count(run.end.files),
                              format_bytes(run.end.bytes_read), format_bytes(run.end.bytes_stored),
                              run.end.snapshot_id.substr(0, kShownDigits)));
    if (run.end.error.empty()) return;
    const auto error = escape_controls(redact(run.end.error));
    console.print("    " + (error.size() > kShownError ? error.substr(0, kShownError) + "…" : error));
}

Result<catalog::HistoryFilter> filter_of(const App& app, const HistoryOptions& options, catalog::Catalog& catalog) {
    catalog::HistoryFilter filter;
    filter.job = options.job;
    filter.limit = static_cast<std::size_t>(options.limit);
    for (const auto& name : options.states) {
        COFRE_ASSIGN(const auto state, catalog::parse_run_state(name));
        filter.states.push_back(state);
    }
    if (!options.since.empty()) {
        COFRE_ASSIGN(filter.since, parse_since(app, options.since));
    }
    if (!options.after.empty()) {
        COFRE_ASSIGN(const auto last, catalog.history().find(app.ctx, options.after));
        filter.after = catalog::RunCursor{last.claimed_at, last.id};
    }
    return filter;
}

Result<int> show_history(const App& app, const HistoryOptions& options) {
    COFRE_ASSIGN(const auto catalog, open_catalog(app, options.catalog));
    COFRE_ASSIGN(const auto filter, filter_of(app, options, *catalog));
    COFRE_ASSIGN(const auto runs, catalog->history().list(app.ctx, filter));
    const bool may_go_on = runs.size() == filter.limit;
    if (app.console.json()) {
        auto list = HistoryJson::array();
        for (const auto& run : runs)
            list.push_back(history_run_json(run));
        app.console.print_json(
            json_text({{"runs", std::move(list)}, {"next", may_go_on ? HistoryJson(runs.back().id) : HistoryJson()}}));
        return static_cast<int>(kExitDone);
    }
    app.console.print(fmt::format("{:<19}  {:<16} {:<11} {:<8} {:>8} {:>9} {:>10} {:>10}  {}", "TIME", "JOB", "STATE",
                                  "TRIGGER", "DURATION", "FILES", "READ", "STORED", "SNAPSHOT"));
    for (const auto& run : runs)
        print_run(app.console, run);
    if (runs.empty()) app.console.note("no runs in " + catalog->database().url().display());
    if (may_go_on) app.console.note("older ones: --after " + runs.back().id);
    return static_cast<int>(kExitDone);
}

}  // namespace

int run_command(const App& app, const HistoryOptions& options) {
    const auto status = show_history(app, options);
    return status ? *status : fail(app, status.error());
}

}  // namespace cofre::cli
