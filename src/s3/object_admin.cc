#include "s3/object_admin.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "s3/object_xml.h"
#include "s3/s3_client.h"
#include "s3/s3_copy.h"
#include "s3/s3_upload.h"
#include "s3/subresource_request.h"

namespace cofre::s3 {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstLook{60'000};
constexpr milliseconds kLongestWait{600'000};

Subresource part_of(const store::ObjectKey& key, std::string_view name, std::string_view version_id) {
    return {.key = key.str(), .name = name, .version_id = version_id};
}

Result<std::string> document_of(S3Client& client, const CallContext& ctx, const S3Request& request) {
    auto outcome = client.send(ctx, request);
    if (outcome.error) return *std::move(outcome.error);
    return std::move(outcome.response.body);
}

Status carry_out(S3Client& client, const CallContext& ctx, const S3Request& request) {
    auto outcome = client.send(ctx, request);
    if (outcome.error) return *std::move(outcome.error);
    return {};
}

Error without_object_lock(Error error, const S3Outcome& outcome) {
    if (outcome.code != "InvalidRequest" && outcome.code != "InvalidBucketState") return error;
    return std::move(error).with_hint("object lock needs a bucket that was made with it");
}

Error not_restored(const store::ObjectKey& key) {
    return Error(ErrorCode::kUnsupported,
                 "object \"" + escape_for_display(key.str()) + "\" is archived, and nobody has asked for it")
        .with_hint("ask for it first: cofre s3 thaw");
}

}  // namespace

Result<ObjectDetail> ObjectAdmin::stat(const CallContext& ctx, const store::ObjectKey& key,
                                       std::string_view version_id) const {
    auto outcome = client_->send(ctx, head_object(key, client_->profile().sends_checksum,
                                                  {.version_id = std::string(version_id), .if_match = {}}));
    if (outcome.error) return *std::move(outcome.error);
    return read_object_detail(outcome.response);
}

Result<std::optional<ObjectAttributes>> ObjectAdmin::attributes(const CallContext& ctx, const store::ObjectKey& key,
                                                                std::string_view version_id) const {
    if (!client_->profile().sends_checksum) return std::optional<ObjectAttributes>();
    auto request = read_subresource(S3Operation::kGetObjectAttributes, part_of(key, "attributes", version_id));
    request.headers.push_back({"x-amz-object-attributes", "ETag,Checksum,ObjectParts,StorageClass,ObjectSize"});
    COFRE_ASSIGN(const auto xml, document_of(*client_, ctx, request));
    COFRE_ASSIGN(auto attributes, parse_attributes(xml));
    return std::optional(std::move(attributes));
}

Result<Tags> ObjectAdmin::tags(const CallContext& ctx, const store::ObjectKey& key, std::string_view version_id) const {
    COFRE_ASSIGN(const auto xml,
                 document_of(*client_, ctx,
                             read_subresource(S3Operation::kGetObjectTagging, part_of(key, "tagging", version_id))));
    return parse_tags(xml);
}

Status ObjectAdmin::set_tags(const CallContext& ctx, const store::ObjectKey& key, std::string_view version_id,
                             const Tags& tags) const {
    COFRE_TRY(check_tags(tags));
    const auto where = part_of(key, "tagging", version_id);
    if (tags.empty()) {
        return carry_out(*client_, ctx, delete_subresource(S3Operation::kDeleteObjectTagging, where));
    }
    const std::string document = tags_document(tags);
    return carry_out(*client_, ctx, write_subresource(S3Operation::kPutObjectTagging, where, document));
}

Result<ObjectAcl> ObjectAdmin::acl(const CallContext& ctx, const store::ObjectKey& key,
                                   std::string_view version_id) const {
    COFRE_ASSIGN(
        const auto xml,
        document_of(*client_, ctx, read_subresource(S3Operation::kGetObjectAcl, part_of(key, "acl", version_id))));
    return parse_acl(xml);
}

Status ObjectAdmin::set_acl(const CallContext& ctx, const store::ObjectKey& key, std::string_view version_id,
                            std::string_view canned) const {
    COFRE_TRY(check_settings({.acl = std::string(canned)}, {}));
    auto request = write_subresource(S3Operation::kPutObjectAcl, part_of(key, "acl", version_id), "");
    request.headers.push_back({"x-amz-acl", std::string(canned)});
    return carry_out(*client_, ctx, request);
}

Result<std::optional<Retention>> ObjectAdmin::retention(const CallContext& ctx, const store::ObjectKey& key,
                                                        std::string_view version_id) const {
    auto outcome =
        client_->send(ctx, read_subresource(S3Operation::kGetObjectRetention, part_of(key, "retention", version_id)));
    if (outcome.code == "NoSuchObjectLockConfiguration") return std::optional<Retention>();
    if (outcome.error) return without_object_lock(*outcome.error, outcome);
    COFRE_ASSIGN(const auto retention, parse_retention(outcome.response.body));
    return std::optional(retention);
}

Status ObjectAdmin::set_retention(const CallContext& ctx, const store::ObjectKey& key, std::string_view version_id,
                                  const RetentionChange& change) const {
    const std::string document = retention_document(change.retention);
    auto request = write_subresource(S3Operation::kPutObjectRetention, part_of(key, "retention", version_id), document);
    if (change.bypass_governance) request.headers.push_back({"x-amz-bypass-governance-retention", "true"});
    const auto outcome = client_->send(ctx, request);
    if (outcome.error) return without_object_lock(*outcome.error, outcome);
    return {};
}

Result<bool> ObjectAdmin::legal_hold(const CallContext& ctx, const store::ObjectKey& key,
                                     std::string_view version_id) const {
    auto outcome =
        client_->send(ctx, read_subresource(S3Operation::kGetObjectLegalHold, part_of(key, "legal-hold", version_id)));
    if (outcome.code == "NoSuchObjectLockConfiguration") return false;
    if (outcome.error) return without_object_lock(*outcome.error, outcome);
    return parse_legal_hold(outcome.response.body);
}

Status ObjectAdmin::set_legal_hold(const CallContext& ctx, const store::ObjectKey& key, std::string_view version_id,
                                   bool on) const {
    const std::string document = legal_hold_document(on);
    const auto outcome = client_->send(
        ctx, write_subresource(S3Operation::kPutObjectLegalHold, part_of(key, "legal-hold", version_id), document));
    if (outcome.error) return without_object_lock(*outcome.error, outcome);
    return {};
}

Result<Readiness> ObjectAdmin::restore(const CallContext& ctx, const store::ObjectKey& key, std::string_view version_id,
                                       const RestoreRequest& request) const {
    const std::string document = restore_document(request);
    auto http = write_subresource(S3Operation::kRestoreObject, part_of(key, "restore", version_id), document);
    http.method = "POST";
    const auto outcome = client_->send(ctx, http);
    if (outcome.code == "RestoreAlreadyInProgress") return Readiness::kUnderWay;
    if (outcome.code == "InvalidObjectState") {
        return Error(ErrorCode::kInvalidArgument,
                     "object \"" + escape_for_display(key.str()) + "\" is not archived: it can be read as it is");
    }
    if (outcome.error) return *outcome.error;
    // 202: begun; 200: it was there already, and stays longer now.
    return outcome.response.status == 202 ? Readiness::kUnderWay : Readiness::kRestored;
}

Result<ObjectDetail> ObjectAdmin::wait_until_readable(const CallContext& ctx, const store::ObjectKey& key,
                                                      std::string_view version_id,
                                                      const std::function<void(const ObjectDetail&)>& on_look) const {
    for (milliseconds wait = kFirstLook;; wait = std::min(wait * 3 / 2, kLongestWait)) {
        COFRE_ASSIGN(const auto detail, stat(ctx, key, version_id));
        if (on_look) on_look(detail);
        if (detail.readiness == Readiness::kReady || detail.readiness == Readiness::kRestored) return detail;
        if (detail.readiness == Readiness::kArchived) return not_restored(key);
        COFRE_TRY(client_->clock().sleep(ctx, wait));
    }
}

Status ObjectAdmin::list_versions(const CallContext& ctx, std::string_view prefix,
                                  const std::function<Status(const VersionInfo&)>& visit) const {
    std::string key_marker;
    std::string version_marker;
    for (;;) {
        COFRE_ASSIGN(const auto xml,
                     document_of(*client_, ctx, list_object_versions(prefix, key_marker, version_marker)));
        COFRE_ASSIGN(auto page, parse_version_page(xml));
        for (const auto& version : page.versions) {
            if (!version.key.str().starts_with(prefix) || version.key.str() < key_marker) {
                return Error(ErrorCode::kCorruption, "list versions: the store lists \"" +
                                                         escape_for_display(version.key.str()) +
                                                         "\", which does not belong there");
            }
            COFRE_TRY(visit(version));
        }
        if (!page.is_truncated) return {};
        const bool goes_on = page.next_key_marker > key_marker ||
                             (page.next_key_marker == key_marker && page.next_version_marker != version_marker);
        if (page.next_key_marker.empty() || !goes_on) {
            return Error(ErrorCode::kCorruption, "list versions: the store says that there is more, and not where");
        }
        key_marker = std::move(page.next_key_marker);
        version_marker = std::move(page.next_version_marker);
    }
}

Status ObjectAdmin::remove_version(const CallContext& ctx, const store::ObjectKey& key, std::string_view version_id,
                                   bool bypass_governance) const {
    if (version_id.empty()) return Error(ErrorCode::kInvalidArgument, "no version is named");
    return carry_out(*client_, ctx, delete_version(key, version_id, bypass_governance));
}

Status ObjectAdmin::restore_version(const CallContext& ctx, const store::ObjectKey& key,
                                    std::string_view version_id) const {
    return copy_version(ctx, key, version_id, key);
}

Status ObjectAdmin::copy_version(const CallContext& ctx, const store::ObjectKey& from, std::string_view version_id,
                                 const store::ObjectKey& to) const {
    if (version_id.empty()) return Error(ErrorCode::kInvalidArgument, "no version is named");
    return copy_inside(*client_, ctx, {.key = from, .version_id = version_id}, to, *settings_);
}

}  // namespace cofre::s3
