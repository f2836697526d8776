// `rewrite` and `repair snapshots`: snapshots replaced by changed ones.
#include <memory>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli/repository_session.h"
#include "repo/snapshot_rewrite.h"
#include "source/path_filter.h"

namespace cofre::cli {
namespace {

using RewriteJson = nlohmann::ordered_json;
using OutcomeKind = repo::RewriteOutcome::Kind;

constexpr std::size_t kMaxRewriteExcludes = 16U << 20U;

/// One pattern a line; blank lines and those that begin with '#' are skipped.
Status read_exclude_file(const std::filesystem::path& path, std::vector<std::string>& patterns) {
    auto text = read_small_file(path, kMaxRewriteExcludes);
    if (!text) return std::move(text).error().context("--exclude-file");
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (!line.empty() && line.front() != '#') patterns.push_back(line);
    }
    return {};
}

/// Drops what the patterns exclude; nothing if there are none.
Result<repo::TreeRules> exclude_rules(const RewriteOptions& options) {
    source::FilterRules rules{.include = {}, .exclude = options.exclude, .exclude_ignore_case = options.iexclude};
    for (const auto& path : options.exclude_files)
        COFRE_TRY(read_exclude_file(path, rules.exclude));
    const bool has_patterns = !rules.exclude.empty() || !rules.exclude_ignore_case.empty();
    if (!has_patterns && options.new_host.empty() && options.new_time.empty()) {
        return Error(ErrorCode::kInvalidArgument, "nothing to rewrite: no pattern was given")
            .with_hint("give --exclude, --new-host or --new-time");
    }
    COFRE_ASSIGN(auto made, source::PathFilter::create(rules));
    const auto filter = std::make_shared<source::PathFilter>(std::move(made));  // The rules are copied.
    repo::TreeRules out;
    out.judge = [filter](const std::string& path, repo::Node& node) -> Result<repo::NodeVerdict> {
        const std::string_view inside = std::string_view(path).substr(1);  // '/' anchors at the snapshot's root.
        const bool is_kept =
            node.type == repo::NodeType::kDirectory ? filter->enters_folder(inside) : filter->accepts_file(inside, 0);
        return is_kept ? repo::NodeVerdict::kKeep : repo::NodeVerdict::kDrop;
    };
    return out;
}

struct RewriteCounts {
    std::size_t changed = 0;
    std::size_t lost = 0;
};

void show_outcome(const App& app, const repo::ListedSnapshot& listed, const repo::RewriteOutcome& outcome,
                  bool dry_run) {
    const std::string name = "snapshot " + listed.id.substr(0, 8);
    const std::string would = dry_run ? "would be " : "";
    if (outcome.kind == OutcomeKind::kLost) {
        app.console.warning(name + ": nothing of it can be read" +
                            (outcome.is_removed ? "; it " + (dry_run ? would : "is ") + "removed" : ""));
    } else {
        app.console.note(name + ": " + would + "written anew" +
                         (outcome.new_id ? " as " + outcome.new_id->short_hex() : "") +
                         (outcome.is_removed ? ", the old one removed" : ""));
    }
    app.console.print_json(
        RewriteJson({{"message_type", outcome.kind == OutcomeKind::kLost ? "lost" : "changed"},
                     {"old_snapshot_id", listed.id},
                     {"new_snapshot_id", outcome.new_id ? RewriteJson(outcome.new_id->hex()) : RewriteJson()},
                     {"removed", outcome.is_removed},
                     {"dry_run", dry_run}})
            .dump());
}

struct RewriteRequest {
    const SnapshotFilterOptions& filter;
    const std::vector<std::string>& ids;
};

Result<RewriteCounts> rewrite_chosen(const App& app, RepositorySession& session, const RewriteRequest& request,
                                     repo::SnapshotEdit edit) {
    COFRE_ASSIGN(const auto list, session.load_snapshots());
    for (const auto& error : list.unreadable)
        app.console.warning(error.message());
    COFRE_ASSIGN(const auto chosen, choose_snapshots(app, list.snapshots, request.ids, to_filter(request.filter)));
    COFRE_TRY(session.load_index());
    const bool dry_run = edit.dry_run;
    if (!dry_run) edit.may_write = session.may_write();
    repo::SnapshotRewriter rewriter(app.ctx, session.repository(), std::move(edit));
    RewriteCounts counts;
    for (const auto i : chosen) {
        COFRE_ASSIGN(const auto outcome, rewriter.rewrite(app.ctx, list.snapshots[i]));
        if (outcome.kind == OutcomeKind::kUnchanged) continue;
        ++(outcome.kind == OutcomeKind::kLost ? counts.lost : counts.changed);
        show_outcome(app, list.snapshots[i], outcome, dry_run);
    }
    app.console.note(
        fmt::format("{} of {} snapshots {}changed", counts.changed, chosen.size(), dry_run ? "would be " : ""));
    app.console.print_json(
        RewriteJson({{"message_type", "summary"}, {"changed_snapshots", counts.changed}, {"lost", counts.lost}})
            .dump());
    return counts;
}

SessionOptions rewrite_session(bool forget, bool dry_run) {
    return {.lock = forget && !dry_run ? LockNeed::kExclusive : LockNeed::kShared, .will_write = !dry_run};
}

Result<RewriteCounts> rewrite(const App& app, const RewriteOptions& options) {
    repo::SnapshotEdit edit;
    COFRE_ASSIGN(edit.rules, exclude_rules(options));
    if (!options.new_host.empty()) edit.hostname = options.new_host;
    if (!options.new_time.empty()) {
        auto time = repo::parse_zoned_time(options.new_time);
        if (!time) {
            return Error(ErrorCode::kInvalidArgument, "--new-time: \"" + escape_for_display(options.new_time) +
                                                          "\" is no time such as 2026-11-22T10:00:00Z");
        }
        edit.time = *time;
    }
    edit.tag = "rewrite";
    edit.forget = options.forget;
    edit.dry_run = options.dry_run;
    COFRE_ASSIGN(const auto session,
                 RepositorySession::open(app, options.repo, rewrite_session(options.forget, options.dry_run)));
    COFRE_ASSIGN(const auto counts, rewrite_chosen(app, *session, {options.filter, options.ids}, std::move(edit)));
    COFRE_TRY(session->close());
    return counts;
}

Result<RewriteCounts> repair_snapshots(const App& app, const RepairSnapshotsOptions& options) {
    COFRE_ASSIGN(const auto session,
                 RepositorySession::open(app, options.repo, rewrite_session(options.forget, options.dry_run)));
    repo::SnapshotEdit edit;
    edit.rules = repo::repair_rules(session->repository(), [&app](const repo::RepairedEntry& entry) {
        app.console.warning("\"" + escape_for_display(entry.path) + "\": " + entry.what);
    });
    edit.tag = "repaired";
    edit.forget = options.forget;
    edit.forget_lost = options.forget;
    edit.dry_run = options.dry_run;
    COFRE_ASSIGN(const auto counts, rewrite_chosen(app, *session, {options.filter, options.ids}, std::move(edit)));
    COFRE_TRY(session->close());
    return counts;
}

}  // namespace

int run_command(const App& app, const RewriteOptions& options) {
    const auto counts = rewrite(app, options);
    return counts ? static_cast<int>(kExitDone) : fail(app, counts.error());
}

int run_command(const App& app, const RepairSnapshotsOptions& options) {
    const auto counts = repair_snapshots(app, options);
    return counts ? static_cast<int>(kExitDone) : fail(app, counts.error());
}

}  // namespace cofre::cli
