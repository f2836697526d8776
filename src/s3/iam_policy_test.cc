#include "s3/iam_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace cofre::s3 {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

nlohmann::json policy_json(const PolicyRequest& request) {
    const auto text = iam_policy(request);
    EXPECT_TRUE(text) << text.error().message();
    return text ? nlohmann::json::parse(*text) : nlohmann::json();
}

std::vector<std::string> all_actions(const nlohmann::json& policy) {
    std::vector<std::string> actions;
    for (const auto& statement : policy.at("Statement")) {
        for (const auto& action : statement.at("Action"))
            actions.push_back(action);
    }
    return actions;
}

TEST(IamPolicy, NamesBucketAndPrefixExactly) {
    const auto policy = policy_json({.bucket = "b", .prefix = "a/b/"});
    const auto& statements = policy.at("Statement");
    EXPECT_EQ(statements[0]["Resource"], "arn:aws:s3:::b");
    EXPECT_THAT(statements[0]["Condition"]["StringLike"]["s3:prefix"], ElementsAre("a/b/", "a/b/*"));
    EXPECT_EQ(statements[2]["Resource"], "arn:aws:s3:::b/a/b/*");
    EXPECT_FALSE(policy_json({.bucket = "b"}).at("Statement")[0].contains("Condition"));
}

TEST(IamPolicy, FullHasEveryActionThatAProbeAsksFor) {
    const auto actions = all_actions(policy_json({.bucket = "b"}));
    EXPECT_THAT(actions, ::testing::UnorderedElementsAre("s3:ListBucket", "s3:ListBucketMultipartUploads",
                                                         "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload",
                                                         "s3:ListMultipartUploadParts", "s3:DeleteObject"));
}

TEST(IamPolicy, AppendOnlyCannotDelete) {
    const auto actions = all_actions(policy_json({.bucket = "b", .purpose = PolicyPurpose::kAppendOnly}));
    EXPECT_THAT(actions, Contains("s3:PutObject"));
    EXPECT_THAT(actions, Not(Contains(HasSubstr("Delete"))));
}

TEST(IamPolicy, RestoreOnlyOnlyReads) {
    const auto actions = all_actions(policy_json(
        {.bucket = "b", .purpose = PolicyPurpose::kRestoreOnly, .kms_key_arn = "arn:aws:kms:eu-west-1:1:key/k"}));
    EXPECT_THAT(actions, ElementsAre("s3:ListBucket", "s3:GetObject", "kms:Decrypt"));
}

TEST(IamPolicy, KmsNeedsBothDirectionsToWrite) {
    const auto actions = all_actions(policy_json({.bucket = "b", .kms_key_arn = "arn:aws:kms:eu-west-1:1:key/k"}));
    EXPECT_THAT(actions, Contains("kms:Decrypt"));
    EXPECT_THAT(actions, Contains("kms:GenerateDataKey"));
}

TEST(IamPolicy, LocksAndTagsAreAddedWhenUsed) {
    const auto actions = all_actions(policy_json({.bucket = "b", .object_lock = true, .tags = true}));
    EXPECT_THAT(actions, Contains("s3:PutObjectRetention"));
    EXPECT_THAT(actions, Contains("s3:PutObjectTagging"));
}

TEST(IamPolicy, RefusesWhatWouldMeanSomethingElse) {
    for (const char* prefix : {"a*", "a?", "${aws:username}/"})
        EXPECT_EQ(iam_policy({.bucket = "b", .prefix = prefix}).error().code(), ErrorCode::kInvalidArgument) << prefix;
    EXPECT_FALSE(iam_policy({.bucket = "b", .kms_key_arn = "alias/mine"}));
}

TEST(IamPolicy, KnowsPartitions) {
    EXPECT_EQ(partition_of("eu-west-1"), "aws");
    EXPECT_EQ(partition_of("cn-north-1"), "aws-cn");
    EXPECT_EQ(partition_of("us-gov-west-1"), "aws-us-gov");
}

}  // namespace
}  // namespace cofre::s3
