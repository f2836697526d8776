#include "cli/catalog_rebuild.h"

#include <map>
#include <optional>
#include <utility>

#include "backup/proof_record.h"
#include "cli/job_snapshots.h"
#include "cli/local_time.h"
#include "cli/repository_session.h"
#include "cli/step_display.h"
#include "daemon/catalog_place.h"
#include "objects/manifest_reader.h"
#include "objects/object_naming.h"

namespace cofre::cli {
namespace {

/// One target being read.
class TargetRebuild {
public:
    TargetRebuild(const App& app, const config::Config& config, const config::TargetConfig& target,
                  catalog::Catalog& catalog)
        : app_(app), config_(config), target_(target), catalog_(catalog) {
        outcome_.target = daemon::catalog_target(target);
    }

    Result<RebuildOutcome> run() {
        const auto began = app_.clock.wall_now();
        COFRE_ASSIGN(auto place, open_resolved(app_, {.target = target_, .state_folder = config_.state_dir}));
        const auto store = place.open.store.get();
        const std::string prefix = place.open.prefix;
        if (place.is_objects()) {
            COFRE_TRY(read_manifests(*store, prefix));
            COFRE_TRY(read_proofs(*store, prefix));
        } else if (place.layout == config::Layout::kRepository) {
            COFRE_ASSIGN(const auto session, RepositorySession::open_at(app_, std::move(place), {}, {}));
            COFRE_TRY(read_snapshots(*session));
            COFRE_TRY(read_proofs(*session->place().open.store, prefix));
            COFRE_TRY(session->close());
        }
        if (!outcome_.problems.empty()) return std::move(outcome_);
        COFRE_ASSIGN(outcome_.gone, catalog_.backups().mark_absent(app_.ctx, outcome_.target, present_, began));
        return std::move(outcome_);
    }

private:
    /// A backup and the run that made it; `job` empty: nobody knows whose it is.
    Status add(const catalog::Backup& backup, const std::optional<catalog::Run>& run) {
        ++outcome_.backups;
        present_.push_back(backup.snapshot_id);
        jobs_[backup.snapshot_id] = backup.job;
        // The backup first: the run would add it with the time of its own end.
        COFRE_ASSIGN(const bool is_new, catalog_.backups().record(app_.ctx, backup));
        if (is_new) ++outcome_.new_backups;
        if (!run || run->job.empty()) return {};
        COFRE_ASSIGN(const bool is_new_run, catalog_.runs().import(app_.ctx, *run));
        if (is_new_run) ++outcome_.new_runs;
        return {};
    }

    Status add_manifest(const objects::SnapshotRef& ref, const objects::ManifestHeader& header) {
        const catalog::Backup backup{.target = outcome_.target,
                                     .snapshot_id = header.id,
                                     .object_key = ref.key.str(),
                                     .layout = "objects",
                                     .job = header.job,
                                     .host = header.host,
                                     .run_id = {},
                                     .made_at = header.finished_at,
                                     .files = header.summary.files,
                                     .bytes = header.summary.bytes,
                                     .bytes_stored = header.summary.uploaded_bytes,
                                     .complete = header.exit_status == 0};
        auto run = run_of_backup(backup);
        run.claimed_at = header.started_at;
        run.started_at = header.started_at;
        run.program_version = header.tool_version;
        run.end.exit_status = header.exit_status;
        run.end.state = catalog::state_of_exit(header.exit_status);
        run.end.warning_count = header.summary.errors;
        return add(backup, run);
    }

    static catalog::Run run_of_backup(const catalog::Backup& backup) {
        catalog::Run run;
        run.job = backup.job;
        run.trigger = catalog::Trigger::kRebuild;
        run.claimed_at = backup.made_at;
        run.has_ended = true;
        run.host = backup.host;
        run.end.state = catalog::RunState::kSucceeded;
        run.end.exit_status = 0;
        run.end.ended_at = backup.made_at;
        run.end.snapshot_id = backup.snapshot_id;
        run.end.target = backup.target;
        run.end.layout = backup.layout;
        run.end.files = backup.files;
        run.end.bytes_read = backup.bytes;
        run.end.bytes_stored = backup.bytes_stored;
        return run;
    }

    Status read_manifests(store::ObjectStore& store, const std::string& prefix) {
        COFRE_ASSIGN(const auto refs, objects::list_snapshots(store, app_.ctx, prefix));
        StepDisplay display(app_.console, app_.clock, "reading manifests of " + target_.name, "manifests");
        display.set_total(refs.size());
        for (const auto& ref : refs) {
            auto header = objects::read_header(store, app_.ctx, ref.key);
            if (header) {
                COFRE_TRY(add_manifest(ref, *header));
            } else if (header.error().code() == ErrorCode::kCorruption ||
                       header.error().code() == ErrorCode::kUnsupported) {
                outcome_.problems.push_back(ref.key.str() + ": " + header.error().message());
            } else {
                return std::move(header).error();
            }
            display.step();
        }
        return {};
    }

    /// The configured job that makes such snapshots; empty: none does.
    Result<std::string> job_of(const repo::Snapshot& snapshot) {
        for (const auto& [name, filter] : filters_) {
            if (filter.matches(snapshot) && filter.paths.size() == snapshot.paths.size()) return name;
        }
        return std::string();
    }

    Status add_snapshot(const repo::ListedSnapshot& listed) {
        const auto& snapshot = listed.snapshot;
        const repo::SnapshotSummary summary = snapshot.summary.value_or(repo::SnapshotSummary());
        COFRE_ASSIGN(const auto job, job_of(snapshot));
        const catalog::Backup backup{.target = outcome_.target,
                                     .snapshot_id = listed.id,
                                     .object_key = {},
                                     .layout = "repository",
                                     .job = job,
                                     .host = snapshot.hostname,
                                     .run_id = {},
                                     .made_at = wall_time_of(snapshot.time),
                                     .files = summary.total_files_processed,
                                     .bytes = summary.total_bytes_processed,
                                     .bytes_stored = summary.data_added_packed,
                                     .complete = true};
        auto run = run_of_backup(backup);
        run.program_version = snapshot.program_version;
        if (snapshot.summary && !(summary.backup_end == repo::kZeroTime)) {
            run.claimed_at = wall_time_of(summary.backup_start);
            run.started_at = run.claimed_at;
            run.end.ended_at = wall_time_of(summary.backup_end);
        }
        return add(backup, run);
    }

    Status read_snapshots(RepositorySession& session) {
        for (const auto& job : config_.jobs) {
            if (job.to != target_.name) continue;
            COFRE_ASSIGN(auto filter, filter_of_job(config_, job));
            filters_.emplace_back(job.name, std::move(filter));
        }
        COFRE_ASSIGN(const auto list, session.load_snapshots());
        for (const auto& error : list.unreadable)
            outcome_.problems.push_back(error.message());
        StepDisplay display(app_.console, app_.clock, "recording snapshots of " + target_.name, "snapshots");
        display.set_total(list.snapshots.size());
        for (const auto& listed : list.snapshots) {
            COFRE_TRY(add_snapshot(listed));
            display.step();
        }
        return {};
    }

    Status read_proofs(store::ObjectStore& store, const std::string& prefix) {
        COFRE_ASSIGN(const auto records, backup::load_proofs(app_.ctx, store, prefix, outcome_.problems));
        for (const auto& record : records) {
            auto proof = daemon::catalog_proof(record, outcome_.target);
            if (const auto known = jobs_.find(proof.snapshot_id); proof.job.empty() && known != jobs_.end()) {
                proof.job = known->second;
            }
            COFRE_ASSIGN(const bool is_new, catalog_.proofs().record(app_.ctx, std::move(proof)));
            if (is_new) ++outcome_.new_proofs;
        }
        return {};
    }

    const App& app_;
    const config::Config& config_;
    const config::TargetConfig& target_;
    catalog::Catalog& catalog_;
    RebuildOutcome outcome_;
    std::vector<std::string> present_;
    std::map<std::string, std::string> jobs_;  ///< By snapshot.
    std::vector<std::pair<std::string, repo::SnapshotFilter>> filters_;
};

}  // namespace

Result<RebuildOutcome> rebuild_from(const App& app, const config::Config& config, const config::TargetConfig& target,
                                    catalog::Catalog& catalog) {
    return TargetRebuild(app, config, target, catalog).run();
}

}  // namespace cofre::cli
