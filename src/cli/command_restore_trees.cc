// `restore` from a repository.
#include <cstdlib>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "backup/tree_restore.h"
#include "base/file.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli/node_text.h"
#include "cli/progress_display.h"
#include "cli/read_session.h"
#include "cli/tree_commands.h"
#include "source/snapshot_walk.h"

namespace cofre::cli {
namespace {

constexpr int kThreadsForS3 = 10;
constexpr int kThreadsForDisk = 4;
constexpr std::size_t kMaxPatternFile = std::size_t{16} << 20U;
constexpr std::size_t kProblemsShown = 20;

Status add_pattern_files(const std::vector<std::filesystem::path>& files, std::vector<std::string>& patterns) {
    for (const auto& file : files) {
        COFRE_ASSIGN(const auto text, read_small_file(file, kMaxPatternFile));
        std::vector<std::string> unset;
        const auto lines = source::parse_exclude_lines(text, {}, unset);
        if (!unset.empty()) {
            return Error(ErrorCode::kInvalidArgument, escape_for_display(file.native()) + ": variables such as $" +
                                                          unset.front() + " are not known when restoring")
                .with_hint("write $$ for a dollar sign");
        }
        patterns.insert(patterns.end(), lines.begin(), lines.end());
    }
    return {};
}

Result<backup::RestoreRules> rules_of(const RestoreOptions& options) {
    backup::RestoreRules rules{.include = options.include,
                               .include_ignore_case = options.iinclude,
                               .exclude = options.exclude,
                               .exclude_ignore_case = options.iexclude};
    COFRE_TRY(add_pattern_files(options.include_files, rules.include));
    COFRE_TRY(add_pattern_files(options.iinclude_files, rules.include_ignore_case));
    COFRE_TRY(add_pattern_files(options.exclude_files, rules.exclude));
    COFRE_TRY(add_pattern_files(options.iexclude_files, rules.exclude_ignore_case));
    return rules;
}

source::OwnerRule owner_rule(const std::string& text) {
    if (text == "name") return source::OwnerRule::kByName;
    return text == "keep" ? source::OwnerRule::kKeep : source::OwnerRule::kNumeric;
}

Result<backup::TreeRestorePlan> tree_plan(const RestoreOptions& options, const ReadSession& reading,
                                          const ChosenTree& chosen) {
    backup::TreeRestorePlan plan;
    plan.tree = chosen.tree;
    plan.only = chosen.only;
    plan.target = options.target;
    COFRE_ASSIGN(plan.rules, rules_of(options));
    COFRE_ASSIGN(plan.overwrite, backup::parse_overwrite(options.overwrite));
    plan.remove_others = options.remove_others;
    plan.verify = options.verify;
    plan.dry_run = options.dry_run;
    plan.sparse = options.sparse;
    plan.owner = owner_rule(options.owner);
    const bool is_s3 = reading.session->place().open.s3 != nullptr;
    plan.threads = options.concurrency > 0 ? options.concurrency : is_s3 ? kThreadsForS3 : kThreadsForDisk;
    return plan;
}

/// Each entry with --verbose; what is deleted in any dry run.
backup::RestoreObserver item_display(const App& app, bool dry_run) {
    const bool all = app.globals.verbosity > 0;
    if (!all && !dry_run) return {};
    return [&app, all](backup::RestoreAction action, const std::string& path, std::uint64_t size) {
        if (!all && action != backup::RestoreAction::kDeleted) return;
        if (app.console.json()) {
            nlohmann::ordered_json line = {{"message_type", "verbose_status"}, {"action", to_string(action)}};
            add_path_json(line, "item", path);
            line["size"] = size;
            app.console.print_json(json_text(line));
        } else {
            app.console.print(fmt::format("{:<9}  {}", to_string(action), escape_for_display(path)));
        }
    };
}

void show_outcome(const App& app, const backup::TreeRestoreOutcome& outcome, const std::string& id,
                  const RestoreOptions& options) {
    const auto& console = app.console;
    const auto target = escape_for_display(options.target.native());
    const auto seconds = std::max<double>(0.001, static_cast<double>(outcome.elapsed.count()) / 1000);
    if (options.dry_run) {
        console.note(fmt::format("snapshot {}: dry run, nothing was written; {} files, {} would be written to {}", id,
                                 format_count(outcome.files), format_bytes(outcome.bytes), target));
    } else {
        const bool is_good = outcome.is_complete();
        console.note(
            console.paint(is_good ? Tone::kGood : Tone::kBad,
                          fmt::format("{} snapshot {} to {}", is_good ? "restored" : "partly restored", id, target)));
        console.note(
            fmt::format("  {} files, {} folders, {} others, {} in {} ({}/s)", format_count(outcome.files),
                        format_count(outcome.folders), format_count(outcome.others), format_bytes(outcome.bytes),
                        format_duration(outcome.elapsed),
                        format_bytes(static_cast<std::uint64_t>(static_cast<double>(outcome.bytes) / seconds))));
    }
    if (outcome.skipped_bytes > 0) console.note("  " + format_bytes(outcome.skipped_bytes) + " were there already");
    if (outcome.kept > 0) console.note(fmt::format("  {} existing entries kept", format_count(outcome.kept)));
    if (outcome.verified_files > 0) {
        console.note(fmt::format("  {} files read back and compared", format_count(outcome.verified_files)));
    }
    if (outcome.deleted > 0) {
        console.note(
            fmt::format("  {} entries {}deleted", format_count(outcome.deleted), options.dry_run ? "would be " : ""));
    }
    for (const auto& warning : outcome.warnings)
        console.warning(warning);
    for (std::size_t i = 0; i < std::min(outcome.problems.size(), kProblemsShown); ++i) {
        console.warning(escape_for_display(outcome.problems[i].path) + ": " + outcome.problems[i].message);
    }
    if (outcome.problem_count > kProblemsShown) {
        console.warning(fmt::format("{} more problems; --json lists them", outcome.problem_count - kProblemsShown));
    }
}

std::string outcome_json(const backup::TreeRestoreOutcome& outcome, const std::string& id, bool dry_run) {
    auto errors = nlohmann::ordered_json::array();
    for (const auto& problem : outcome.problems) {
        nlohmann::ordered_json error;
        add_path_json(error, "path", problem.path);
        error["message"] = problem.message;
        errors.push_back(std::move(error));
    }
    const auto restored = outcome.files - outcome.unchanged_files;
    // The first names are restic's.
    return json_text({{"message_type", "summary"},
                      {"seconds_elapsed", outcome.elapsed.count() / 1000},
                      {"total_files", outcome.files + outcome.folders + outcome.others + outcome.kept},
                      {"files_restored", restored},
                      {"files_skipped", outcome.kept + outcome.unchanged_files},
                      {"files_deleted", outcome.deleted},
                      {"total_bytes", outcome.bytes + outcome.skipped_bytes},
                      {"bytes_restored", outcome.bytes},
                      {"bytes_skipped", outcome.skipped_bytes},
                      {"snapshot_id", id},
                      {"dry_run", dry_run},
                      {"folders", outcome.folders},
                      {"others", outcome.others},
                      {"files_verified", outcome.verified_files},
                      {"duration_seconds", static_cast<double>(outcome.elapsed.count()) / 1000},
                      {"warnings", outcome.warnings},
                      {"error_count", outcome.problem_count},
                      {"errors", std::move(errors)}});
}

}  // namespace

Result<int> restore_trees(const App& app, OpenPlace place, const RestoreOptions& options) {
    COFRE_ASSIGN(const auto reading, open_for_reading_at(app, std::move(place), options.from));
    COFRE_ASSIGN(const auto chosen, choose_restorable(app, reading, options.snapshot, options.filter));
    COFRE_ASSIGN(const auto plan, tree_plan(options, reading, chosen));
    backup::Progress progress;
    const auto observer = item_display(app, options.dry_run);
    Result<backup::TreeRestoreOutcome> outcome = Error(ErrorCode::kInternal, "not run");
    {
        const ProgressDisplay display(app.console, progress, app.clock, "restoring");
        outcome = backup::run_tree_restore(app.ctx, plan, reading.repository(), app.clock, progress, observer);
    }
    if (!outcome) {
        const auto done =
            fmt::format("{} of {} files restored", progress.files_done.load(), progress.files_found.load());
        return std::move(outcome).error().context(done).with_hint(
            "run the same command again: it goes on where it was");
    }
    show_outcome(app, *outcome, chosen.snapshot->id.substr(0, 8), options);
    app.console.print_json(outcome_json(*outcome, chosen.snapshot->id, options.dry_run));
    COFRE_TRY(reading.session->close());
    if (outcome->is_complete()) return static_cast<int>(kExitDone);
    const bool is_nothing = outcome->files + outcome->others + outcome->kept == 0;
    return static_cast<int>(is_nothing ? kExitFatal : kExitPartial);
}

}  // namespace cofre::cli
