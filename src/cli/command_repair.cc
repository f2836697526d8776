// `repair index` and `repair packs`.
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/repository_session.h"
#include "cli/step_reporter.h"
#include "repo/repair.h"

namespace cofre::cli {
namespace {

using RepairJson = nlohmann::ordered_json;

repo::RepairOptions repair_options(const App& app, RepositorySession& session, StepReporter& steps) {
    repo::RepairOptions out;
    out.may_write = session.may_write();
    out.on_finding = [&app, &steps](const std::string& line) {
        steps.finish();
        app.console.warning(line);
    };
    out.on_step = steps.on_step();
    return out;
}

Status repair_the_index(const App& app, const RepairIndexOptions& options) {
    RepoAccessOptions access = options.repo;
    access.no_cache = true;  // What is in the store is what counts.
    COFRE_ASSIGN(const auto session,
                 RepositorySession::open(app, access, {.lock = LockNeed::kExclusive, .will_write = true}));
    StepReporter steps(app);
    auto repair = repair_options(app, *session, steps);
    repair.read_all_packs = options.read_all_packs;
    COFRE_ASSIGN(const auto result, repo::repair_index(app.ctx, session->repository(), repair));
    steps.finish();
    app.console.note(
        fmt::format("the new index has {} packs as before and {} from their headers; {} are missing, {} "
                    "cannot be read",
                    format_count(result.packs_kept), format_count(result.packs_read),
                    format_count(result.packs_missing), format_count(result.packs_unreadable)));
    app.console.print_json(RepairJson({{"message_type", "summary"},
                                       {"packs_kept", result.packs_kept},
                                       {"packs_read", result.packs_read},
                                       {"packs_missing", result.packs_missing},
                                       {"packs_unreadable", result.packs_unreadable},
                                       {"index_files_removed", result.index_files_removed}})
                               .dump());
    return session->close();
}

Status repair_the_packs(const App& app, const RepairPacksOptions& options) {
    RepoAccessOptions access = options.repo;
    access.no_cache = true;
    COFRE_ASSIGN(const auto session,
                 RepositorySession::open(app, access, {.lock = LockNeed::kExclusive, .will_write = true}));
    std::vector<repo::Id> ids;
    for (const auto& text : options.ids) {
        auto whole = repo::Id::parse(text);  // A pack may be missing: only its whole id names it then.
        if (!whole) whole = session->repository().find(app.ctx, repo::FileKind::kPack, text);
        if (!whole) return std::move(whole).error();
        ids.push_back(*whole);
    }
    COFRE_TRY(session->load_index());
    StepReporter steps(app);
    auto repair = repair_options(app, *session, steps);
    repair.backup_folder = std::filesystem::path(".");
    COFRE_ASSIGN(const auto result, repo::repair_packs(app.ctx, session->repository(), ids, repair));
    steps.finish();
    app.console.note(fmt::format("saved {} blobs, lost {}; {} packs were removed, copies of them are in this folder",
                                 format_count(result.blobs_saved), format_count(result.blobs_lost),
                                 format_count(result.packs_removed)));
    if (result.blobs_lost != 0) app.console.note("`cofre repair snapshots` leaves out what is lost");
    app.console.print_json(RepairJson({{"message_type", "summary"},
                                       {"blobs_saved", result.blobs_saved},
                                       {"blobs_lost", result.blobs_lost},
                                       {"packs_removed", result.packs_removed}})
                               .dump());
    return session->close();
}

}  // namespace

int run_command(const App& app, const RepairIndexOptions& options) {
    const Status status = repair_the_index(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

int run_command(const App& app, const RepairPacksOptions& options) {
    const Status status = repair_the_packs(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace cofre::cli
