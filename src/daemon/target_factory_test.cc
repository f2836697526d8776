#include "daemon/target_factory.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "daemon/job_plan.h"

namespace cofre::daemon {
namespace {

config::TargetConfig s3_target() {
    config::TargetConfig target;
    target.url = "s3://bucket/p";
    target.bucket = "bucket";
    target.prefix = "p/";
    target.region = "eu-west-1";
    return target;
}

TEST(OpenTarget, AnAbsentFolderIsCreatedOnlyWhenAsked) {
    const auto temp = TempDir::create("cofre-target-test");
    config::TargetConfig target;
    target.kind = config::TargetKind::kFolder;
    target.folder = temp->path() / "new";
    EXPECT_EQ(open_target(target, Absent::kFail).error().code(), ErrorCode::kNotFound);
    EXPECT_TRUE(open_target(target, Absent::kCreate));
    EXPECT_TRUE(std::filesystem::is_directory(target.folder));
}

TEST(OpenTarget, TheRepositoryLayoutIsRefusedWithAWayOut) {
    auto target = s3_target();
    target.layout = config::Layout::kRepository;
    const auto open = open_target(target, Absent::kFail);
    ASSERT_FALSE(open);
    EXPECT_EQ(open.error().code(), ErrorCode::kUnsupported);
    EXPECT_NE(open.error().hint().find("--layout objects"), std::string::npos);
}

TEST(OpenTarget, AnS3TargetKeepsItsPrefix) {
    const auto open = open_target(s3_target(), Absent::kFail);
    ASSERT_TRUE(open) << open.error().message();
    EXPECT_EQ(open->prefix, "p/");
    EXPECT_NE(open->s3, nullptr);
}

TEST(CredentialsFor, KeysOfTheConfigurationWin) {
    auto target = s3_target();
    target.access_key_id = "AKIDFROMFILE";
    target.secret_access_key = Secret("s");
    const auto credentials = (*credentials_for(target))->resolve({});
    ASSERT_TRUE(credentials);
    EXPECT_EQ(credentials->access_key_id, "AKIDFROMFILE");
    EXPECT_EQ(credentials->source, "configuration");
}

TEST(StsEndpointFor, IsAmazonsUnlessTheTargetIsElsewhere) {
    for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"})
        ::unsetenv(name);
    ::setenv("AWS_CONFIG_FILE", "/nonexistent", 1);
    auto target = s3_target();
    EXPECT_EQ(sts_endpoint_for(target)->url, "https://sts.eu-west-1.amazonaws.com");
    target.endpoint = "https://s3.eu-west-1.amazonaws.com";
    EXPECT_EQ(sts_endpoint_for(target)->url, "https://sts.eu-west-1.amazonaws.com");
    target.endpoint = "https://ceph.example.com:8443";
    EXPECT_EQ(sts_endpoint_for(target)->url, "https://ceph.example.com:8443");
    ::setenv("AWS_ENDPOINT_URL_STS", "https://sts.example.com", 1);
    EXPECT_EQ(sts_endpoint_for(target)->url, "https://sts.example.com");
    ::unsetenv("AWS_ENDPOINT_URL_STS");
    ::unsetenv("AWS_CONFIG_FILE");
}

TEST(CredentialsFor, ARoleIsAssumedWithWhatWasFound) {
    auto target = s3_target();
    target.role_arn = "arn:aws:iam::1:role/r";
    const auto provider = credentials_for(target);
    ASSERT_TRUE(provider);
    EXPECT_EQ((*provider)->name(), "assume-role");
}

TEST(PlanOfJob, DatabasesAreRefusedByName) {
    config::JobConfig job;
    job.sources = {"postgres://user:pw@host/db"};
    const auto plan = plan_of_job(job, s3_target());
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(plan.error().message().find("pw"), std::string::npos);
}

}  // namespace
}  // namespace cofre::daemon
