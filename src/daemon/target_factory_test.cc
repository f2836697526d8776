#include "daemon/target_factory.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "daemon/job_plan.h"
#include "s3/measured_profile.h"

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

/// A state folder of its own, in which the endpoint of `target` was measured.
class MeasuredTarget : public ::testing::Test {
protected:
    void SetUp() override {
        ::setenv("COFRE_STATE_DIR", folder_->path().c_str(), 1);
        target_.endpoint = "https://s3.example.org";
        target_.region.clear();
        s3::MeasuredProfile measured{
            .endpoint = target_.endpoint, .measured_at = {}, .closest_row = "garage", .profile = {}};
        measured.profile.max_parts = 321;
        ASSERT_TRUE(s3::save_measured(measured_profile_file(target_.endpoint), measured));
    }
    void TearDown() override { ::unsetenv("COFRE_STATE_DIR"); }

    Result<TempDir> folder_ = TempDir::create("cofre-measured-test");
    config::TargetConfig target_ = s3_target();
};

TEST_F(MeasuredTarget, UsesWhatWasMeasured) {
    const auto options = s3_options_for(target_);
    ASSERT_TRUE(options) << options.error().message();
    ASSERT_TRUE(options->measured);
    EXPECT_EQ(options->measured->max_parts, 321);
    EXPECT_EQ(options->measured->name, s3::kMeasuredName);
}

TEST_F(MeasuredTarget, AProviderThatIsNamedWins) {
    target_.provider = "minio";
    const auto options = s3_options_for(target_);
    ASSERT_TRUE(options) << options.error().message();
    EXPECT_FALSE(options->measured);
    EXPECT_EQ(options->provider, "minio");
}

TEST_F(MeasuredTarget, AProviderCanBeAFile) {
    target_.provider = measured_profile_file(target_.endpoint).native();
    target_.endpoint = "https://elsewhere.example.org";
    const auto options = s3_options_for(target_);
    ASSERT_TRUE(options) << options.error().message();
    EXPECT_EQ(options->measured->max_parts, 321);
    target_.provider = "./no-such-file.json";
    EXPECT_EQ(s3_options_for(target_).error().code(), ErrorCode::kNotFound);
}

TEST_F(MeasuredTarget, ABrokenMeasurementStopsNobody) {
    ASSERT_TRUE(write_file_atomic(measured_profile_file(target_.endpoint), "{"));
    const auto options = s3_options_for(target_);
    ASSERT_TRUE(options) << options.error().message();
    EXPECT_FALSE(options->measured);
}

TEST(S3OptionsFor, TakesTheRegionFromTheEndpointOrTheRow) {
    auto target = s3_target();
    target.profile = "no-such-profile";
    target.region.clear();
    target.endpoint = "https://s3.us-west-004.backblazeb2.com";
    EXPECT_EQ(s3_options_for(target)->region, "us-west-004");
    target.endpoint = "https://abc.r2.cloudflarestorage.com";
    EXPECT_EQ(s3_options_for(target)->region, "auto");
    target.endpoint = "http://127.0.0.1:3900";
    EXPECT_EQ(s3_options_for(target)->region, "us-east-1");
    target.provider = "garage";
    EXPECT_EQ(s3_options_for(target)->region, "garage");
    target.region = "mine";
    EXPECT_EQ(s3_options_for(target)->region, "mine");
}

TEST(S3OptionsFor, TakesWhatNewObjectsAreBornWith) {
    auto target = s3_target();
    target.tags = {{"a", "b"}};
    target.object_lock_mode = s3::RetentionMode::kCompliance;
    target.object_lock_days = 3;
    target.requester_pays = true;
    target.use_fips_endpoint = true;
    target.sse_customer_key = Secret("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
    const auto options = s3_options_for(target);
    ASSERT_TRUE(options) << options.error().message();
    EXPECT_EQ(options->object.tags.at("a"), "b");
    EXPECT_EQ(options->object.retention->days, 3);
    EXPECT_TRUE(options->access.requester_pays);
    EXPECT_TRUE(options->access.customer_key);
    EXPECT_TRUE(options->use_fips);
}

TEST(S3OptionsFor, AServiceOfTheProfileNamesTheEndpointBeforeTheProfile) {
    const auto temp = TempDir::create("cofre-profile-test");
    const auto path = temp->path() / "config";
    ASSERT_TRUE(write_file_atomic(path,
                                  "[profile p]\nservices = s\nendpoint_url = https://any\n"
                                  "use_dualstack_endpoint = true\n[services s]\ns3 =\n"
                                  "  endpoint_url = https://of-s3\n"));
    ::setenv("AWS_CONFIG_FILE", path.c_str(), 1);
    ::setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
    auto target = s3_target();
    target.profile = "p";
    EXPECT_EQ(s3_options_for(target)->endpoint, "https://of-s3");
    EXPECT_TRUE(s3_options_for(target)->use_dualstack);
    ::setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", 1);
    EXPECT_EQ(s3_options_for(target)->endpoint, "");
    ::unsetenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
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
