#pragma once

/// @file
/// The smallest permissions with which cofre can do its work, as an IAM policy.
/// Pure. Source: Service Authorization Reference, "Actions, resources, and
/// condition keys for Amazon S3" and "... for AWS Key Management Service".

#include <cstdint>
#include <string>

#include "base/result.h"

namespace cofre::s3 {

enum class PolicyPurpose : std::uint8_t {
    kFull,         ///< Back up, verify, restore, remove what is old.
    kAppendOnly,   ///< Back up and verify; no deleting. (Only versioning or object lock keeps from replacing.)
    kRestoreOnly,  ///< List and read: restore and verify.
};

struct PolicyRequest {
    std::string bucket;
    std::string prefix;  ///< As in a target: what every key begins with, literally; empty: the whole bucket.
    PolicyPurpose purpose = PolicyPurpose::kFull;
    std::string kms_key_arn;        ///< Of SSE-KMS; empty: no KMS.
    std::string partition = "aws";  ///< "aws", "aws-cn", "aws-us-gov".
    bool object_lock = false;       ///< Retention and legal hold are set and read.
    bool tags = false;              ///< Objects are tagged.
};

/// The JSON document, indented. kInvalidArgument: a key that is not an ARN, or
/// a prefix with a '*', '?' or "${" in it, which would mean something else there.
Result<std::string> iam_policy(const PolicyRequest& request);

/// The partition that a region lies in.
std::string partition_of(const std::string& region);

}  // namespace cofre::s3
