#include "backup/backup_run.h"

#include <atomic>
#include <optional>
#include <utility>

#include "backup/backup_recorder.h"
#include "backup/backup_scan.h"
#include "backup/backup_worker.h"
#include "backup/delete_uploaded.h"
#include "backup/prefix_guard.h"
#include "backup/previous_entries.h"
#include "backup/run_lock.h"
#include "backup/source_set.h"
#include "backup/store_proof.h"
#include "base/bounded_queue.h"
#include "base/log.h"
#include "base/task_group.h"
#include "crypto/random.h"
#include "objects/manifest_builder.h"
#include "objects/object_naming.h"

namespace cofre::backup {
namespace {

constexpr std::size_t kIdBytes = 8;
constexpr std::chrono::minutes kClockTolerance{5};

/// The queues between the stages. `window` holds one token for each item that
/// has been found and not yet recorded: it is what bounds memory.
struct Channels {
    explicit Channels(int workers)
        : items(static_cast<std::size_t>(workers) * 2), results(kWindow), window(kWindow), working(workers) {}
    BoundedQueue<BackupItem> items;
    BoundedQueue<BackupResult> results;
    BoundedQueue<std::monostate> window;
    std::atomic<int> working;
};

class BackupRun {
public:
    BackupRun(const BackupPlan& plan, const BackupEnvironment& env, const SourceSet& sources)
        : plan_(plan), env_(env), sources_(sources), worker_(plan, env) {}

    Result<BackupOutcome> run(const CallContext& ctx) {
        outcome_.started_at = env_.clock.wall_now();
        const auto began = env_.clock.now();
        COFRE_TRY(open_previous(ctx));
        COFRE_ASSIGN(auto builder, objects::ManifestBuilder::create(plan_.temp_folder));
        COFRE_TRY(move_files(ctx, builder));
        outcome_.summary.errors = outcome_.problem_count;
        const bool nothing_done = outcome_.summary.files == 0 && outcome_.problem_count > 0;
        if (!plan_.dry_run && !nothing_done) COFRE_TRY(commit(ctx, builder));
        if (outcome_.summary.files == 0 && outcome_.problem_count == 0) {
            outcome_.warnings.emplace_back("no file of the sources matches the patterns");
        }
        outcome_.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(env_.clock.now() - began);
        return std::move(outcome_);
    }

private:
    Status open_previous(const CallContext& ctx) {
        COFRE_ASSIGN(const auto snapshots, objects::list_snapshots(env_.store, ctx, plan_.manifest_prefix));
        for (const auto& snapshot : snapshots) {
            if (snapshot.job == file_name_of_job(plan_.job)) last_time_ = std::max(last_time_, snapshot.time);
        }
        if (!plan_.share_prefix) COFRE_TRY(check_prefix_is_free(ctx, env_.store, plan_, sources_, snapshots));
        auto last = open_last_manifest(ctx, env_.store, snapshots, plan_.job, plan_.temp_folder);
        if (!last) {
            const auto code = last.error().code();
            const bool unreadable = code == ErrorCode::kCorruption || code == ErrorCode::kUnsupported;
            // An archiving job's last manifest is the only list of what it has
            // deleted; without it the new one would lose those files.
            if (!unreadable || plan_.delete_after_upload) return std::move(last).error().context("last manifest");
            outcome_.warnings.push_back("the last manifest cannot be read, so every file is sent again: " +
                                        last.error().message());
            return {};
        }
        if (*last) previous_ = PreviousEntries(**std::move(last));
        return {};
    }

    Status scan(const CallContext& ctx, Channels& channels) {
        const ScanInputs inputs{plan_, sources_, previous_, env_.progress};
        COFRE_ASSIGN(outcome_.summary.skipped_special, scan_sources(ctx, inputs, [&](BackupItem item) -> Status {
                         COFRE_TRY(channels.window.push({}, ctx.stop));
                         return channels.items.push(std::move(item), ctx.stop);
                     }));
        channels.items.close();
        return {};
    }

    Status work(const CallContext& ctx, Channels& channels) {
        for (;;) {
            COFRE_ASSIGN(auto item, channels.items.pop(ctx.stop));
            if (!item) break;
            COFRE_ASSIGN(auto result, worker_.process(ctx, *std::move(item)));
            COFRE_TRY(channels.results.push(std::move(result), ctx.stop));
        }
        if (--channels.working == 0) channels.results.close();
        return {};
    }

    Status record(const CallContext& ctx, Channels& channels, objects::ManifestBuilder& builder) {
        BackupRecorder recorder({plan_, env_, worker_, builder, outcome_,
                                 [&]() -> Status { return channels.window.pop(ctx.stop) ? Status() : stopped(); }});
        for (;;) {
            COFRE_ASSIGN(auto result, channels.results.pop(ctx.stop));
            if (!result) return recorder.finish(ctx);
            COFRE_TRY(recorder.take(ctx, *std::move(result)));
        }
    }

    static Status stopped() { return Error(ErrorCode::kCancelled, "backup"); }

    Status move_files(const CallContext& ctx, objects::ManifestBuilder& builder) {
        Channels channels(std::max(plan_.concurrency, 1));
        TaskGroup group(ctx.stop);  // After `channels`, which its threads use.
        group.spawn([&](const std::stop_token& stop) { return scan({stop, ctx.deadline}, channels); });
        for (int i = channels.working; i > 0; --i) {
            group.spawn([&](const std::stop_token& stop) { return work({stop, ctx.deadline}, channels); });
        }
        group.spawn([&](const std::stop_token& stop) { return record({stop, ctx.deadline}, channels, builder); });
        return group.wait();
    }

    /// Names of manifests hold whole seconds and decide what "latest" means: a
    /// second run within one, or after the clock was set back, must still sort
    /// behind the first.
    WallTime time_in_name() {
        const WallTime next = last_time_ + std::chrono::seconds(1);
        if (outcome_.started_at >= next) return outcome_.started_at;
        if (next - outcome_.started_at > kClockTolerance) {
            outcome_.warnings.push_back("the clock of this host is behind the last snapshot, of " +
                                        format_rfc3339(last_time_) + ": this one is dated after it");
        }
        return next;
    }

    /// The barrier: every object is durable before the manifest names it.
    Status commit(const CallContext& ctx, objects::ManifestBuilder& builder) {
        COFRE_TRY(env_.store.sync(ctx));
        objects::ManifestHeader header{.id = crypto::random_hex(kIdBytes),
                                       .job = plan_.job,
                                       .host = plan_.host,
                                       .tool_version = plan_.tool_version,
                                       .started_at = time_in_name(),
                                       .finished_at = env_.clock.wall_now(),
                                       .prefix = plan_.prefix,
                                       .exit_status = outcome_.is_complete() ? 0 : 2,
                                       .summary = outcome_.summary};
        for (const auto& mounted : sources_.trees())
            header.sources.push_back(mounted->tree.root().native());
        header.sources.insert(header.sources.end(), plan_.added_sources.begin(), plan_.added_sources.end());
        COFRE_ASSIGN(const auto document, builder.finish(header));
        COFRE_ASSIGN(const auto key, objects::manifest_key(plan_.manifest_prefix, header));
        if (env_.manifest_may_exist != nullptr) *env_.manifest_may_exist = true;
        COFRE_ASSIGN(const auto receipt, env_.store.put(ctx, key, *document, {.content_type = "application/json"}));
        COFRE_TRY(env_.store.sync(ctx));
        const objects::StoredObject stored{
            .key = key.str(), .size = receipt.size, .sha256 = receipt.sha256, .etag = receipt.etag};
        auto proof = prove_object(ctx, env_.store, env_.clock, stored, ReadBack::kUnlessChecksum);
        if (!proof) return std::move(proof).error().context("check the manifest in the store");
        outcome_.snapshot_id = header.id;
        outcome_.manifest_key = key.str();
        log_info("backup", "snapshot " + header.id + " of job " + plan_.job + " is stored");
        return plan_.delete_after_upload ? delete_sources(ctx, key) : Status();
    }

    /// The backup stands whatever happens here; only a stop ends the run.
    Status delete_sources(const CallContext& ctx, const store::ObjectKey& manifest) {
        Status deleted = delete_uploaded(ctx, plan_, sources_, env_.store, manifest, outcome_);
        if (deleted || deleted.error().code() == ErrorCode::kCancelled) return deleted;
        ++outcome_.problem_count;
        outcome_.problems.push_back({"", "nothing more was deleted from the source: " + deleted.error().message()});
        return {};
    }

    const BackupPlan& plan_;
    const BackupEnvironment& env_;
    const SourceSet& sources_;
    BackupWorker worker_;
    PreviousEntries previous_;
    WallTime last_time_{};  ///< Of the job's newest snapshot.
    BackupOutcome outcome_;
};

}  // namespace

Result<BackupOutcome> run_backup(const CallContext& ctx, const BackupPlan& plan, const BackupEnvironment& env) {
    const bool is_only_added = plan.sources.empty() && !plan.added.empty();
    COFRE_ASSIGN(const auto sources, is_only_added ? Result<SourceSet>(SourceSet()) : SourceSet::open(plan.sources));
    COFRE_TRY(env.store.check_access(ctx));
    return BackupRun(plan, env, sources).run(ctx);
}

}  // namespace cofre::backup
