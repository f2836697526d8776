#include "s3/iam_policy.h"

#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace cofre::s3 {
namespace {

using PolicyJson = nlohmann::ordered_json;

PolicyJson statement(std::string sid, PolicyJson actions, std::string resource) {
    return {{"Sid", std::move(sid)},
            {"Effect", "Allow"},
            {"Action", std::move(actions)},
            {"Resource", std::move(resource)}};
}

PolicyJson bucket_statement(const PolicyRequest& request, const std::string& arn) {
    PolicyJson out = statement("ListBelowPrefix", {"s3:ListBucket"}, arn);
    if (request.prefix.empty()) return out;
    // A listing names its prefix, which may be longer than the target's.
    out["Condition"] = {{"StringLike", {{"s3:prefix", {request.prefix, request.prefix + "*"}}}}};
    return out;
}

PolicyJson object_actions(const PolicyRequest& request) {
    PolicyJson actions = {"s3:GetObject"};
    const auto add = [&](std::initializer_list<const char*> more) {
        for (const char* const action : more)
            actions.push_back(action);
    };
    if (request.purpose == PolicyPurpose::kRestoreOnly) return actions;
    add({"s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"});
    if (request.tags) add({"s3:PutObjectTagging", "s3:GetObjectTagging"});
    if (request.object_lock) {
        add({"s3:PutObjectRetention", "s3:GetObjectRetention", "s3:PutObjectLegalHold", "s3:GetObjectLegalHold"});
    }
    if (request.purpose == PolicyPurpose::kFull) add({"s3:DeleteObject"});
    return actions;
}

}  // namespace

Result<std::string> iam_policy(const PolicyRequest& request) {
    if (request.prefix.find_first_of("*?") != std::string::npos || request.prefix.find("${") != std::string::npos) {
        return Error(ErrorCode::kInvalidArgument,
                     "policy: prefix \"" + request.prefix + "\" holds a character that is a wildcard in a policy");
    }
    if (!request.kms_key_arn.empty() && !request.kms_key_arn.starts_with("arn:")) {
        return Error(ErrorCode::kInvalidArgument, "policy: \"" + request.kms_key_arn + "\" is not the ARN of a key")
            .with_hint("give it as arn:aws:kms:REGION:ACCOUNT:key/ID; an alias does not work in a policy");
    }
    const std::string bucket_arn = "arn:" + request.partition + ":s3:::" + request.bucket;
    PolicyJson statements = PolicyJson::array();
    statements.push_back(bucket_statement(request, bucket_arn));
    if (request.purpose != PolicyPurpose::kRestoreOnly) {
        // It knows no condition by prefix.
        statements.push_back(statement("ListUploads", {"s3:ListBucketMultipartUploads"}, bucket_arn));
    }
    statements.push_back(statement("Objects", object_actions(request), bucket_arn + "/" + request.prefix + "*"));
    if (!request.kms_key_arn.empty()) {
        // A multipart upload decrypts its own parts when it is completed.
        PolicyJson actions = {"kms:Decrypt"};
        if (request.purpose != PolicyPurpose::kRestoreOnly) actions.push_back("kms:GenerateDataKey");
        statements.push_back(statement("Key", std::move(actions), request.kms_key_arn));
    }
    const PolicyJson policy = {{"Version", "2012-10-17"}, {"Statement", std::move(statements)}};
    try {
        return policy.dump(2);
    } catch (const PolicyJson::exception& error) {
        return Error(ErrorCode::kInvalidArgument, std::string("policy: the prefix is not UTF-8: ") + error.what());
    }
}

std::string partition_of(const std::string& region) {
    if (region.starts_with("cn-")) return "aws-cn";
    if (region.starts_with("us-gov-")) return "aws-us-gov";
    return "aws";
}

}  // namespace cofre::s3
