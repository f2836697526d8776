// The main job through the binary, as a user runs it: to a folder, and to a
// real S3 server.

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "base/file.h"
#include "testing/job_fixture.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class CliJob : public JobTest {};

struct RoundTripCase {
    Place place;
    std::string compression;
};

std::ostream& operator<<(std::ostream& stream, const RoundTripCase& param) {
    return stream << param.place << "_" << param.compression;
}

class CliJobRoundTrip : public JobTest, public ::testing::WithParamInterface<RoundTripCase> {};

TEST_P(CliJobRoundTrip, BringsEveryHostileNameBack) {
    const std::string to = target(GetParam().place);
    ASSERT_TRUE(build_tree(source(), {.seed = 11}));

    const auto sent = backup(to, {"--compression", GetParam().compression});
    ASSERT_STATUS(0, sent);
    const auto files = files_below(source()).size();
    EXPECT_EQ(summary_of(sent)["total_files"], files);
    EXPECT_EQ(summary_of(sent)["uploaded_files"], files);

    const auto proven = verify(to);
    ASSERT_STATUS(0, proven);
    EXPECT_EQ(summary_of(proven)["good"], true);
    EXPECT_EQ(summary_of(proven)["files"], files);

    ASSERT_STATUS(0, restore(to));
    EXPECT_EQ(describe_differences(source(), restored()), "");
}

INSTANTIATE_TEST_SUITE_P(Places, CliJobRoundTrip,
                         ::testing::Values(RoundTripCase{Place::kFolder, "none"}, RoundTripCase{Place::kFolder, "zstd"},
                                           RoundTripCase{Place::kS3, "none"}, RoundTripCase{Place::kS3, "zstd"},
                                           RoundTripCase{Place::kS3, "gzip"}),
                         [](const auto& param) { return to_string(param.param.place) + param.param.compression; });

class CliJobAnywhere : public JobTest, public ::testing::WithParamInterface<Place> {};

TEST_P(CliJobAnywhere, SecondRunSendsOnlyWhatChanged) {
    const std::string to = target(GetParam());
    ASSERT_TRUE(build_tree(source(), {.seed = 12, .files = 20, .hostile_names = false}));
    ASSERT_STATUS(0, backup(to));

    const auto unchanged = backup(to);
    ASSERT_STATUS(0, unchanged);
    EXPECT_EQ(summary_of(unchanged)["uploaded_files"], 0);
    EXPECT_EQ(summary_of(unchanged)["unchanged_files"], 20);

    ASSERT_TRUE(write_file(source() / "folder0" / "new", "new content"));
    fs::remove(source() / "file0");
    const auto changed = backup(to);
    ASSERT_STATUS(0, changed);
    EXPECT_EQ(summary_of(changed)["uploaded_files"], 1);
    EXPECT_EQ(summary_of(changed)["total_files"], 20);

    ASSERT_STATUS(0, restore(to));
    EXPECT_EQ(describe_differences(source(), restored()), "");
}

TEST_P(CliJobAnywhere, DryRunChangesNothing) {
    const std::string to = target(GetParam());
    ASSERT_TRUE(build_tree(source(), {.files = 8, .hostile_names = false}));
    fs::create_directories(target_folder());
    const auto result = backup(to, {"--dry-run", "--delete-after-upload"});
    ASSERT_STATUS(0, result);
    EXPECT_EQ(summary_of(result)["dry_run"], true);
    EXPECT_EQ(files_below(source()).size(), 8U);
    EXPECT_TRUE(files_below(target_folder()).empty());
    if (GetParam() == Place::kS3) {
        const auto keys = shared_rgw().keys(bucket());
        ASSERT_TRUE(keys);
        EXPECT_TRUE(keys->empty());
    }
}

TEST_P(CliJobAnywhere, DeletesProvenFilesAndKeepsThemInTheBackup) {
    const std::string to = target(GetParam());
    ASSERT_TRUE(build_tree(source(), {.seed = 13, .symlinks = false}));
    ASSERT_TRUE(build_tree(folder() / "copy", {.seed = 13, .symlinks = false}));
    const auto result = backup(to, {"--delete-after-upload"});
    ASSERT_STATUS(0, result);
    EXPECT_EQ(summary_of(result)["deleted_files"], files_below(folder() / "copy").size());
    EXPECT_TRUE(fs::is_directory(source())) << "the source folder itself stays";
    EXPECT_TRUE(files_below(source()).empty());

    ASSERT_TRUE(write_file(source() / "later", "arrived afterwards"));
    ASSERT_TRUE(write_file(folder() / "copy" / "later", "arrived afterwards"));
    ASSERT_STATUS(0, backup(to, {"--delete-after-upload"}));
    ASSERT_STATUS(0, restore(to));
    EXPECT_EQ(describe_differences(folder() / "copy", restored(), {.files_only = true}), "");
}

TEST_P(CliJobAnywhere, RestoresAPartOnly) {
    const std::string to = target(GetParam());
    ASSERT_TRUE(build_tree(source(), {.files = 20, .hostile_names = false}));
    ASSERT_STATUS(0, backup(to));
    ASSERT_STATUS(0, cofre_.run({"restore", "latest:folder0/deep", "--from", to, "--target", restored().string()}));
    EXPECT_EQ(describe_differences(source() / "folder0" / "deep", restored()), "");
}

TEST_P(CliJobAnywhere, ListsWhatIsThere) {
    const std::string to = target(GetParam());
    ASSERT_TRUE(write_file(source() / "a" / "b.txt", "1234567"));
    const auto sent = backup(to);
    ASSERT_STATUS(0, sent);

    const auto snapshots = cofre_.run({"snapshots", "--from", to, "--json"});
    ASSERT_STATUS(0, snapshots);
    const auto list = json_of(snapshots);
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0]["id"], summary_of(sent)["snapshot_id"]);
    EXPECT_EQ(list[0]["summary"]["total_bytes"], 7);

    const auto entries = cofre_.run({"ls", "latest", "--from", to});
    ASSERT_STATUS(0, entries);
    EXPECT_THAT(entries.out, HasSubstr("a/b.txt"));
}

TEST_P(CliJobAnywhere, MultipartUploadsComeBack) {
    const std::string to = target(GetParam());
    // Not a multiple of the part size, and more parts than go at once.
    ASSERT_TRUE(write_file(source() / "large", random_bytes(5, 33'000'001)));
    const auto result = backup(to, {"--multipart-threshold", "5MiB", "--part-size", "5MiB"});
    ASSERT_STATUS(0, result);
    ASSERT_STATUS(0, restore(to));
    EXPECT_EQ(describe_differences(source(), restored()), "");
    if (GetParam() == Place::kS3) {
        const auto pending = shared_rgw().pending_uploads(bucket());
        ASSERT_TRUE(pending);
        EXPECT_TRUE(pending->empty());
    }
}

INSTANTIATE_TEST_SUITE_P(Places, CliJobAnywhere, ::testing::Values(Place::kFolder, Place::kS3),
                         [](const auto& param) { return to_string(param.param); });

TEST_F(CliJob, StoresEachFileUnderPrefixAndRelativePath) {
    ASSERT_TRUE(write_file(source() / "a" / "b.txt", "x"));
    ASSERT_TRUE(write_file(source() / "c" / "b.txt", "y"));
    ASSERT_STATUS(0, backup(s3_target()));
    const auto keys = shared_rgw().keys(bucket());
    ASSERT_TRUE(keys);
    EXPECT_THAT(*keys, Contains("some/prefix/a/b.txt"));
    EXPECT_THAT(*keys, Contains("some/prefix/c/b.txt"));
    EXPECT_THAT(*keys, Contains(AllOf(StartsWith("some/prefix/.cofre/"), HasSubstr(".cofre.json"))));
    EXPECT_EQ(keys->size(), 3U);
}

/// Requirement 3: its own configuration file, its own options.
class CliLegacyJob : public JobTest {
protected:
    void SetUp() override {
        JobTest::SetUp();
        ASSERT_TRUE(write_file(source() / "docs" / "a.txt", "text"));
        ASSERT_TRUE(write_file(source() / "docs" / "b.pdf", "pdf"));
        ASSERT_TRUE(write_file(source() / "c.jpg", "image"));
        write_config("false");
        // The keys come from the file here.
        cofre_.unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
    }

    void write_config(const std::string& delete_after_upload) {
        const std::string text =
            "aws:\n  access_key_id: \"" + shared_rgw().access_key() + "\"\n  secret_access_key: \"" +
            shared_rgw().secret_key() + "\"\n  region: \"us-east-1\"\n\ns3:\n  bucket_name: \"" + bucket() +
            "\"\n  prefix: \"backups/\"  # Prefixo opcional para organizar arquivos\n\nbackup:\n"
            "  source_directory: \"" +
            source().string() +
            "\"\n  file_extensions: [\"*.txt\", \"*.pdf\", \"*.docx\"]\n  delete_after_upload: " + delete_after_upload +
            "\n\nlogging:\n  level: \"INFO\"  # DEBUG, INFO, WARNING, ERROR, CRITICAL\n"
            "  log_file: \"logs/backup.log\"\n  max_log_size_mb: 10\n  backup_count: 5\n";
        ASSERT_TRUE(write_file_atomic(cofre_.home() / "config.yaml", text));
    }

    std::vector<std::string> keys() {
        auto result = shared_rgw().keys(bucket());
        EXPECT_TRUE(result);
        return result ? *std::move(result) : std::vector<std::string>();
    }
};

TEST_F(CliLegacyJob, RunsWithTheFileUnchanged) {
    const auto result = cofre_.run({"run", "-c", "config.yaml", "--output-json", "results.json", "--verbose"});
    ASSERT_STATUS(0, result);
    EXPECT_THAT(keys(), Contains("backups/docs/a.txt"));
    EXPECT_THAT(keys(), Contains("backups/docs/b.pdf"));
    EXPECT_THAT(keys(), Each(Not(HasSubstr("jpg"))));
    EXPECT_EQ(files_below(source()).size(), 3U);

    const auto results = read_small_file(cofre_.home() / "results.json", 1U << 20U);
    ASSERT_TRUE(results) << results.error().message();
    const auto json = nlohmann::json::parse(*results);
    EXPECT_EQ(json["success"], true);
    EXPECT_EQ(json["uploaded_files"], 2);

    const auto log = read_small_file(cofre_.home() / "logs" / "backup.log", 1U << 20U);
    ASSERT_TRUE(log) << log.error().message();
    EXPECT_THAT(*log, HasSubstr("INFO"));
    EXPECT_THAT(*log + result.out + result.err, Not(HasSubstr(shared_rgw().secret_key())));
}

TEST_F(CliLegacyJob, IsFoundWithoutBeingNamed) {
    ASSERT_STATUS(0, cofre_.run({"run"}));
    EXPECT_THAT(keys(), Contains("backups/docs/a.txt"));
}

TEST_F(CliLegacyJob, DryRunUploadsNothing) {
    const auto result = cofre_.run({"run", "-c", "config.yaml", "--dry-run"});
    ASSERT_STATUS(0, result);
    EXPECT_TRUE(keys().empty());
}

TEST_F(CliLegacyJob, DeletesAfterUploadOnlyWhatWasAskedFor) {
    write_config("true");
    ASSERT_STATUS(0, cofre_.run({"run", "-c", "config.yaml"}));
    EXPECT_THAT(files_below(source()), ::testing::ElementsAre("c.jpg"));
    EXPECT_FALSE(fs::exists(source() / "docs")) << "an empty folder goes too";
}

TEST_F(CliLegacyJob, EnvironmentWinsOverTheFile) {
    const std::string other = fresh_bucket();
    cofre_.set("S3_BUCKET_NAME", other);
    ASSERT_STATUS(0, cofre_.run({"run", "-c", "config.yaml"}));
    EXPECT_TRUE(keys().empty());
    const auto there = shared_rgw().keys(other);
    ASSERT_TRUE(there);
    EXPECT_THAT(*there, Contains("backups/docs/a.txt"));
}

TEST_F(CliLegacyJob, StatusLooksAndChangesNothing) {
    const auto result = cofre_.run({"run", "-c", "config.yaml", "--status"});
    ASSERT_STATUS(0, result);
    EXPECT_TRUE(keys().empty());
    EXPECT_THAT(result.out + result.err, Not(HasSubstr(shared_rgw().secret_key())));
}

TEST_F(CliLegacyJob, CreateConfigWritesAnExampleAndNeverReplaces) {
    fs::remove(cofre_.home() / "config.yaml");
    ASSERT_STATUS(0, cofre_.run({"run", "--create-config"}));
    const auto example = read_small_file(cofre_.home() / "config.yaml", 1U << 20U);
    ASSERT_TRUE(example) << example.error().message();
    EXPECT_THAT(*example, AllOf(HasSubstr("bucket_name"), HasSubstr("delete_after_upload")));
    ASSERT_TRUE(write_file(cofre_.home() / "config.yaml", "mine"));
    EXPECT_STATUS(1, cofre_.run({"run", "--create-config"}));
    EXPECT_EQ(*read_small_file(cofre_.home() / "config.yaml", 100), "mine");
}

TEST_F(CliLegacyJob, PartialFailureIsTwoAndTheRestIsSafe) {
    // A folder where the key of a file must go cannot be in S3; an unreadable
    // file can be for everybody: the name is too long for a key.
    std::string deep;
    for (int i = 0; i < 6; ++i)
        deep += std::string(200, static_cast<char>('a' + i)) + "/";
    ASSERT_TRUE(write_file(source() / deep / "too-long.txt", "x"));
    const auto result = cofre_.run({"run", "-c", "config.yaml", "--output-json", "results.json"});
    ASSERT_STATUS(2, result);
    EXPECT_THAT(keys(), Contains("backups/docs/a.txt"));
    const auto json = nlohmann::json::parse(*read_small_file(cofre_.home() / "results.json", 1U << 20U));
    EXPECT_EQ(json["error_count"], 1);
    EXPECT_THAT(json["jobs"][0]["errors"][0]["path"].get<std::string>(), HasSubstr("too-long.txt"));
}

/// cofre.yaml: named targets and jobs.
class CliConfiguredJob : public JobTest {
protected:
    void SetUp() override {
        JobTest::SetUp();
        ASSERT_TRUE(build_tree(source(), {.files = 10, .hostile_names = false}));
        const std::string text = "state_dir: state\ntargets:\n  disk:\n    url: " + target_folder().string() +
                                 "\n    layout: objects\n  bucket:\n    url: " + s3_target() +
                                 "\n    layout: objects\n    endpoint: " + shared_rgw().endpoint() +
                                 "\njobs:\n  to-disk:\n    sources: [" + source().string() +
                                 "]\n    to: disk\n    exclude: [\"link-*\"]\n  to-bucket:\n    sources: [" +
                                 source().string() + "]\n    to: bucket\n    compression: zstd\n";
        ASSERT_TRUE(write_file_atomic(cofre_.home() / "cofre.yaml", text));
    }
};

TEST_F(CliConfiguredJob, RunsAllJobsAndRemembersThem) {
    const auto result = cofre_.run({"run", "--json"});
    ASSERT_STATUS(0, result);
    ASSERT_STATUS(0, cofre_.run({"verify", "to-disk"}));
    ASSERT_STATUS(0, cofre_.run({"verify", "to-bucket"}));
    const auto status = cofre_.run({"status", "--json"});
    ASSERT_STATUS(0, status);
    EXPECT_THAT(status.out, AllOf(HasSubstr("to-disk"), HasSubstr("to-bucket")));
    EXPECT_TRUE(fs::exists(cofre_.home() / "state"));
    ASSERT_STATUS(0, cofre_.run({"restore", "latest", "--from", "bucket", "--target", restored().string()}));
    EXPECT_EQ(describe_differences(source(), restored()), "");
}

TEST_F(CliConfiguredJob, RunsOnlyTheNamedJob) {
    ASSERT_STATUS(0, cofre_.run({"run", "to-disk"}));
    const auto keys = shared_rgw().keys(bucket());
    ASSERT_TRUE(keys);
    EXPECT_TRUE(keys->empty());
    EXPECT_FALSE(files_below(target_folder()).empty());
}

TEST_F(CliConfiguredJob, RefusesAnUnknownJobAndNamesTheKnown) {
    const auto result = cofre_.run({"run", "to-disc"});
    EXPECT_STATUS(1, result);
    EXPECT_THAT(result.err, AllOf(HasSubstr("to-disc"), HasSubstr("to-disk")));
}

TEST_F(CliConfiguredJob, CheckOnlineConnects) {
    fs::create_directories(target_folder());
    EXPECT_STATUS(0, cofre_.run({"config", "check", "--online"}));
    cofre_.set("AWS_SECRET_ACCESS_KEY", "wrong");
    EXPECT_STATUS(1, cofre_.run({"config", "check", "--online"}));
}

TEST_F(CliConfiguredJob, ShowMasksSecrets) {
    const std::string canary = "canary-secret-value-0123456789abcdef";
    ASSERT_TRUE(write_file_atomic(cofre_.home() / "cofre.yaml",
                                  "targets:\n  b:\n    url: s3://bucket/x\n    access_key_id: AKIAEXAMPLE\n"
                                  "    secret_access_key: " +
                                      canary + "\njobs:\n  j:\n    sources: [/etc]\n    to: b\n"));
    for (const auto& args : std::vector<std::vector<std::string>>{
             {"config", "show"}, {"config", "show", "--json"}, {"config", "check"}, {"status", "--offline", "-vv"}}) {
        const auto result = cofre_.run(args);
        EXPECT_THAT(result.out + result.err, Not(HasSubstr(canary))) << args[1];
    }
}

}  // namespace
}  // namespace cofre::testing
