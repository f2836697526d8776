// `check`: is the repository whole?
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/repository_session.h"
#include "cli/step_reporter.h"
#include "repo/repo_check.h"

namespace cofre::cli {
namespace {

using CheckJson = nlohmann::ordered_json;

Result<repo::ReadSelection> selection_of(const CheckOptions& options) {
    if (!options.read_data_subset.empty()) return repo::parse_read_selection(options.read_data_subset);
    repo::ReadSelection selection{.all = options.read_data};
    if (options.read_data_budget.empty()) return selection;
    auto bytes = parse_size(options.read_data_budget);
    if (!bytes) return std::move(bytes).error().context("--read-data-budget");
    if (*bytes == 0) return Error(ErrorCode::kInvalidArgument, "--read-data-budget: 0 reads nothing");
    selection.bytes_a_day = *bytes;
    return selection;
}

void show_finding(const App& app, StepReporter& steps, const repo::CheckFinding& found) {
    const bool is_note = found.kind == repo::FindingKind::kNote;
    steps.finish();
    if (app.console.json()) {
        // restic has only "error"; what is no danger must not look like one.
        app.console.print_json(CheckJson({{"message_type", is_note ? "note" : "error"}, {"message", found.message}})
                                   .dump(-1, ' ', false, CheckJson::error_handler_t::replace));
        return;
    }
    if (is_note) {
        app.console.note("note: " + found.message);
    } else {
        app.console.error(Error(ErrorCode::kCorruption, found.message));
    }
}

CheckJson report_json(const repo::CheckReport& report) {
    CheckJson broken = CheckJson::array();
    for (const auto& id : report.broken_packs)
        broken.push_back(id.hex());
    CheckJson out = {
        {"message_type", "summary"},
        {"num_errors", report.errors},
        {"broken_packs", broken.empty() ? CheckJson() : broken},
        {"suggest_repair_index", report.suggest_repair_index},
        {"suggest_prune", report.suggest_prune},
        {"snapshots", report.snapshots},
        {"packs", report.packs},
        {"pack_bytes", report.pack_bytes},
        {"blobs", report.blobs},
        {"unused_blobs", report.unused_blobs},
        {"unused_bytes", report.unused_bytes},
        {"packs_read", report.packs_read},
        {"bytes_read", report.bytes_read},
        {"packs_ever_read", report.packs_ever_read},
        {"bytes_ever_read", report.bytes_ever_read},
        {"oldest_read", report.oldest_read ? CheckJson(format_rfc3339(*report.oldest_read)) : CheckJson()}};
    return out;
}

void show_report(const App& app, const repo::CheckReport& report) {
    app.console.print_json(report_json(report).dump());
    const auto& console = app.console;
    console.note(fmt::format("{} snapshots, {} packs, {}", format_count(report.snapshots), format_count(report.packs),
                             format_bytes(report.pack_bytes)));
    if (report.unused_blobs != 0) {
        console.note(fmt::format("{} blobs, {}, are needed by no snapshot; prune can remove them",
                                 format_count(report.unused_blobs), format_bytes(report.unused_bytes)));
    }
    if (report.packs_read != 0) {
        console.note(
            fmt::format("read {} packs, {}", format_count(report.packs_read), format_bytes(report.bytes_read)));
    }
    if (report.oldest_read) {
        console.note("every pack has been read and found whole since " + format_rfc3339(*report.oldest_read));
    } else if (report.packs != 0) {
        console.note(
            fmt::format("{} of {} packs have been read and found whole at some time; --read-data or "
                        "--read-data-budget reads the rest",
                        format_count(report.packs_ever_read), format_count(report.packs)));
    }
    if (report.errors == 0) console.note(console.paint(Tone::kGood, "no errors were found"));
}

Result<repo::CheckReport> check(const App& app, const CheckOptions& options) {
    COFRE_ASSIGN(const auto selection, selection_of(options));
    RepoAccessOptions access = options.repo;
    access.no_cache = access.no_cache || !options.with_cache;
    COFRE_ASSIGN(const auto session, RepositorySession::open(app, access, {.lock = LockNeed::kShared}));
    StepReporter steps(app);
    repo::CheckOptions checking;
    checking.read = selection;
    checking.list_unused = options.check_unused;
    checking.on_finding = [&](const repo::CheckFinding& found) { show_finding(app, steps, found); };
    checking.on_step = steps.on_step();
    auto report = repo::check_repository(app.ctx, session->repository(), checking);
    steps.finish();
    if (report) show_report(app, *report);
    COFRE_TRY(session->close());
    return report;
}

}  // namespace

int run_command(const App& app, const CheckOptions& options) {
    const auto report = check(app, options);
    if (!report) return fail(app, report.error());
    if (report->errors == 0) return kExitDone;
    Error error(ErrorCode::kCorruption, fmt::format("the repository has {} error{}", format_count(report->errors),
                                                    report->errors == 1 ? "" : "s"));
    std::string advice = "copy the repository before you repair it";
    if (report->suggest_repair_index) advice += "; then `cofre repair index`";
    if (!report->broken_packs.empty()) advice += "; then `cofre repair packs` with the ids above";
    app.console.error(std::move(error).with_hint(advice + "; last, `cofre repair snapshots`"));
    return kExitFatal;
}

}  // namespace cofre::cli
