#include "backup/backup_recorder.h"

#include <algorithm>
#include <utility>

#include "backup/store_proof.h"
#include "base/check.h"
#include "base/log.h"
#include "base/utf8.h"

namespace cofre::backup {

Status BackupRecorder::take(const CallContext& ctx, BackupResult result) {
    const auto sequence = result.item.sequence;
    waiting_.emplace(sequence, std::move(result));
    while (!waiting_.empty() && waiting_.begin()->first == next_) {
        batch_.push_back(std::move(waiting_.extract(waiting_.begin()).mapped()));
        ++next_;
        if (batch_.size() >= kBatch) COFRE_TRY(flush(ctx));
    }
    return {};
}

Status BackupRecorder::finish(const CallContext& ctx) {
    if (!waiting_.empty()) return Error(ErrorCode::kInternal, "backup: a result is missing");
    COFRE_TRY(flush(ctx));
    return add_added(nullptr);
}

Status BackupRecorder::flush(const CallContext& ctx) {
    if (!in_.plan.dry_run) COFRE_TRY(prove_batch(ctx));
    for (auto& result : batch_) {
        COFRE_TRY(record(result));
        COFRE_TRY(in_.release());
    }
    batch_.clear();
    return {};
}

Status BackupRecorder::prove_batch(const CallContext& ctx) {
    std::vector<ExpectedObject> expected;
    std::vector<BackupResult*> owners;
    for (auto& result : batch_) {
        if (!result.entry || !result.needs_listing) continue;
        const auto& stored = result.entry->stored;
        COFRE_ASSIGN(auto key, store::ObjectKey::parse(stored.key));
        expected.push_back({std::move(key), stored.size, stored.etag});
        owners.push_back(&result);
    }
    COFRE_ASSIGN(const auto verdicts, prove_listed(ctx, in_.env.store, in_.env.clock, expected));
    for (std::size_t i = 0; i < owners.size(); ++i) {
        COFRE_TRY(settle(ctx, *owners[i], verdicts[i]));
    }
    return {};
}

Status BackupRecorder::settle(const CallContext& ctx, BackupResult& result, const Status& verdict) {
    auto& entry = *result.entry;
    if (verdict) {
        entry.stored.proof = std::max(entry.stored.proof, objects::Proof::kSize);
        return {};
    }
    const bool may_send_again = result.item.kind == ItemKind::kReuse && !result.uploaded;
    if (!may_send_again) {
        result.problem = FileProblem{entry.path, verdict.error().message()};
        result.entry.reset();
        return {};
    }
    log_warning("backup", escape_for_display(entry.path) + " is not in the store as recorded: sent again");
    BackupItem again = std::move(result.item);
    again.kind = ItemKind::kUpload;
    COFRE_ASSIGN(result, in_.worker.process(ctx, std::move(again)));
    if (!result.entry || !result.needs_listing) return {};
    COFRE_ASSIGN(result.entry->stored.proof,
                 prove_object(ctx, in_.env.store, in_.env.clock, result.entry->stored, ReadBack::kNever));
    return {};
}

void BackupRecorder::note_problem(FileProblem problem) {
    auto& outcome = in_.outcome;
    ++outcome.problem_count;
    log_warning("backup", escape_for_display(problem.path) + ": " + problem.message);
    if (outcome.problems.size() < BackupOutcome::kMaxProblems) outcome.problems.push_back(std::move(problem));
}

Status BackupRecorder::add_entry(const objects::ManifestEntry& entry) {
    COFRE_TRY(add_added(&entry.path));
    return in_.plan.dry_run ? Status() : in_.builder.add(entry);
}

/// Those that come before the path, or all that are left.
Status BackupRecorder::add_added(const std::string* before) {
    const auto& added = in_.plan.added;
    auto& summary = in_.outcome.summary;
    for (; next_added_ < added.size() && (before == nullptr || added[next_added_].path < *before); ++next_added_) {
        const auto& entry = added[next_added_];
        ++summary.files;
        ++summary.uploaded_files;
        summary.bytes += entry.size;
        summary.uploaded_bytes += entry.stored.size;
        if (!in_.plan.dry_run) COFRE_TRY(in_.builder.add(entry));
    }
    return {};
}

Status BackupRecorder::record(BackupResult& result) {
    if (result.entry) {
        const auto& entry = *result.entry;
        auto& summary = in_.outcome.summary;
        if (entry.type == objects::EntryType::kFile) {
            ++summary.files;
            summary.bytes += entry.size;
            if (result.uploaded) {
                ++summary.uploaded_files;
                summary.uploaded_bytes += in_.plan.dry_run ? entry.size : entry.stored.size;
            } else if (result.item.kind == ItemKind::kReuse) {
                ++in_.outcome.unchanged_files;
            }
        }
        COFRE_TRY(add_entry(entry));
    }
    if (result.problem) {
        if (!in_.plan.dry_run) {
            COFRE_TRY(in_.builder.add_error({result.problem->path, result.problem->message}));
        }
        note_problem(*std::move(result.problem));
    }
    return {};
}

}  // namespace cofre::backup
