#include <string>

#include <gtest/gtest.h>

#include "config/load.h"
#include "config/testing/parse_for_test.h"

namespace cofre::config {
namespace {

using testing::parse;

// Word for word from the document that describes the program which this one
// replaces.
constexpr const char* kDocument = R"(aws:
  access_key_id: "sua_access_key_aqui"
  secret_access_key: "sua_secret_key_aqui"
  region: "us-east-1"
  
s3:
  bucket_name: "seu-bucket-backup"
  prefix: "backups/"  # Prefixo opcional para organizar arquivos
  
backup:
  source_directory: "/caminho/para/backup"
  file_extensions: ["*.txt", "*.pdf", "*.docx"]  # ["*"] para todos os arquivos
  delete_after_upload: false  # true para deletar arquivos locais após upload
  
logging:
  level: "INFO"  # DEBUG, INFO, WARNING, ERROR, CRITICAL
  log_file: "logs/backup.log"
  max_log_size_mb: 10
  backup_count: 5
)";

TEST(LegacyForm, TheDocumentsExampleWorksUnchanged) {
    const auto config = parse(kDocument);
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_TRUE(config->legacy);
    ASSERT_EQ(config->targets.size(), 1U);
    const auto& target = config->targets[0];
    EXPECT_EQ(target.kind, TargetKind::kS3);
    EXPECT_EQ(target.layout, Layout::kObjects);
    EXPECT_EQ(target.bucket, "seu-bucket-backup");
    EXPECT_EQ(target.prefix, "backups/");
    EXPECT_EQ(target.region, "us-east-1");
    EXPECT_EQ(target.access_key_id, "sua_access_key_aqui");
    ASSERT_EQ(config->jobs.size(), 1U);
    const auto& job = config->jobs[0];
    EXPECT_EQ(job.name, "backup");
    EXPECT_EQ(config->find_target(job.to), &target);
    EXPECT_EQ(job.sources, std::vector<std::string>{"/caminho/para/backup"});
    EXPECT_EQ(job.include, (std::vector<std::string>{"*.txt", "*.pdf", "*.docx"}));
    EXPECT_FALSE(job.delete_after_upload);
    EXPECT_EQ(config->logging.level, LogLevel::kInfo);
    EXPECT_EQ(config->logging.log_file, "/current/logs/backup.log");
    EXPECT_EQ(config->logging.max_log_size_mb, 10);
    EXPECT_EQ(config->logging.backup_count, 5);
    EXPECT_EQ(config->warnings,
              std::vector<std::string>{"aws.access_key_id or aws.secret_access_key is still the text of the example"});
}

TEST(LegacyForm, TheEnvironmentOverridesTheFile) {
    const auto config = parse(kDocument, {{"AWS_ACCESS_KEY_ID", "id"},
                                          {"AWS_SECRET_ACCESS_KEY", "secret"},
                                          {"AWS_SESSION_TOKEN", "token"},
                                          {"AWS_DEFAULT_REGION", "sa-east-1"},
                                          {"S3_BUCKET_NAME", "other"},
                                          {"S3_PREFIX", "p"},
                                          {"AWS_ENDPOINT_URL", "https://general"},
                                          {"AWS_ENDPOINT_URL_S3", "https://s3only"}});
    ASSERT_TRUE(config) << config.error().message();
    const auto& target = config->targets[0];
    EXPECT_EQ(target.access_key_id, "id");
    EXPECT_EQ(target.secret_access_key.reveal(), "secret");
    EXPECT_EQ(target.session_token.reveal(), "token");
    EXPECT_EQ(target.region, "sa-east-1");
    EXPECT_EQ(target.bucket, "other");
    EXPECT_EQ(target.prefix, "p");  // Literally: no slash is added.
    EXPECT_EQ(target.endpoint, "https://s3only");
    EXPECT_EQ(parse(kDocument, {{"AWS_REGION", "a"}, {"AWS_DEFAULT_REGION", "b"}})->targets[0].region, "a");
}

TEST(LegacyForm, DotEnvOverridesTheFileAndIsOverridden) {
    const char* const dot_env =
        "    AWS_ACCESS_KEY_ID=id\n    AWS_SECRET_ACCESS_KEY=secret\n    AWS_DEFAULT_REGION=us-east-2\n"
        "    S3_BUCKET_NAME=from-dot-env\n";
    const auto config = parse(kDocument, {{"S3_BUCKET_NAME", "from-process"}}, dot_env);
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->targets[0].access_key_id, "id");
    EXPECT_EQ(config->targets[0].region, "us-east-2");
    EXPECT_EQ(config->targets[0].bucket, "from-process");
    EXPECT_TRUE(config->warnings.empty());
}

TEST(LegacyForm, TheEnvironmentAloneMayNameTheBucket) {
    const auto config = parse("backup:\n  source_directory: data\n", {{"S3_BUCKET_NAME", "b"}});
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->targets[0].bucket, "b");
    EXPECT_EQ(config->targets[0].prefix, "");
    EXPECT_EQ(config->targets[0].access_key_id, "");  // The credential chain decides.
    EXPECT_EQ(config->jobs[0].sources, std::vector<std::string>{"/current/data"});
    EXPECT_TRUE(config->jobs[0].include.empty());
}

TEST(LegacyForm, ATokenStaysWithItsKey) {
    const std::string text =
        "aws: {access_key_id: id, secret_access_key: secret, session_token: token}\n"
        "s3: {bucket_name: b}\nbackup: {source_directory: /x}\n";
    EXPECT_EQ(parse(text)->targets[0].session_token.reveal(), "token");
    const Environment keys = {{"AWS_ACCESS_KEY_ID", "other"}, {"AWS_SECRET_ACCESS_KEY", "s"}};
    EXPECT_TRUE(parse(text, keys)->targets[0].session_token.empty());
    // Not shown either: it is not in effect.
    EXPECT_EQ(testing::find_setting(*parse(text, keys), "aws.session_token")->json, "null");

    const auto mixed = parse(text, {{"AWS_SECRET_ACCESS_KEY", "s"}});
    ASSERT_TRUE(mixed);
    EXPECT_EQ(mixed->warnings.size(), 1U);
}

TEST(LegacyForm, NewKeysArrive) {
    const auto config = parse(R"(
aws: {profile: p, region: r}
s3:
  bucket_name: b
  endpoint_url: http://127.0.0.1:9000
  addressing: path
  storage_class: GLACIER
  multipart_threshold_mb: 64
  part_size_mb: 5
backup: {name: nightly, source_directory: [/a, /b], exclude: "*.tmp", compression: gzip, compression_level: 9}
)");
    ASSERT_TRUE(config) << config.error().message();
    const auto& target = config->targets[0];
    EXPECT_EQ(target.profile, "p");
    EXPECT_EQ(target.endpoint, "http://127.0.0.1:9000");
    EXPECT_EQ(target.addressing, s3::AddressingStyle::kPath);
    EXPECT_EQ(target.storage_class, "GLACIER");
    EXPECT_EQ(target.multipart_threshold, 64_MiB);
    EXPECT_EQ(target.part_size, 5_MiB);
    EXPECT_EQ(config->jobs[0].name, "nightly");
    EXPECT_EQ(config->jobs[0].sources, (std::vector<std::string>{"/a", "/b"}));
    EXPECT_EQ(config->jobs[0].compression, objects::Compression::kGzip);
}

struct LegacyErrorCase {
    const char* name;
    const char* text;
    const char* message;
};

class LegacyFormError : public ::testing::TestWithParam<LegacyErrorCase> {};

TEST_P(LegacyFormError, NamesThePlaceAndTheCause) {
    const auto config = parse(GetParam().text);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().message(), std::string("/etc/cofre/c.yaml:") + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Table, LegacyFormError,
    ::testing::Values(
        LegacyErrorCase{"Section", "s3: {bucket_name: b}\nbakcup: {}\n",
                        "2:1: unknown key \"bakcup\" at the top level; did you mean \"backup\"?"},
        LegacyErrorCase{"Key", "s3:\n  bucket: b\n", "2:3: unknown key \"bucket\" in \"s3\""},
        LegacyErrorCase{"NoBucket", "s3:\n  prefix: p\nbackup:\n  source_directory: /x\n",
                        "2:3: \"s3.bucket_name\" is missing"},
        LegacyErrorCase{"NoBucketSection", "backup:\n  source_directory: /x\n", " \"s3.bucket_name\" is missing"},
        LegacyErrorCase{"NoSource", "s3: {bucket_name: b}\nbackup: {name: x}\n",
                        "2:9: \"backup.source_directory\" is missing"},
        LegacyErrorCase{"BareTilde", "s3: {bucket_name: b}\nbackup: {source_directory: ~}\n",
                        "2:9: \"backup.source_directory\" is missing"},
        LegacyErrorCase{"KeyAlone", "aws: {access_key_id: x}\ns3: {bucket_name: b}\nbackup: {source_directory: /x}\n",
                        "1:22: aws.access_key_id: is set, but aws.secret_access_key is not"},
        LegacyErrorCase{"PartSize", "s3: {bucket_name: b, part_size_mb: 4}\nbackup: {source_directory: /x}\n",
                        "1:36: s3.part_size_mb: must be between 5 and 5120"},
        LegacyErrorCase{"UnquotedPattern", "s3: {bucket_name: b}\nbackup:\n  file_extensions: [*.txt]\n",
                        "3:21: not valid YAML: the referenced anchor is not defined"}),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace cofre::config
