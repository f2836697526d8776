#include "s3/bucket_admin.h"

#include <string_view>
#include <utility>

#include "s3/bucket_xml.h"
#include "s3/s3_client.h"
#include "s3/subresource_request.h"

namespace cofre::s3 {
namespace {

/// The document, or nothing if the store says by `absent_code` that there is none.
Result<std::optional<std::string>> read_setting(S3Client& client, const CallContext& ctx, S3Operation operation,
                                                std::string_view name, std::string_view absent_code) {
    auto outcome = client.send(ctx, read_subresource(operation, {.name = name}));
    if (outcome.ok()) return std::optional(std::move(outcome.response.body));
    if (outcome.code == absent_code) return std::optional<std::string>();
    return *std::move(outcome.error);
}

Status write_setting(S3Client& client, const CallContext& ctx, S3Operation operation, std::string_view name,
                     const std::string& document) {
    auto outcome = client.send(ctx, write_subresource(operation, {.name = name}, document));
    if (outcome.error) return *std::move(outcome.error);
    return {};
}

Status delete_setting(S3Client& client, const CallContext& ctx, S3Operation operation, std::string_view name) {
    auto outcome = client.send(ctx, delete_subresource(operation, {.name = name}));
    if (outcome.error) return *std::move(outcome.error);
    return {};
}

Error no_rules(std::string_view what) {
    return Error(ErrorCode::kInvalidArgument, "no " + std::string(what) + " rules are given")
        .with_hint("to remove all rules, clear them");
}

}  // namespace

Result<Versioning> BucketAdmin::versioning(const CallContext& ctx) const {
    COFRE_ASSIGN(const auto xml, read_setting(*client_, ctx, S3Operation::kGetBucketVersioning, "versioning", "none"));
    return parse_versioning(*xml);
}

Status BucketAdmin::set_versioning(const CallContext& ctx, Versioning versioning) const {
    if (versioning == Versioning::kOff) {
        return Error(ErrorCode::kInvalidArgument, "versioning cannot be taken back, only suspended");
    }
    return write_setting(*client_, ctx, S3Operation::kPutBucketVersioning, "versioning",
                         versioning_document(versioning));
}

Result<std::vector<LifecycleRule>> BucketAdmin::lifecycle(const CallContext& ctx) const {
    COFRE_ASSIGN(const auto xml,
                 read_setting(*client_, ctx, S3Operation::kGetLifecycle, "lifecycle", "NoSuchLifecycleConfiguration"));
    if (!xml) return std::vector<LifecycleRule>();
    return parse_lifecycle(*xml);
}

Status BucketAdmin::set_lifecycle(const CallContext& ctx, std::span<const LifecycleRule> rules) const {
    if (rules.empty()) return no_rules("lifecycle");
    return write_setting(*client_, ctx, S3Operation::kPutLifecycle, "lifecycle", lifecycle_document(rules));
}

Status BucketAdmin::clear_lifecycle(const CallContext& ctx) const {
    return delete_setting(*client_, ctx, S3Operation::kDeleteLifecycle, "lifecycle");
}

Result<std::vector<CorsRule>> BucketAdmin::cors(const CallContext& ctx) const {
    COFRE_ASSIGN(const auto xml, read_setting(*client_, ctx, S3Operation::kGetCors, "cors", "NoSuchCORSConfiguration"));
    if (!xml) return std::vector<CorsRule>();
    return parse_cors(*xml);
}

Status BucketAdmin::set_cors(const CallContext& ctx, std::span<const CorsRule> rules) const {
    if (rules.empty()) return no_rules("CORS");
    return write_setting(*client_, ctx, S3Operation::kPutCors, "cors", cors_document(rules));
}

Status BucketAdmin::clear_cors(const CallContext& ctx) const {
    return delete_setting(*client_, ctx, S3Operation::kDeleteCors, "cors");
}

Result<BucketLock> BucketAdmin::object_lock(const CallContext& ctx) const {
    COFRE_ASSIGN(const auto xml, read_setting(*client_, ctx, S3Operation::kGetBucketLock, "object-lock",
                                              "ObjectLockConfigurationNotFoundError"));
    if (!xml) return BucketLock();
    return parse_bucket_lock(*xml);
}

Status BucketAdmin::set_object_lock(const CallContext& ctx, const BucketLock& lock) const {
    return write_setting(*client_, ctx, S3Operation::kPutBucketLock, "object-lock", bucket_lock_document(lock));
}

Result<std::string> BucketAdmin::location(const CallContext& ctx) const {
    COFRE_ASSIGN(const auto xml, read_setting(*client_, ctx, S3Operation::kGetBucketLocation, "location", "none"));
    return parse_location(*xml);
}

Result<bool> BucketAdmin::is_public(const CallContext& ctx) const {
    COFRE_ASSIGN(const auto xml, read_setting(*client_, ctx, S3Operation::kGetBucketPolicyStatus, "policyStatus",
                                              "NoSuchBucketPolicy"));
    if (!xml) return false;
    return parse_policy_status(*xml);
}

}  // namespace cofre::s3
