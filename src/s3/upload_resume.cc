#include "s3/upload_resume.h"

#include <utility>
#include <vector>

#include "base/log.h"
#include "base/units.h"
#include "base/utf8.h"
#include "s3/object_head.h"
#include "s3/s3_listing.h"
#include "s3/s3_xml.h"

namespace cofre::s3 {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// How far the store's clock, which dates uploads, may be from ours.
constexpr seconds kClockSlack{5};
// A request to create an upload has been answered, or given up, by then.
constexpr minutes kCreationTime{1};

/// What the ledger recorded and the store shows alike.
std::map<int, UploadedPart> proven(const std::map<int, UploadedPart>& recorded,
                                   const std::map<int, UploadedPart>& held) {
    std::map<int, UploadedPart> parts;
    for (const auto& [number, part] : recorded) {
        const auto found = held.find(number);
        if (found == held.end() || found->second.size != part.size) continue;
        // Some stores quote ETags in one answer and not in the other.
        if (strip_quotes(found->second.etag) != strip_quotes(part.etag)) continue;
        parts.emplace(number, part);
    }
    return parts;
}

/// The one upload that can only be the ledger's; empty if there is none.
Result<std::string> find_unseen(S3Client& client, const CallContext& ctx, const LedgerHead& head) {
    COFRE_ASSIGN(const auto uploads, list_uploads(client, ctx, head.key));
    std::string found;
    for (const auto& upload : uploads) {
        const bool in_time =
            upload.initiated >= head.begun - kClockSlack && upload.initiated <= head.begun + kCreationTime;
        if (upload.key.str() != head.key || !in_time) continue;
        if (!found.empty()) {
            log_warning("s3", "several unfinished uploads of \"" + escape_for_display(head.key) +
                                  "\" began at about the same time, and which of them a dead process began cannot be "
                                  "told: all of them stay");
            return std::string();
        }
        found = upload.upload_id;
    }
    return found;
}

bool fits(const LedgerHead& head, const LedgerHead& wanted) {
    return head.size != 0 && head.size == wanted.size && head.part_size == wanted.part_size &&
           head.fields == wanted.fields;
}

/// Takes the upload over, or clears it away and returns nothing.
Result<std::optional<OpenedUpload>> resume(S3Client& client, const CallContext& ctx, const store::ObjectKey& key,
                                           const ObjectFields& fields, const LedgerHead& wanted,
                                           std::unique_ptr<UploadLedger> ledger) {
    const std::string id = ledger->upload_id();
    if (id.empty() || !fits(ledger->head(), wanted)) {
        COFRE_TRY(abort_dead_upload(client, ctx, *ledger));
        return std::optional<OpenedUpload>();
    }
    COFRE_ASSIGN(const auto held, held_parts(client, ctx, key, id));
    if (!held) {
        ledger->remove();
        return std::optional<OpenedUpload>();
    }
    OpenedUpload upload{.session = nullptr, .parts = proven(ledger->parts(), *held)};
    std::uint64_t bytes = 0;
    for (const auto& [number, part] : upload.parts)
        bytes += part.size;
    log_info("s3", "going on with the upload of \"" + escape_for_display(key.str()) + "\" begun " +
                       format_rfc3339(ledger->head().begun) + ": " + format_bytes(bytes) + " of " +
                       format_bytes(wanted.size) + " are there");
    upload.session = MultipartSession::resume(client, key, fields, std::move(ledger));
    return std::optional(std::move(upload));
}

}  // namespace

Result<std::optional<std::map<int, UploadedPart>>> held_parts(S3Client& client, const CallContext& ctx,
                                                              const store::ObjectKey& key,
                                                              const std::string& upload_id) {
    std::map<int, UploadedPart> held;
    for (int marker = 0;;) {
        auto outcome = client.send(ctx, list_parts(key, upload_id, marker));
        if (outcome.code == "NoSuchUpload") return std::optional<std::map<int, UploadedPart>>();
        if (outcome.error) return *std::move(outcome.error);
        COFRE_ASSIGN(auto page, parse_part_page(outcome.response.body));
        for (auto& part : page.parts)
            held[part.number] = std::move(part);
        if (!page.is_truncated) return std::optional(std::move(held));
        if (held.empty() || held.rbegin()->first <= marker) {
            return Error(ErrorCode::kCorruption, "list parts: a page is not the last one but leads no further");
        }
        marker = held.rbegin()->first;
    }
}

Status abort_dead_upload(S3Client& client, const CallContext& ctx, UploadLedger& ledger) {
    COFRE_ASSIGN(const auto key, store::ObjectKey::parse(ledger.head().key));
    std::string id = ledger.upload_id();
    if (id.empty()) {
        COFRE_ASSIGN(id, find_unseen(client, ctx, ledger.head()));
    }
    if (!id.empty()) COFRE_TRY(abort_upload(client, ctx, key, id));
    ledger.remove();
    return {};
}

Result<OpenedUpload> open_upload(S3Client& client, const CallContext& ctx, const store::ObjectKey& key,
                                 const ObjectFields& fields, std::uint64_t size, std::uint64_t part_size,
                                 const UploadSettings& settings) {
    const UploadRecord record{.folder = settings.ledger_folder, .size = size, .part_size = part_size};
    if (record.folder) {
        const LedgerHead wanted = ledger_head(client, key, fields, record);
        COFRE_ASSIGN(auto dead, UploadLedger::take_dead(*record.folder, wanted.endpoint, wanted.bucket, wanted.key));
        for (auto& ledger : dead) {
            auto resumed = resume(client, ctx, key, fields, wanted, std::move(ledger));
            // It keeps its ledger, and does not keep this upload from its own way.
            if (!resumed) log_warning("s3", "an unfinished upload remains: " + resumed.error().message());
            if (resumed && *resumed) return **std::move(resumed);
        }
    }
    OpenedUpload upload;
    COFRE_ASSIGN(upload.session, MultipartSession::begin(client, ctx, key, fields, record));
    return upload;
}

}  // namespace cofre::s3
