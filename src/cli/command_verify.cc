// `verify`: of both layouts; what is for repositories is in command_verify_trees.cc.
#include <algorithm>
#include <utility>

#include "backup/proof_record.h"
#include "backup/run_record.h"
#include "backup/verify_run.h"
#include "base/log.h"
#include "cli/app.h"
#include "cli/job_runner.h"
#include "cli/outcome_report.h"
#include "cli/progress_display.h"
#include "cli/restore_drill.h"
#include "cli/run_recorder.h"
#include "cli/tree_commands.h"
#include "daemon/catalog_place.h"
#include "daemon/job_plan.h"

namespace cofre::cli {
namespace {

Result<backup::VerifyLevel> level_of(const VerifyOptions& options, bool is_objects) {
    if (!options.level.empty()) return backup::parse_verify_level(options.level);
    return is_objects || options.read_data ? backup::VerifyLevel::kRead : backup::VerifyLevel::kList;
}

void remember(const App& app, const backup::VerifyOutcome& outcome) {
    if (outcome.snapshot.job.empty()) return;
    auto folder = default_state_folder();
    const auto config = load_optional_configuration(app);
    if (config && *config && (*config)->find_job(outcome.snapshot.job) != nullptr) folder = (*config)->state_dir;
    auto record = backup::load_run_record(folder, outcome.snapshot.job);
    if (!record) record = backup::RunRecord();
    record->last_proof = backup::RunRecord::Proof{.proven_at = outcome.proven_at,
                                                  .level = std::string(to_string(outcome.level)),
                                                  .snapshot_id = outcome.snapshot.id,
                                                  .good = outcome.is_good(),
                                                  .files = outcome.files};
    const Status saved = backup::save_run_record(folder, outcome.snapshot.job, *record);
    if (!saved) log_warning("cli", "the proof is not recorded for `cofre status`: " + saved.error().message());
}

/// In the catalog too, where there is a configuration that says which one.
void note_proof(const App& app, const OpenPlace& place, const backup::ProofRecord& proof) {
    const auto config = load_optional_configuration(app);
    if (!config || !*config) return;
    const auto catalog = open_optional_catalog(app, **config);
    if (!catalog) return;
    const auto noted =
        catalog->proofs().record(app.ctx, daemon::catalog_proof(proof, daemon::catalog_target(place.target)));
    if (!noted) log_warning("cli", "the proof is not in the catalog: " + noted.error().message());
}

/// Beside the backup, so that nobody has to ask this machine.
void keep_evidence(const App& app, const OpenPlace& place, const backup::VerifyOutcome& outcome) {
    const auto proof = backup::proof_of(outcome, daemon::host_name(), std::string(daemon::tool_version()));
    const auto saved = backup::save_proof(app.ctx, *place.open.store, place.open.prefix, proof);
    note_proof(app, place, proof);
    if (!saved) log_warning("cli", "the evidence is not kept beside the backup: " + saved.error().message());
}

Result<int> verify_objects(const App& app, const OpenPlace& place, const VerifyOptions& options) {
    COFRE_ASSIGN(const auto level, level_of(options, /*is_objects=*/true));
    auto snapshots = options.snapshots;
    if (snapshots.empty()) snapshots.emplace_back("latest");
    std::optional<int> status;
    for (const auto& snapshot : snapshots) {
        const auto begun = app.clock.now();
        const backup::VerifyPlan plan{.snapshot = snapshot,
                                      .job = options.job,
                                      .prefix = place.open.prefix,
                                      .level = std::min(level, backup::VerifyLevel::kRead),
                                      .concurrency = options.concurrency > 0 ? options.concurrency : kObjectsAtOnce,
                                      .temp_folder = daemon::temp_folder()};
        backup::Progress progress;
        Result<backup::VerifyOutcome> outcome = Error(ErrorCode::kInternal, "not run");
        {
            const ProgressDisplay display(app.console, progress, app.clock, "verifying");
            outcome = backup::run_verify(app.ctx, plan, *place.open.store, app.clock, progress);
        }
        if (!outcome) return std::move(outcome).error();
        outcome->level = level;
        COFRE_TRY(prove_objects(app, place, options, *outcome));
        outcome->elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(app.clock.now() - begun);
        status = worse_of(status, finish_verify(app, place, *outcome));
    }
    return status.value_or(kExitDone);
}

}  // namespace

Result<int> verify_backup(const App& app, const VerifyOptions& options) {
    COFRE_ASSIGN(auto place, open_place(app, options.from.place, options.job));
    const bool is_objects = place.is_objects() || (place.layout == config::Layout::kAuto && !options.job.empty());
    if (is_objects) return verify_objects(app, place, options);
    COFRE_ASSIGN(const auto level, level_of(options, /*is_objects=*/false));
    return verify_trees(app, std::move(place), options, level);
}

int finish_verify(const App& app, const OpenPlace& place, const backup::VerifyOutcome& outcome) {
    remember(app, outcome);
    keep_evidence(app, place, outcome);
    show_verify(app.console, outcome);
    app.console.print_json(verify_json(outcome));
    if (outcome.is_good()) return kExitDone;
    return outcome.files == 0 ? kExitFatal : kExitPartial;
}

int worse_of(std::optional<int> status, int next) {
    return !status || *status == next ? next : static_cast<int>(kExitPartial);
}

int run_command(const App& app, const VerifyOptions& options) {
    const auto status = verify_backup(app, options);
    return status ? *status : fail(app, status.error());
}

}  // namespace cofre::cli
