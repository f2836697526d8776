#include "backup/backup_worker.h"

#include <utility>

#include "backup/store_proof.h"
#include "base/log.h"
#include "base/utf8.h"

namespace cofre::backup {
namespace {

/// Failures of the store that the next file would meet too.
bool concerns_every_file(const Error& error) {
    switch (error.code()) {
        case ErrorCode::kCancelled:
        case ErrorCode::kDeadlineExceeded:
        case ErrorCode::kUnauthenticated:
        case ErrorCode::kResourceExhausted:
        case ErrorCode::kNotFound: return true;
        default: return false;
    }
}

std::string text_of(const Error& error) {
    return error.hint().empty() ? error.message() : error.message() + " (" + error.hint() + ")";
}

}  // namespace

Status BackupWorker::prove(const CallContext& ctx, objects::ManifestEntry& entry, bool& needs_listing) const {
    needs_listing = !wants_own_proof();
    if (needs_listing) return {};
    const auto read_back =
        plan_.proof == ProofLevel::kHead && !plan_.delete_after_upload ? ReadBack::kNever : ReadBack::kUnlessChecksum;
    COFRE_ASSIGN(entry.stored.proof, prove_object(ctx, env_.store, env_.clock, entry.stored, read_back));
    return {};
}

bool BackupWorker::ends_run(const Error& error, FaultSide side) {
    if (!plan_.keep_going) return true;
    if (side == FaultSide::kSource) return error.code() == ErrorCode::kCancelled;
    if (concerns_every_file(error)) return true;
    // A name the store cannot hold, or one damaged object, says nothing of the next.
    const bool counts = error.code() == ErrorCode::kUnavailable || error.code() == ErrorCode::kPermissionDenied ||
                        error.code() == ErrorCode::kInternal;
    return counts && ++store_failures_ >= kMaxStoreFailures;
}

Result<UploadedFile> BackupWorker::upload_and_prove(const CallContext& ctx, BackupResult& result, UploadNotes& notes) {
    COFRE_ASSIGN(auto uploaded, uploader_.upload(ctx, *result.item.tree, result.item.source, notes));
    notes.side = FaultSide::kStore;
    Status proven = prove(ctx, uploaded.entry, result.needs_listing);
    if (proven) return uploaded;
    // An object that is not shown is this file's trouble, not the bucket's.
    if (proven.error().code() == ErrorCode::kNotFound) return Error(ErrorCode::kCorruption, proven.error().message());
    return std::move(proven).error();
}

Status BackupWorker::upload(const CallContext& ctx, BackupResult& result) {
    const std::string path = result.item.tree->path_in_backup(result.item.source.path);
    std::atomic<std::uint64_t> shown = 0;
    UploadNotes notes{.on_progress = [&](std::uint64_t bytes) {
        shown += bytes;
        env_.progress.bytes_done += bytes;
    }};
    auto uploaded = upload_and_prove(ctx, result, notes);
    env_.progress.bytes_done -= shown;  // process() counts the whole file.
    if (!uploaded) {
        auto error = std::move(uploaded).error();
        if (ends_run(error, notes.side)) return std::move(error).context("back up " + escape_for_display(path));
        result.problem = FileProblem{path, text_of(error)};
        return {};
    }
    store_failures_ = 0;
    result.uploaded = true;
    if (uploaded->changed_while_read) {
        result.problem = FileProblem{path, "changed while it was read; what was read last is stored"};
    }
    result.entry = std::move(uploaded->entry);
    return {};
}

Result<BackupResult> BackupWorker::process(const CallContext& ctx, BackupItem item) {
    BackupResult result{.item = std::move(item)};
    switch (result.item.kind) {
        case ItemKind::kProblem: result.problem = std::move(result.item.problem); return result;
        case ItemKind::kPlain: result.entry = std::move(result.item.entry); return result;
        case ItemKind::kCarry:
            result.entry = std::move(result.item.entry);
            result.needs_listing = true;
            return result;
        case ItemKind::kReuse: {
            auto entry = result.item.entry;
            if (plan_.dry_run || prove(ctx, entry, result.needs_listing)) {
                result.entry = std::move(entry);
                break;
            }
            log_warning("backup", escape_for_display(entry.path) + " is not in the store as recorded: sent again");
            COFRE_TRY(upload(ctx, result));
            break;
        }
        case ItemKind::kUpload:
            if (plan_.dry_run) {
                result.entry = describe_entry(*result.item.tree, result.item.source);
                result.uploaded = true;
                break;
            }
            COFRE_TRY(upload(ctx, result));
            break;
    }
    if (result.problem) env_.progress.problems.fetch_add(1);
    env_.progress.files_done.fetch_add(1);
    env_.progress.bytes_done.fetch_add(result.item.source.identity.size);
    return result;
}

}  // namespace cofre::backup
