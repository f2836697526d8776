#pragma once

/// @file
/// What a bucket is told to do by itself: versions, lifecycle, CORS, object
/// lock. S3Store::bucket_admin() gives one.

#include <span>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "s3/bucket_rules.h"

namespace cofre::s3 {

class S3Client;

/// Free to copy, thread-safe, and only as long as its store lives. Each call is
/// one request with the store's retries. Errors common to all: those of
/// ObjectStore; kUnsupported where the store does not know the operation;
/// kPermissionDenied, whose hint names the permission that is missing.
class BucketAdmin {
public:
    explicit BucketAdmin(S3Client& client) : client_(&client) {}

    Result<Versioning> versioning(const CallContext& ctx) const;
    /// kInvalidArgument: kOff, which no bucket goes back to.
    Status set_versioning(const CallContext& ctx, Versioning versioning) const;

    /// No rules at all is an empty list, not an error.
    Result<std::vector<LifecycleRule>> lifecycle(const CallContext& ctx) const;
    /// Replaces all rules. An empty list is kInvalidArgument: clear_lifecycle().
    Status set_lifecycle(const CallContext& ctx, std::span<const LifecycleRule> rules) const;
    Status clear_lifecycle(const CallContext& ctx) const;

    /// As for lifecycle rules.
    Result<std::vector<CorsRule>> cors(const CallContext& ctx) const;
    Status set_cors(const CallContext& ctx, std::span<const CorsRule> rules) const;
    Status clear_cors(const CallContext& ctx) const;

    /// A bucket without object lock has `enabled` false: not an error.
    Result<BucketLock> object_lock(const CallContext& ctx) const;
    /// kConflict or kInvalidArgument: the bucket was made without object lock.
    Status set_object_lock(const CallContext& ctx, const BucketLock& lock) const;

    /// Where the bucket is.
    Result<std::string> location(const CallContext& ctx) const;
    /// Whether a bucket policy gives access to everyone. No policy: false.
    Result<bool> is_public(const CallContext& ctx) const;

private:
    S3Client* client_;
};

}  // namespace cofre::s3
