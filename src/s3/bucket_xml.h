#pragma once

/// @file
/// Private to s3: the XML of a bucket's settings, both ways. Pure. Errors as in
/// s3_xml.h: an answer that cannot be understood is kCorruption. Source: Amazon
/// S3 API Reference, request and response syntax of each operation.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "s3/bucket_rules.h"

namespace cofre::s3 {

Result<Versioning> parse_versioning(std::string_view xml);
std::string versioning_document(Versioning versioning);

Result<std::vector<LifecycleRule>> parse_lifecycle(std::string_view xml);
std::string lifecycle_document(std::span<const LifecycleRule> rules);

Result<std::vector<CorsRule>> parse_cors(std::string_view xml);
std::string cors_document(std::span<const CorsRule> rules);

Result<BucketLock> parse_bucket_lock(std::string_view xml);
std::string bucket_lock_document(const BucketLock& lock);

/// The region; Amazon says nothing for us-east-1 and "EU" for eu-west-1.
Result<std::string> parse_location(std::string_view xml);

/// Whether a policy makes the bucket public.
Result<bool> parse_policy_status(std::string_view xml);

/// "GOVERNANCE" or "COMPLIANCE"; kCorruption otherwise.
Result<RetentionMode> parse_retention_mode(std::string_view text);

}  // namespace cofre::s3
