#include "s3/upload_janitor.h"

#include <set>
#include <utility>

#include "s3/s3_listing.h"
#include "s3/upload_resume.h"

namespace cofre::s3 {
namespace {

PendingUpload pending(const UploadLedger& ledger, const store::ObjectKey& key) {
    return {.key = key, .upload_id = ledger.upload_id(), .initiated = ledger.head().begun};
}

}  // namespace

Status abort_dead_uploads(S3Client& client, const CallContext& ctx, std::string_view prefix,
                          std::chrono::seconds older_than, bool dry_run, const UploadSettings& settings,
                          UploadCleanup& cleanup) {
    if (!settings.ledger_folder) return {};
    COFRE_ASSIGN(const auto dead, UploadLedger::take_all_dead(*settings.ledger_folder));
    const auto endpoint = client.endpoint();
    for (const auto& ledger : dead) {
        const LedgerHead& head = ledger->head();
        const bool is_here = head.endpoint == endpoint->base_url() && head.bucket == endpoint->bucket();
        if (!is_here || !head.key.starts_with(prefix)) continue;
        COFRE_ASSIGN(const auto key, store::ObjectKey::parse(head.key));
        if (client.time_to_sign() - head.begun < older_than) {
            cleanup.young.push_back(pending(*ledger, key));
            continue;
        }
        cleanup.aborted.push_back(pending(*ledger, key));
        if (!dry_run) COFRE_TRY(abort_dead_upload(client, ctx, *ledger));
    }
    return {};
}

Result<UploadCleanup> clean_up_uploads(S3Client& client, const CallContext& ctx, std::string_view prefix,
                                       std::chrono::seconds older_than, bool dry_run, const UploadSettings& settings) {
    UploadCleanup cleanup;
    COFRE_TRY(abort_dead_uploads(client, ctx, prefix, older_than, dry_run, settings, cleanup));
    std::set<std::string> known;
    for (const auto& upload : cleanup.aborted)
        known.insert(upload.upload_id);
    for (const auto& upload : cleanup.young)
        known.insert(upload.upload_id);
    COFRE_ASSIGN(auto uploads, list_uploads(client, ctx, prefix));
    for (auto& upload : uploads) {
        if (known.count(upload.upload_id) == 0) cleanup.others.push_back(std::move(upload));
    }
    return cleanup;
}

}  // namespace cofre::s3
