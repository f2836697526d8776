#include "config/environment_form.h"

#include <gtest/gtest.h>

namespace cofre::config {
namespace {

Result<Config> read_form(const Environment& environment) {
    return read_environment_form(Variables(environment), {});
}

TEST(EnvironmentForm, TheFirstDialectNamesABucketAndAPeriodicity) {
    const auto config = read_form({{"DB_TYPE", "postgresql"},
                                   {"DB_HOST", "db.example.com"},
                                   {"DB_PORT", "5433"},
                                   {"DB_USER", "back up"},
                                   {"DB_PASSWORD", "s3cr@t/x"},
                                   {"DB_NAME", "shop"},
                                   {"DUMP_OPTIONS", "--no-owner"},
                                   {"S3_BUCKET", "dumps"},
                                   {"S3_PREFIX", "/prod"},
                                   {"AWS_REGION", "sa-east-1"},
                                   {"AWS_ROLE_ARN", "arn:aws:iam::1:role/x"},
                                   {"PERIODICITY", "weekly"},
                                   {"RETENTION_DAYS", "30"}});
    ASSERT_TRUE(config) << config.error().message();
    const auto& database = config->databases.at(0);
    EXPECT_EQ(database.url, "postgres://back%20up@db.example.com:5433/shop");
    EXPECT_EQ(database.password.reveal(), "s3cr@t/x");
    EXPECT_EQ(database.options, "--no-owner");
    EXPECT_EQ(database.object_name, "weekly/%Y/%m/%d/dump_%Y%m%d_%H%M%S");
    const auto& target = config->targets.at(0);
    EXPECT_EQ(target.bucket, "dumps");
    EXPECT_EQ(target.prefix, "prod/");
    EXPECT_EQ(target.region, "sa-east-1");
    EXPECT_EQ(target.role_arn, "arn:aws:iam::1:role/x");
    EXPECT_EQ(target.layout, Layout::kObjects);
    const auto& job = config->jobs.at(0);
    EXPECT_EQ(job.compression, objects::Compression::kGzip);
    EXPECT_EQ(job.retention_days, 30);
    // Another database or periodicity in the same place is another job.
    EXPECT_EQ(job.name, "dump-postgresql-db.example.com-5433-shop-weekly");
    EXPECT_EQ(job.verify_after, "read");
    EXPECT_EQ(config->find_target(job.to), &target);
}

TEST(EnvironmentForm, ATokenFileMeansThatTheChainAssumesTheRole) {
    const auto config = read_form({{"DB_TYPE", "mysql"},
                                   {"DB_HOST", "h"},
                                   {"S3_BUCKET", "b"},
                                   {"AWS_ROLE_ARN", "arn:aws:iam::1:role/x"},
                                   {"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"}});
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->targets.at(0).role_arn, "");
    EXPECT_EQ(config->databases.at(0).url, "mysql://h/");
}

TEST(EnvironmentForm, TheSecondDialectNamesAStorage) {
    const auto config = read_form({{"DB_TYPE", "mariadb"},
                                   {"DB_HOST", "::1"},
                                   {"DB_NAME", "a/b"},
                                   {"STORAGE_TYPE", "r2"},
                                   {"STORAGE_ENDPOINT_URL", "https://x.r2.example.com"},
                                   {"STORAGE_BUCKET_NAME", "b"},
                                   {"STORAGE_DESTINATION_FOLDER", "db"},
                                   {"STORAGE_ACCESS_KEY_ID", "id"},
                                   {"STORAGE_SECRET_ACCESS_KEY", "secret"},
                                   {"TIMEZONE", "America/Sao_Paulo"}});
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->databases.at(0).url, "mariadb://[::1]/a%2Fb");
    EXPECT_EQ(config->databases.at(0).object_name, "%Y%m%d/backup_{database}_%Y%m%d_%H%M%S.sql");
    const auto& target = config->targets.at(0);
    EXPECT_EQ(target.region, "auto");
    EXPECT_EQ(target.provider, "r2");
    EXPECT_EQ(target.access_key_id, "id");
    EXPECT_EQ(config->jobs.at(0).compression, objects::Compression::kNone);
    EXPECT_EQ(config->time_zone, "America/Sao_Paulo");
}

TEST(EnvironmentForm, AFolderIsAStorageToo) {
    const auto config = read_form(
        {{"DB_TYPE", "sqlite"}, {"DB_NAME", "/srv/a b.db"}, {"STORAGE_TYPE", "local"}, {"STORAGE_LOCAL_PATH", "/mnt"}});
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->databases.at(0).url, "sqlite:///srv/a%20b.db");
    EXPECT_EQ(config->targets.at(0).kind, TargetKind::kFolder);
    EXPECT_EQ(config->targets.at(0).folder, "/mnt");
}

struct WrongEnvironment {
    const char* name;
    Environment environment;
    const char* variable;
};

class EnvironmentFormError : public ::testing::TestWithParam<WrongEnvironment> {};

TEST_P(EnvironmentFormError, NamesTheVariable) {
    const auto config = read_form(GetParam().environment);
    ASSERT_FALSE(config);
    EXPECT_NE(config.error().message().find(GetParam().variable), std::string::npos) << config.error().message();
}

INSTANTIATE_TEST_SUITE_P(
    Table, EnvironmentFormError,
    ::testing::Values(
        WrongEnvironment{"Engine", {{"DB_TYPE", "oracle"}}, "DB_TYPE"},
        WrongEnvironment{"Host", {{"DB_TYPE", "mysql"}, {"S3_BUCKET", "b"}}, "DB_HOST"},
        WrongEnvironment{"Bucket", {{"DB_TYPE", "mysql"}, {"DB_HOST", "h"}}, "S3_BUCKET"},
        WrongEnvironment{"Storage", {{"DB_TYPE", "mysql"}, {"DB_HOST", "h"}, {"STORAGE_TYPE", "ftp"}}, "STORAGE_TYPE"},
        WrongEnvironment{
            "Azure", {{"DB_TYPE", "mysql"}, {"DB_HOST", "h"}, {"STORAGE_BACKEND", "azure"}}, "STORAGE_BACKEND"},
        WrongEnvironment{"Days",
                         {{"DB_TYPE", "mysql"}, {"DB_HOST", "h"}, {"S3_BUCKET", "b"}, {"RETENTION_DAYS", "-1"}},
                         "RETENTION_DAYS"},
        WrongEnvironment{"Keys",
                         {{"DB_TYPE", "mysql"},
                          {"DB_HOST", "h"},
                          {"STORAGE_TYPE", "s3"},
                          {"STORAGE_BUCKET_NAME", "b"},
                          {"STORAGE_ACCESS_KEY_ID", "only"}},
                         "STORAGE_SECRET_ACCESS_KEY"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace cofre::config
