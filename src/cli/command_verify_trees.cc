// `verify` of a repository.
#include <algorithm>
#include <utility>

#include "backup/tree_verify.h"
#include "base/utf8.h"
#include "cli/job_snapshots.h"
#include "cli/progress_display.h"
#include "cli/read_session.h"
#include "cli/restore_drill.h"
#include "cli/tree_commands.h"
#include "daemon/dump_plan.h"
#include "daemon/job_plan.h"

namespace cofre::cli {
namespace {

constexpr int kReadersFromS3 = 16;
constexpr int kReadersFromDisk = 4;

Result<config::JobConfig> configured_job(const config::Config& config, const std::string& name) {
    if (const auto* const job = config.find_job(name)) return *job;
    return Error(ErrorCode::kNotFound, config.path.native() + " has no job \"" + name + "\"");
}

/// The newest snapshot of the job: of this host, or, where it has none (this may
/// be the machine that shall replace it), of any.
Result<std::size_t> newest_of_job(const App& app, const SnapshotList& list, const std::string& name) {
    COFRE_ASSIGN(const auto config, load_configuration(app));
    COFRE_ASSIGN(const auto job, configured_job(config, name));
    COFRE_ASSIGN(auto filter, filter_of_job(config, job));
    COFRE_ASSIGN(const auto latest, repo::parse_snapshot_name("latest"));
    filter.hosts = {daemon::host_name()};
    auto found = repo::find_snapshot(list.snapshots, latest, filter, zoned_now(app));
    if (found || found.error().code() != ErrorCode::kNotFound) return found;
    filter.hosts.clear();
    found = repo::find_snapshot(list.snapshots, latest, filter, zoned_now(app));
    if (found || found.error().code() != ErrorCode::kNotFound) return found;
    return Error(ErrorCode::kNotFound, "job " + name + " has no snapshot in this repository")
        .with_hint("back it up with `cofre run " + name + "`; `cofre snapshots` lists what there is");
}

Result<std::vector<std::size_t>> snapshots_to_verify(const App& app, const SnapshotList& list,
                                                     const VerifyOptions& options) {
    if (options.snapshots.empty() && !options.job.empty()) {
        COFRE_ASSIGN(const auto newest, newest_of_job(app, list, options.job));
        return std::vector{newest};
    }
    const std::vector<std::string> latest = {"latest"};
    return choose_snapshots(app, list.snapshots, options.snapshots.empty() ? latest : options.snapshots,
                            to_filter(options.filter));
}

}  // namespace

Result<int> verify_trees(const App& app, OpenPlace place, const VerifyOptions& options, backup::VerifyLevel level) {
    // What the cache has is not what a bare machine would find.
    RepoAccessOptions access = options.from;
    access.no_cache = true;
    const bool is_s3 = place.open.s3 != nullptr;
    COFRE_ASSIGN(const auto reading, open_for_reading_at(app, std::move(place), access));
    COFRE_ASSIGN(const auto chosen, snapshots_to_verify(app, reading.list, options));
    const int threads = options.concurrency > 0 ? options.concurrency : is_s3 ? kReadersFromS3 : kReadersFromDisk;
    COFRE_ASSIGN(const auto verifier,
                 backup::TreeVerifier::create(app.ctx, reading.repository(), app.clock,
                                              std::min(level, backup::VerifyLevel::kRead), threads));
    std::optional<int> status;
    for (const auto number : chosen) {
        const auto begun = app.clock.now();
        backup::Progress progress;
        Result<backup::VerifyOutcome> outcome = Error(ErrorCode::kInternal, "not run");
        {
            const ProgressDisplay display(app.console, progress, app.clock, "verifying");
            outcome = verifier->verify(app.ctx, reading.list.snapshots[number], options.job, progress);
        }
        if (!outcome) return std::move(outcome).error();
        outcome->level = level;
        COFRE_TRY(prove_tree(app, reading, reading.list.snapshots[number], options, *outcome));
        outcome->elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(app.clock.now() - begun);
        status = worse_of(status, finish_verify(app, reading.session->place(), *outcome));
    }
    COFRE_TRY(reading.session->close());
    return status.value_or(kExitDone);
}

}  // namespace cofre::cli
