#include "repo/prune.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/parallel.h"
#include "base/units.h"
#include "repo/blob_writer.h"
#include "repo/index_rewrite.h"
#include "repo/repo_lock.h"

namespace cofre::repo {
namespace {

std::unordered_set<Id, IdHash> packs_that_go(const PrunePlan& plan) {
    std::unordered_set<Id, IdHash> gone(plan.unused_packs.begin(), plan.unused_packs.end());
    gone.insert(plan.missing_packs.begin(), plan.missing_packs.end());
    for (const auto& pack : plan.repacks)
        gone.insert(pack.id);
    return gone;
}

class PruneRun {
public:
    PruneRun(Repository& repository, const PruneOptions& options) : repository_(repository), options_(options) {}

    Result<PruneResult> run(const CallContext& ctx) {
        COFRE_TRY(lock(ctx, LockKind::kShared));
        COFRE_TRY(plan(ctx));
        if (options_.dry_run || !result_.plan.changes_something()) return finish(ctx);
        COFRE_TRY(repack(ctx));
        COFRE_TRY(lock_->release(ctx));
        COFRE_TRY(lock(ctx, LockKind::kExclusive));
        COFRE_TRY(compare_clocks(ctx));
        COFRE_ASSIGN(const bool is_as_planned, nothing_came(ctx));
        if (!is_as_planned) {
            result_.was_planned_again = true;
            log_info("repo", "the repository was changed while packs were written: planning again");
            COFRE_TRY(plan(ctx));
            COFRE_TRY(repack(ctx));
        }
        COFRE_TRY(remove(ctx));
        return finish(ctx);
    }

private:
    Status lock(const CallContext& ctx, LockKind kind) {
        lock_.reset();
        COFRE_ASSIGN(lock_, RepoLock::acquire(
                                ctx, repository_,
                                {.kind = kind, .retry_for = options_.retry_lock, .refresh = options_.refresh_locks}));
        return {};
    }

    Status plan(const CallContext& ctx) {
        COFRE_ASSIGN(result_.plan, plan_prune(ctx, repository_, options_.rules, options_.on_step));
        if (options_.on_plan) options_.on_plan(result_.plan);
        return {};
    }

    std::function<Status()> may_write() {
        return [this] { return lock_->check(); };
    }

    Status repack(const CallContext& ctx);
    Result<bool> nothing_came(const CallContext& ctx);
    Status compare_clocks(const CallContext& ctx);
    Status remove(const CallContext& ctx);

    Result<PruneResult> finish(const CallContext& ctx) {
        COFRE_TRY(lock_->release(ctx));
        return std::move(result_);
    }

    Repository& repository_;
    const PruneOptions& options_;
    std::unique_ptr<RepoLock> lock_;
    PruneResult result_;
    std::size_t first_new_pack_ = 0;  // Those from here on are ours.
};

/// Stores what is kept of the packs that go. Adds only.
Status PruneRun::repack(const CallContext& ctx) {
    const auto& repacks = result_.plan.repacks;
    // The writer stores what the index does not have: so that it is these blobs.
    repository_.remove_from_index(packs_that_go(result_.plan));
    first_new_pack_ = repository_.with_index([](const BlobIndex& index) { return index.pack_count(); });
    if (repacks.empty()) return {};
    // Or what does not compress would be uncompressed for ever, and repacked each time.
    const bool compress_all = options_.rules.repack_uncompressed;
    BlobWriter writer(
        ctx, repository_,
        {.pack_bytes = options_.rules.pack_bytes, .compress_all = compress_all, .may_write = may_write()});
    std::uint64_t bytes_total = 0;
    for (const auto& pack : repacks) {
        for (const auto& blob : pack.blobs)
            bytes_total += blob.length;
    }
    Guarded<StepProgress> done(StepProgress{
        .step = "repack", .done = 0, .total = repacks.size(), .bytes_done = 0, .bytes_total = bytes_total});
    const int threads = repository_.options().connections;
    COFRE_TRY(parallel_for(ctx, repacks.size(), threads, [&](const CallContext& inner, std::size_t i) -> Status {
        std::uint64_t bytes = 0;
        const auto& pack = repacks[i];
        auto read =
            repository_.load_blobs(inner, pack.id, pack.blobs,
                                   [&](const PackedBlob& blob, Result<std::span<const std::byte>> plain) -> Status {
                                       if (!plain)
                                           return std::move(plain).error().context(std::string(to_string(blob.type)) +
                                                                                   " blob " + blob.id.hex());
                                       bytes += blob.length;
                                       auto saved = writer.save(blob.type, *plain);
                                       if (!saved) return std::move(saved).error();
                                       return {};
                                   });
        if (!read) return std::move(read).error().context("nothing was removed: repack pack " + pack.id.short_hex());
        const auto now = done.with([&](StepProgress& progress) {
            ++progress.done;
            progress.bytes_done += bytes;
            return progress;
        });
        if (options_.on_step) options_.on_step(now);
        return {};
    }));
    COFRE_TRY(writer.flush());
    result_.packs_written += writer.totals().packs;
    result_.bytes_written += writer.totals().bytes_packed;
    return {};
}

/// Whether the repository is what the plan was made from, and what we added.
Result<bool> PruneRun::nothing_came(const CallContext& ctx) {
    COFRE_ASSIGN(const auto snapshots, repository_.list(ctx, FileKind::kSnapshot));
    for (const auto& file : snapshots) {
        if (!result_.plan.snapshots.contains(file.id)) return false;
    }
    COFRE_ASSIGN(const auto files, repository_.list(ctx, FileKind::kIndex));
    std::size_t known = 0;
    std::unordered_set<Id, IdHash> ours;
    for (const auto& file : files) {
        if (result_.plan.index_files.contains(file.id)) {
            ++known;
            continue;
        }
        bool is_ours = true;  // It names only packs that we know.
        COFRE_TRY(repository_.read_index_file(ctx, file.id, [&](PackContent&& pack) -> Status {
            is_ours = is_ours && repository_.with_index(
                                     [&](const BlobIndex& index) { return index.find_pack(pack.id).has_value(); });
            ours.insert(pack.id);
            return {};
        }));
        if (!is_ours) return false;
    }
    // Another prune may have taken our copies for the superfluous ones.
    const bool has_our_packs = repository_.with_index([&](const BlobIndex& index) {
        for (std::size_t i = first_new_pack_; i < index.pack_count(); ++i) {
            if (!ours.contains(index.pack_id(static_cast<PackNumber>(i)))) return false;
        }
        return true;
    });
    return has_our_packs && known == result_.plan.index_files.size();
}

Status PruneRun::compare_clocks(const CallContext& ctx) {
    if (options_.max_clock_skew.count() == 0) return {};
    COFRE_ASSIGN(const auto locks, repository_.list(ctx, FileKind::kLock));
    WallTime newest{};  // Ours was written just now.
    for (const auto& file : locks)
        newest = std::max(newest, file.last_modified);
    if (newest == WallTime{}) return {};
    const auto skew = std::chrono::abs(repository_.clock().wall_now() - newest);
    if (skew <= options_.max_clock_skew) return {};
    return Error(ErrorCode::kConflict, "nothing was removed: this machine's clock and the store's differ by " +
                                           format_duration(std::chrono::duration_cast<std::chrono::milliseconds>(skew)))
        .with_hint("set the clock: whether a lock is stale is told by it");
}

Status PruneRun::remove(const CallContext& ctx) {
    const auto& plan = result_.plan;
    COFRE_TRY(rewrite_index(ctx, repository_,
                            {.gone = packs_that_go(plan), .may_write = may_write(), .on_step = options_.on_step}));
    // That old index files are gone is durable before their packs go.
    COFRE_TRY(repository_.store().sync(ctx));
    std::vector<Id> packs = plan.unreferenced_packs;
    packs.insert(packs.end(), plan.unused_packs.begin(), plan.unused_packs.end());
    for (const auto& pack : plan.repacks)
        packs.push_back(pack.id);
    result_.packs_removed = packs.size();
    return remove_files(ctx, repository_, FileKind::kPack, packs, may_write(), options_.on_step);
}

}  // namespace

Result<PruneResult> prune(const CallContext& ctx, Repository& repository, const PruneOptions& options) {
    return PruneRun(repository, options).run(ctx);
}

}  // namespace cofre::repo
