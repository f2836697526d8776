#include <map>
#include <string>

#include <gtest/gtest.h>

#include "config/load.h"
#include "config/testing/parse_for_test.h"

namespace cofre::config {
namespace {

using testing::find_setting;
using testing::parse;

constexpr const char* kSmall = "targets: {main: {url: \"s3://bucket/p\"}}\njobs: {docs: {sources: [/data]}}\n";

TEST(CofreForm, TwoLinesAreEnough) {
    const auto config = parse(kSmall);
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_FALSE(config->legacy);
    EXPECT_EQ(config->path, "/etc/cofre/c.yaml");
    EXPECT_EQ(config->state_dir, "/h/me/.local/state/cofre");
    ASSERT_EQ(config->targets.size(), 1U);
    EXPECT_EQ(config->targets[0].name, "main");
    EXPECT_EQ(config->targets[0].bucket, "bucket");
    EXPECT_EQ(config->targets[0].prefix, "p/");
    EXPECT_EQ(config->targets[0].layout, Layout::kAuto);
    ASSERT_EQ(config->jobs.size(), 1U);
    EXPECT_EQ(config->jobs[0].name, "docs");
    EXPECT_EQ(config->jobs[0].to, "main");
    EXPECT_EQ(config->jobs[0].sources, std::vector<std::string>{"/data"});
    EXPECT_TRUE(config->jobs[0].skip_unchanged);
    EXPECT_TRUE(config->warnings.empty()) << config->warnings[0];
}

TEST(CofreForm, WhatBelongsToARoleNeedsOne) {
    const auto with = [](const std::string& more) {
        const auto config = parse("targets: {main: {url: \"s3://bucket/p\", " + more + "}}\n");
        return config ? std::string("no error") : config.error().message();
    };
    EXPECT_NE(with("external_id: x").find("is set, but role_arn is not"), std::string::npos);
    EXPECT_NE(with("session_duration: 1h").find("is set, but role_arn is not"), std::string::npos);
    EXPECT_NE(with("role_arn: r, session_duration: 13h").find("12h at most"), std::string::npos);
}

TEST(CofreForm, EveryKeyArrives) {
    const auto config = parse(R"(
state_dir: /state
logging: {level: debug, console_level: "OFF", log_file: logs/a.log, max_log_size_mb: 3, backup_count: 0}
targets:
  t:
    url: s3://b/p/
    layout: repository
    endpoint: https://h:9000
    region: r
    profile: pro
    access_key_id: id
    secret_access_key: secret
    session_token: token
    role_arn: arn:r
    external_id: ext
    session_duration: 45m
    provider: minio
    addressing: Virtual
    ca_bundle: ca.pem
    allow_http: yes
    storage_class: COLD
    multipart_threshold: 64MiB
    part_size: 8MiB
    part_concurrency: 2
    max_connections: 3
    max_attempts: 9
    connect_timeout: 5
    idle_timeout: 1m30s
jobs:
  j:
    sources: [/a, b, ~/c, "postgres://h/db"]
    to: t
    prefix: sub/
    include: ["*.txt"]
    exclude: [x, "!y"]
    iexclude: z
    exclude_larger_than: 1GiB
    one_file_system: true
    compression: zstd
    compression_level: 19
    delete_after_upload: on
    skip_unchanged: false
    verify: read
    concurrency: 5
    keep_going: "false"
)");
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->state_dir, "/state");
    EXPECT_EQ(config->logging.level, LogLevel::kDebug);
    EXPECT_EQ(config->logging.console_level, LogLevel::kOff);
    EXPECT_EQ(config->logging.log_file, "/etc/cofre/logs/a.log");
    EXPECT_EQ(config->logging.max_log_size_mb, 3);
    EXPECT_EQ(config->logging.backup_count, 0);

    const auto& target = *config->find_target("t");
    EXPECT_EQ(target.layout, Layout::kRepository);
    EXPECT_EQ(target.endpoint, "https://h:9000");
    EXPECT_EQ(target.region, "r");
    EXPECT_EQ(target.profile, "pro");
    EXPECT_EQ(target.access_key_id, "id");
    EXPECT_EQ(target.secret_access_key.reveal(), "secret");
    EXPECT_EQ(target.session_token.reveal(), "token");
    EXPECT_EQ(target.role_arn, "arn:r");
    EXPECT_EQ(target.external_id, "ext");
    EXPECT_EQ(target.session_duration, std::chrono::minutes(45));
    EXPECT_EQ(target.provider, "minio");
    EXPECT_EQ(target.addressing, s3::AddressingStyle::kVirtualHost);
    EXPECT_EQ(target.ca_bundle, "/etc/cofre/ca.pem");
    EXPECT_TRUE(target.allow_http);
    EXPECT_EQ(target.storage_class, "COLD");
    EXPECT_EQ(target.multipart_threshold, 64_MiB);
    EXPECT_EQ(target.part_size, 8_MiB);
    EXPECT_EQ(target.part_concurrency, 2);
    EXPECT_EQ(target.max_connections, 3);
    EXPECT_EQ(target.max_attempts, 9);
    EXPECT_EQ(target.connect_timeout, std::chrono::seconds(5));
    EXPECT_EQ(target.idle_timeout, std::chrono::seconds(90));

    const auto& job = *config->find_job("j");
    EXPECT_EQ(job.sources, (std::vector<std::string>{"/a", "/etc/cofre/b", "/h/me/c", "postgres://h/db"}));
    EXPECT_EQ(job.prefix, "sub/");
    EXPECT_EQ(job.include, std::vector<std::string>{"*.txt"});
    EXPECT_EQ(job.exclude, (std::vector<std::string>{"x", "!y"}));
    EXPECT_EQ(job.iexclude, std::vector<std::string>{"z"});
    EXPECT_EQ(job.exclude_larger_than, 1_GiB);
    EXPECT_TRUE(job.one_file_system);
    EXPECT_EQ(job.compression, objects::Compression::kZstd);
    EXPECT_EQ(job.compression_level, 19);
    EXPECT_TRUE(job.delete_after_upload);
    EXPECT_FALSE(job.skip_unchanged);
    EXPECT_EQ(job.verify, Verify::kRead);
    EXPECT_EQ(job.concurrency, 5);
    EXPECT_FALSE(job.keep_going);
}

TEST(CofreForm, WhatNewObjectsAreBornWith) {
    const auto config = parse(R"(
targets:
  a:
    url: s3://bucket/p
    tags: {project: x, number: 5, from: "${X}"}
    sse: AWS:KMS
    sse_kms_key_id: arn
    acl: bucket-owner-full-control
    object_lock_mode: compliance
    object_lock_days: 30
    legal_hold: true
    requester_pays: true
    proxy: http://u:hunter2@proxy:3128
)",
                              {{"X", "env"}});
    ASSERT_TRUE(config) << config.error().message();
    const auto& target = config->targets[0];
    EXPECT_EQ(target.tags, (std::map<std::string, std::string>{{"from", "env"}, {"number", "5"}, {"project", "x"}}));
    EXPECT_EQ(target.sse, s3::ServerSideEncryption::kKms);
    EXPECT_EQ(target.object_lock_mode, s3::RetentionMode::kCompliance);
    EXPECT_EQ(target.object_lock_days, 30);
    EXPECT_TRUE(target.legal_hold);
    EXPECT_EQ(find_setting(*config, "targets.a.tags")->json, R"({"from": "env", "number": "5", "project": "x"})");
    EXPECT_EQ(find_setting(*config, "targets.a.proxy")->json.find("hunter2"), std::string::npos);
}

TEST(CofreForm, SettingsOfObjectsMustFitTogether) {
    const auto with = [](const std::string& more) {
        const auto config = parse("targets: {main: {url: \"s3://bucket/p\", " + more + "}}\n");
        return config ? std::string("no error") : config.error().message();
    };
    const auto says = [&](const std::string& more, std::string_view text) {
        const std::string message = with(more);
        EXPECT_NE(message.find(text), std::string::npos) << more << ": " << message;
        EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
    };
    says("sse_customer_key: hunter2", "not base64 of 32 bytes");
    says("sse_kms_key_id: x", "sse is not aws:kms");
    says("acl: public", "not a canned ACL");
    says("tags: [a]", "expected a map of texts");
    says("tags: {a: {b: c}}", "\"a\" is not a text");
    says("object_lock_mode: governance", "object_lock_days is not");
    says("object_lock_days: 3", "object_lock_mode is not");
    says("proxy: host", "http://host:port");
    says("sse: aes", "expected one of none, AES256, aws:kms");
}

TEST(CofreForm, AnEndpointOfTheEnvironmentCanBeIgnored) {
    const Environment environment = {{"AWS_ENDPOINT_URL_S3", "https://other"},
                                     {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}};
    const auto config =
        parse("targets:\n  a: {url: \"s3://b\"}\n  b: {url: \"s3://c\", endpoint: \"https://own\"}\n", environment);
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->targets[0].endpoint, "");
    EXPECT_EQ(config->targets[1].endpoint, "https://own");
}

TEST(CofreForm, AJobMayNameItsTargetByUrl) {
    const auto config = parse("jobs:\n  a: {sources: /x, to: \"s3://b/p\"}\n  b: {sources: /y, to: ../disk}\n",
                              {{"AWS_REGION", "eu-west-1"}});
    ASSERT_TRUE(config) << config.error().message();
    ASSERT_EQ(config->targets.size(), 2U);
    EXPECT_EQ(config->find_target("s3://b/p")->bucket, "b");
    EXPECT_EQ(config->find_target("s3://b/p")->region, "eu-west-1");
    EXPECT_EQ(config->find_target("../disk")->folder, "/etc/cofre/../disk");
}

TEST(CofreForm, AnchorsMayStandUnderFreeKeys) {
    const auto config = parse(
        "x-common: &common {compression: zstd, exclude: [\"*.tmp\"]}\n"
        "targets: {t: {url: /backup}}\n"
        "jobs:\n  a: {<<: *common, sources: /x}\n  b: {<<: *common, sources: /y, compression: none}\n");
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->find_job("a")->compression, objects::Compression::kZstd);
    EXPECT_EQ(config->find_job("b")->compression, objects::Compression::kNone);
    EXPECT_EQ(config->find_job("b")->exclude, std::vector<std::string>{"*.tmp"});
}

TEST(CofreForm, WithoutJobsItIsValidAndSaysSo) {
    const auto config = parse("");
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->warnings, std::vector<std::string>{"/etc/cofre/c.yaml defines no jobs"});
}

TEST(CofreForm, VariablesFillInWhatATargetLeavesOut) {
    const Environment environment = {{"AWS_REGION", "env-region"},
                                     {"AWS_DEFAULT_REGION", "other"},
                                     {"AWS_ENDPOINT_URL", "https://env"},
                                     {"AWS_ACCESS_KEY_ID", "env-id"},
                                     {"AWS_SECRET_ACCESS_KEY", "env-secret"}};
    const auto config = parse("targets:\n  a: {url: \"s3://b\", region: here}\n  b: {url: \"s3://c\"}\n", environment);
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->find_target("a")->region, "here");
    EXPECT_EQ(config->find_target("b")->region, "env-region");
    EXPECT_EQ(config->find_target("b")->endpoint, "https://env");
    // The credential chain asks the process itself, at each request.
    EXPECT_EQ(config->find_target("b")->access_key_id, "");
}

TEST(CofreForm, KeysOfDotEnvAreTakenBecauseTheChainCannotSeeThem) {
    const char* const dot_env = "AWS_ACCESS_KEY_ID=id\nAWS_SECRET_ACCESS_KEY=secret\nAWS_PROFILE=p\n";
    const auto config = parse("targets:\n  a: {url: \"s3://b\"}\n  b: {url: \"s3://c\", profile: own}\n", {}, dot_env);
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->find_target("a")->access_key_id, "id");
    EXPECT_EQ(config->find_target("a")->secret_access_key.reveal(), "secret");
    EXPECT_EQ(find_setting(*config, "targets.a.access_key_id")->origin.kind, Origin::Kind::kDotEnv);
    EXPECT_EQ(config->find_target("b")->access_key_id, "");
    EXPECT_EQ(config->find_target("b")->profile, "own");

    EXPECT_EQ(
        parse("targets: {a: {url: \"s3://b\"}}\n", {{"AWS_ACCESS_KEY_ID", "x"}}, dot_env)->targets[0].access_key_id,
        "");
    EXPECT_EQ(parse("targets: {a: {url: \"s3://b\"}}\n", {}, "AWS_PROFILE=p\n")->targets[0].profile, "p");
    EXPECT_FALSE(parse("targets: {a: {url: \"s3://b\"}}\n", {}, "AWS_ACCESS_KEY_ID=id\n"));
}

TEST(CofreForm, VariablesOfCofreOverrideTheFile) {
    const auto config = parse(std::string(kSmall) + "state_dir: a\nlogging: {level: info, console_level: off}\n",
                              {{"COFRE_STATE_DIR", "relative"}, {"COFRE_LOG_LEVEL", "DEBUG"}});
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->state_dir, "/current/relative");
    EXPECT_EQ(config->logging.level, LogLevel::kDebug);
    EXPECT_EQ(config->logging.console_level, LogLevel::kDebug);
    EXPECT_EQ(parse(std::string(kSmall) + "state_dir: a\n")->state_dir, "/etc/cofre/a");
}

TEST(CofreForm, StateFolderDependsOnWhoAsks) {
    auto options = testing::made_up_options({{"XDG_STATE_HOME", "/xdg"}});
    EXPECT_EQ(parse_config(kSmall, "/c.yaml", "", options)->state_dir, "/xdg/cofre");
    options.is_root = true;
    EXPECT_EQ(parse_config(kSmall, "/c.yaml", "", options)->state_dir, "/var/lib/cofre");
}

struct FormErrorCase {
    const char* name;
    const char* text;
    const char* message;
};

class CofreFormError : public ::testing::TestWithParam<FormErrorCase> {};

TEST_P(CofreFormError, NamesThePlaceAndTheCause) {
    const auto config = parse(GetParam().text);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(config.error().message(), std::string("/etc/cofre/c.yaml:") + GetParam().message);
    EXPECT_EQ(config.error().message().find("hunter2"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Table, CofreFormError,
    ::testing::Values(
        FormErrorCase{"TopLevelKey", "targts: {}\n",
                      "1:1: unknown key \"targts\" at the top level; did you mean \"targets\"?"},
        FormErrorCase{"TargetKey", "targets:\n  a:\n    url: s3://b\n    regoin: x\n",
                      "4:5: unknown key \"regoin\" in \"targets.a\"; did you mean \"region\"?"},
        FormErrorCase{"NothingNear", "logging:\n  colour: x\n", "2:3: unknown key \"colour\" in \"logging\""},
        FormErrorCase{"ControlCharactersInAKey", "\"a\\e[1m\": 1\n", "1:1: unknown key \"a\\x1b[1m\" at the top level"},
        FormErrorCase{"NotAMap", "- a\n", "1:1: a configuration is a map of keys, such as \"targets:\" and \"jobs:\""},
        FormErrorCase{"SectionNotAMap", "logging: 5\n", "1:10: \"logging\" must be a map of keys"},
        FormErrorCase{"TargetsNotAMap", "targets: [a]\n", "1:10: \"targets\" must be a map of names"},
        FormErrorCase{"BadName", "targets:\n  a/b: {url: /x}\n", "2:3: \"a/b\" cannot be a name in targets"},
        FormErrorCase{"NoUrl", "targets:\n  a: {region: x}\n", "2:6: \"targets.a.url\" is missing"},
        FormErrorCase{"EmptyTarget", "targets:\n  a:\n", " \"targets.a.url\" is missing"},
        FormErrorCase{"BadUrl", "targets:\n  a: {url: bucket}\n", "2:12: targets.a.url: not a place for backups"},
        FormErrorCase{"KeyWithoutSecret", "targets:\n  a: {url: \"s3://b\", access_key_id: x}\n",
                      "2:37: targets.a.access_key_id: is set, but targets.a.secret_access_key is not"},
        FormErrorCase{"SecretWithoutKey", "targets:\n  a: {url: \"s3://b\", secret_access_key: hunter2}\n",
                      "2:41: targets.a.secret_access_key: is set, but targets.a.access_key_id is not"},
        FormErrorCase{"Endpoint", "targets:\n  a: {url: \"s3://b\", endpoint: h}\n",
                      "2:32: targets.a.endpoint: expected https://host[:port]"},
        FormErrorCase{"Limit", "targets:\n  a: {url: \"s3://b\", limit_upload: fast}\n",
                      "2:36: targets.a.limit_upload: rate limit \"fast\": \"fast\" is not a rate"},
        FormErrorCase{"KeysInTheEndpoint", "targets:\n  a: {url: \"s3://b\", endpoint: \"https://a:hunter2@h\"}\n",
                      "2:32: targets.a.endpoint: keys do not belong into the endpoint"},
        FormErrorCase{"UnknownTarget", "targets: {main: {url: /x}}\njobs:\n  j: {sources: /a, to: mian}\n",
                      "3:24: jobs.j.to: there is no target \"mian\"; did you mean \"main\"?"},
        FormErrorCase{"NoTarget", "jobs:\n  j: {sources: /a}\n", "2:3: \"jobs.j.to\" is missing"},
        FormErrorCase{"TwoTargets", "targets: {a: {url: /x}, b: {url: /y}}\njobs:\n  j: {sources: /a}\n",
                      "3:3: \"jobs.j.to\" is missing"},
        FormErrorCase{"BadTargetUrl", "jobs:\n  j: {sources: /a, to: \"sftp://me:hunter2@h\"}\n",
                      "2:24: jobs.j.to: not a place for backups"},
        FormErrorCase{"NoSources", "jobs:\n  j: {to: /x}\n",
                      "2:6: \"jobs.j.sources\" is missing, and so is \"databases\""},
        FormErrorCase{"GzipLevel", "jobs:\n  j: {sources: /a, to: /x, compression: gzip, compression_level: 10}\n",
                      "2:66: jobs.j.compression_level: gzip has the levels 1 to 9"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(CofreFormErrors, NeverRepeatWhatCameFromElsewhere) {
    for (const char* text :
         {"targets: {t: {url: \"${X}\"}}\n", "targets: {t: {url: \"s3://${X}!\"}}\n",
          "jobs: {j: {sources: /a, to: \"${X}\"}}\n", "jobs: {j: {sources: /a, to: \"./${X}\", verify: \"${X}\"}}\n",
          "targets: {t: {url: /a, endpoint: \"${X}\", ca_bundle: \"~${X}\"}}\n"}) {
        const auto config = parse(text, {{"X", "hunter2"}});
        ASSERT_FALSE(config) << text;
        EXPECT_EQ((config.error().message() + config.error().hint()).find("hunter2"), std::string::npos)
            << config.error().message();
    }
}

TEST(CofreFormWarnings, TellWhatIsProbablyAMistake) {
    const auto config = parse(
        "targets:\n  disk: {url: /data/backup, region: x}\n"
        "jobs:\n  a: {sources: /data, include: [\".txt\"]}\n");
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->warnings, (std::vector<std::string>{"targets.disk.region means nothing for a folder",
                                                          "job a backs up its own target: /data/backup lies in /data",
                                                          "job a: the pattern \".txt\" matches only files of exactly "
                                                          "that name; write \"*.txt\" for a file extension"}));
}

}  // namespace
}  // namespace cofre::config
