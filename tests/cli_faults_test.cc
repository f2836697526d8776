// What goes wrong in real life, through the binary. Each case: one clear message
// with a way out, the right exit status, nothing lost, nothing half-written under
// a final name, no multipart upload left behind.

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "testing/job_fixture.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class CliFaults : public JobTest {
protected:
    void small_source() { ASSERT_TRUE(build_tree(source(), {.files = 10, .hostile_names = false})); }

    /// Objects of a file:// target: without what cofre keeps for itself.
    std::vector<std::string> stored_files() const {
        auto all = files_below(target_folder());
        std::erase_if(all, [](const std::string& path) { return path.rfind(".cofre", 0) == 0; });
        return all;
    }

    /// Starts a backup that is far from done and waits until it is in the middle
    /// of a multipart upload. The source is a hole of a gigabyte: quick to make,
    /// slow to send.
    ChildProcess start_long_run(const RgwServer& server, const std::string& in_bucket) {
        EXPECT_TRUE(write_file(source() / "large", ""));
        fs::resize_file(source() / "large", std::uintmax_t{1} << 30U);
        auto run = cofre_.start(
            backup_command("s3://" + in_bucket + "/some/prefix", {"--part-size", "5MiB", "--part-concurrency", "1"}));
        COFRE_CHECK(run.has_value());
        for (;;) {
            const auto pending = server.pending_uploads(in_bucket);
            if (!pending || !pending->empty()) return *std::move(run);
        }
    }

    /// The complaint for people, and the one for programs, say the same and
    /// come with advice.
    static void expect_fatal(const ChildResult& result, const std::string& about) {
        EXPECT_STATUS(1, result);
        EXPECT_THAT(result.err, AllOf(HasSubstr("error: "), HasSubstr(about))) << result.describe();
        EXPECT_THAT(result.err, Not(HasSubstr(shared_rgw().secret_key())));
    }

    static void expect_advice(const ChildResult& result) {
        EXPECT_THAT(result.err, HasSubstr("hint: ")) << result.describe();
    }
};

TEST_F(CliFaults, MissingSourceIsFatalAndNamed) {
    const auto result = backup(s3_target());
    expect_fatal(result, source().string());
    expect_no_backup_in_bucket();
}

TEST_F(CliFaults, MissingBucketIsFatalAndSaysWhatToDo) {
    small_source();
    const auto result = backup("s3://no-such-bucket-here/x");
    expect_fatal(result, "no-such-bucket-here");
    expect_advice(result);
}

TEST_F(CliFaults, WrongKeyIdIsFatal) {
    small_source();
    cofre_.set("AWS_ACCESS_KEY_ID", "AKIANOBODY");
    const auto result = backup(s3_target());
    expect_fatal(result, bucket());
    expect_advice(result);
}

TEST_F(CliFaults, WrongSecretIsFatalAndNotShown) {
    small_source();
    cofre_.set("AWS_SECRET_ACCESS_KEY", "canary-wrong-secret-0123456789");
    const auto result = backup(s3_target(), {"-vv"});
    expect_fatal(result, bucket());
    expect_advice(result);
    EXPECT_THAT(result.out + result.err, Not(HasSubstr("canary-wrong-secret")));
}

TEST_F(CliFaults, NoCredentialsAtAllSaysWhereItLooked) {
    small_source();
    cofre_.unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
    const auto result = backup(s3_target());
    expect_fatal(result, "environment");
}

TEST_F(CliFaults, NoServerAtAllFailsInBoundedTime) {
    small_source();
    cofre_.set("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9");
    expect_fatal(backup("s3://some-bucket/x"), "127.0.0.1");
}

class CliClock : public CliFaults, public ::testing::WithParamInterface<const char*> {};

TEST_P(CliClock, OffByAnHourIsCorrected) {
    small_source();
    // NO_FAKE_STAT: only the clock is wrong, not the times of files.
    cofre_.wrap({"faketime", "-f", GetParam()})
        .set("NO_FAKE_STAT", "1")
        .set("ASAN_OPTIONS", "verify_asan_link_order=0");
    ASSERT_STATUS(0, backup(s3_target()));
    ASSERT_STATUS(0, restore(s3_target()));
    EXPECT_EQ(describe_differences(source(), restored()), "");
}

INSTANTIATE_TEST_SUITE_P(Offsets, CliClock, ::testing::Values("+1h", "-1h", "+1d"), [](const auto& param) {
    return std::string(param.param[0] == '+' ? "Fast" : "Slow") + (param.param + 1);
});

TEST_F(CliFaults, F34UnreadableFileIsNamedAndTheRestIsSafe) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
    small_source();
    const fs::path secret = source() / "folder0" / "unreadable";
    ASSERT_TRUE(write_file(secret, "not for you"));
    // As nobody, who owns none of these.
    for (const auto& path : {folder(), source(), cofre_.home()})
        ASSERT_EQ(::chmod(path.c_str(), 0777), 0);
    for (const auto& path : files_below(source())) {
        const fs::path file = source() / path;
        ASSERT_EQ(::chmod(file.c_str(), file == secret ? 0000 : 0644), 0);
    }
    for (const auto* name : {"folder0", "folder0/deep", "folder0/deep/deeper", "folder1", "empty"}) {
        ASSERT_EQ(::chmod((source() / name).c_str(), 0755), 0);
    }
    cofre_.wrap({"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
    const auto result = backup(s3_target());
    ASSERT_STATUS(2, result);
    EXPECT_EQ(summary_of(result)["error_count"], 1);
    EXPECT_EQ(summary_of(result)["errors"][0]["path"], "folder0/unreadable");
    EXPECT_EQ(summary_of(result)["total_files"], 10);
    cofre_.wrap({});
    ASSERT_STATUS(0, verify(s3_target()));
}

TEST_F(CliFaults, F34ReadErrorIsNamedAndTheRestIsSafe) {
    ASSERT_TRUE(write_file(source() / "good", "good"));
    ASSERT_TRUE(write_file(source() / "bad", std::string(2'000'000, 'x')));
    // Every read beyond the first megabyte fails as on a bad disk.
    cofre_
        .wrap({"strace", "-f", "-qq", "-o", (folder() / "trace").string(), "-e", "trace=pread64", "-P",
               (source() / "bad").string(), "-e", "inject=pread64:error=EIO"})
        .set("ASAN_OPTIONS", "detect_leaks=0");
    const auto result = backup(s3_target());
    ASSERT_STATUS(2, result);
    EXPECT_EQ(summary_of(result)["errors"][0]["path"], "bad");
    cofre_.wrap({});
    ASSERT_STATUS(0, restore(s3_target()));
    EXPECT_THAT(files_below(restored()), ::testing::ElementsAre("good"));
}

TEST_F(CliFaults, F37SpecialFilesAreCountedAndNeverOpened) {
    small_source();
    ASSERT_EQ(::mkfifo((source() / "fifo").c_str(), 0600), 0);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = (source() / "socket").string();
    ASSERT_LT(path.size(), sizeof address.sun_path);
    path.copy(address.sun_path, path.size());
    ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    std::uint64_t special = 2;
    if (::mknod((source() / "device").c_str(), S_IFCHR | 0600, makedev(1, 5)) == 0) ++special;
    const auto result = backup(s3_target());
    ::close(socket);
    ASSERT_STATUS(0, result);
    EXPECT_EQ(summary_of(result)["skipped_special"], special);
    EXPECT_EQ(summary_of(result)["total_files"], 10);
}

TEST_F(CliFaults, F37LinkLoopEnds) {
    ASSERT_TRUE(write_file(source() / "folder" / "file", "x"));
    fs::create_symlink("..", source() / "folder" / "up");
    fs::create_symlink("self", source() / "self");
    ASSERT_STATUS(0, backup(s3_target()));
    ASSERT_STATUS(0, restore(s3_target()));
    EXPECT_EQ(describe_differences(source(), restored()), "");
}

TEST_F(CliFaults, F35KeyOf1025BytesIsRefusedAndTheRestIsSafe) {
    small_source();
    // "some/prefix/" is 12 bytes: with these the key has exactly 1 024 and 1 025.
    const std::string folders = std::string(250, 'a') + "/" + std::string(250, 'b') + "/" + std::string(250, 'c') +
                                "/" + std::string(7, 'd') + "/";
    const std::string fits(1024 - 12 - folders.size(), 'e');
    ASSERT_TRUE(write_file(source() / (folders + fits), "fits"));
    ASSERT_TRUE(write_file(source() / (folders + fits + "f"), "does not"));
    const auto result = backup(s3_target());
    ASSERT_STATUS(2, result);
    EXPECT_EQ(summary_of(result)["error_count"], 1);
    EXPECT_THAT(summary_of(result)["errors"][0]["message"].get<std::string>(), HasSubstr("1025"));
    const auto keys = shared_rgw().keys(bucket());
    ASSERT_TRUE(keys);
    EXPECT_THAT(*keys, Contains("some/prefix/" + folders + fits));
    ASSERT_STATUS(0, verify(s3_target()));
}

TEST_F(CliFaults, F32GrowingFileIsNeverDeletedAndIsReported) {
    ASSERT_TRUE(write_file(source() / "growing", random_bytes(1, 40'000'000)));
    std::atomic<bool> stop = false;
    std::jthread writer([&] {
        std::ofstream file(source() / "growing", std::ios::app);
        while (!stop)
            file << 'x' << std::flush;
    });
    const auto result =
        backup(s3_target(), {"--delete-after-upload", "--multipart-threshold", "5MiB", "--part-size", "5MiB"});
    stop = true;
    writer.join();
    EXPECT_THAT(result.exit_code, AnyOf(1, 2)) << result.describe();
    EXPECT_THAT(result.out, HasSubstr("growing"));
    EXPECT_TRUE(fs::exists(source() / "growing"));
    const auto pending = shared_rgw().pending_uploads(bucket());
    ASSERT_TRUE(pending);
    EXPECT_TRUE(pending->empty());
}

TEST_F(CliFaults, F39FullTargetIsFatalAndLeavesNothingHalf) {
    ASSERT_TRUE(write_file(source() / "small", "fits"));
    ASSERT_TRUE(write_file(source() / "too-large", random_bytes(1, 4'000'000)));
    fs::create_directories(target_folder());
    // A disk of 2 MiB, seen by this process only.
    cofre_.wrap(
        {"unshare", "--map-root-user", "--mount", "sh", "-c",
         R"(mount -t tmpfs -o size=2m none "$0" && "$@"; status=$?; find "$0" -type f >"$0.list"; exit $status)",
         target_folder().string()});
    const auto result = backup(target(Place::kFolder));
    EXPECT_THAT(result.exit_code, AnyOf(1, 2)) << result.describe();
    EXPECT_THAT(result.err + result.out, HasSubstr("No space left")) << result.describe();
    const auto left = read_small_file(target_folder().string() + ".list", 65536);
    ASSERT_TRUE(left);
    EXPECT_THAT(*left, Not(HasSubstr("too-large")));
}

TEST_F(CliFaults, ReadOnlyTargetIsFatal) {
    small_source();
    fs::create_directories(target_folder());
    cofre_.wrap({"unshare", "--map-root-user", "--mount", "sh", "-c", R"(mount -t tmpfs -o ro none "$0" && exec "$@")",
                 target_folder().string()});
    const auto result = backup(target(Place::kFolder));
    expect_fatal(result, "Read-only file system");
}

TEST_F(CliFaults, F39RestoreIntoAFullDiskSaysSo) {
    ASSERT_TRUE(write_file(source() / "too-large", random_bytes(1, 4'000'000)));
    ASSERT_STATUS(0, backup(target(Place::kFolder)));
    fs::create_directories(restored());
    cofre_.wrap(
        {"unshare", "--map-root-user", "--mount", "sh", "-c",
         R"(mount -t tmpfs -o size=2m none "$0" && "$@"; status=$?; find "$0" -type f >"$0.list"; exit $status)",
         restored().string()});
    const auto result = restore(target(Place::kFolder));
    EXPECT_STATUS(1, result);
    const auto left = read_small_file(restored().string() + ".list", 65536);
    ASSERT_TRUE(left);
    EXPECT_EQ(*left, "");
}

TEST_F(CliFaults, RestoreNeverFollowsALinkOutOfItsTarget) {
    ASSERT_TRUE(write_file(source() / "folder" / "file", "from the backup"));
    ASSERT_STATUS(0, backup(s3_target()));
    ASSERT_TRUE(write_file(folder() / "outside" / "file", "precious"));
    fs::create_directories(restored());
    fs::create_directory_symlink(folder() / "outside", restored() / "folder");
    const auto result = restore(s3_target());
    EXPECT_EQ(*read_small_file(folder() / "outside" / "file", 100), "precious") << result.describe();
}

TEST_F(CliFaults, F43InterruptedOnceEndsCleanly) {
    auto run = start_long_run(shared_rgw(), bucket());
    ASSERT_TRUE(run.send_signal(SIGINT));
    const auto result = run.wait(std::chrono::minutes(1));
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_STATUS(130, *result);
    expect_no_backup_in_bucket();
    fs::resize_file(source() / "large", 1'000'000);
    ASSERT_STATUS(0, backup(s3_target()));
    ASSERT_STATUS(0, verify(s3_target()));
}

TEST_F(CliFaults, F43InterruptedTwiceEndsAtOnce) {
    auto run = start_long_run(shared_rgw(), bucket());
    ASSERT_TRUE(run.send_signal(SIGINT));
    // It may have ended between the two.
    [[maybe_unused]] const Status second = run.send_signal(SIGINT);
    const auto result = run.wait(std::chrono::seconds(10));
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_STATUS(130, *result);
}

TEST_F(CliFaults, KilledRunLeavesNoBackupAndTheNextOneWorks) {
    ASSERT_TRUE(build_tree(source(), {.seed = 31, .files = 400, .max_file_bytes = 200'000, .hostile_names = false}));
    const std::string to = target(Place::kFolder);
    fs::create_directories(target_folder());
    auto run = cofre_.start(backup_command(to, {"--concurrency", "1"}));
    ASSERT_TRUE(run) << run.error().message();
    while (stored_files().size() < 5) {
    }
    ASSERT_TRUE(run->send_signal(SIGKILL));
    ASSERT_TRUE(run->wait(std::chrono::minutes(1)));

    const auto snapshots = cofre_.run({"snapshots", "--from", to, "--layout", "objects", "--json"});
    ASSERT_STATUS(0, snapshots);
    EXPECT_TRUE(json_of(snapshots).empty()) << snapshots.out;
    for (const auto& path : stored_files()) {  // Whole, or not there.
        EXPECT_EQ(*read_small_file(target_folder() / path, 1U << 20U), *read_small_file(source() / path, 1U << 20U));
    }
    ASSERT_STATUS(0, backup(to));
    ASSERT_STATUS(0, restore(to));
    EXPECT_EQ(describe_differences(source(), restored()), "");
}

TEST_F(CliFaults, SecondRunOfTheSameJobIsRefused) {
    auto first = start_long_run(shared_rgw(), bucket());
    ASSERT_TRUE(first.send_signal(SIGSTOP));
    const auto second = backup(s3_target());
    ASSERT_TRUE(first.send_signal(SIGCONT));
    ASSERT_TRUE(first.send_signal(SIGINT));
    expect_fatal(second, "already running");
    expect_advice(second);
    const auto result = first.wait(std::chrono::minutes(2));
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_STATUS(130, *result) << "the second must not have ended the first";
}

TEST_F(CliFaults, ServerThatDiesFailsTheRunInBoundedTime) {
    auto server = RgwServer::start();
    ASSERT_TRUE(server) << server.error().message();
    const auto own_bucket = (*server)->create_bucket();
    ASSERT_TRUE(own_bucket) << own_bucket.error().message();
    cofre_.set_all((*server)->environment());
    auto run = start_long_run(**server, *own_bucket);
    *server = nullptr;
    const auto result = run.wait(std::chrono::seconds(150));
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_STATUS(1, *result);
}

/// One backup in a folder, which a test then damages.
class CliDamage : public CliFaults {
protected:
    void SetUp() override {
        CliFaults::SetUp();
        small_source();
        ASSERT_TRUE(write_file(source() / "victim", "the bytes that will be damaged"));
        ASSERT_STATUS(0, backup(target(Place::kFolder)));
    }

    fs::path victim() const { return target_folder() / "victim"; }

    fs::path manifest() const {
        for (const auto& path : files_below(target_folder())) {
            if (path.find(".cofre.json") != std::string::npos) return target_folder() / path;
        }
        return {};
    }

    void expect_victim_named() {
        const auto proven = verify(target(Place::kFolder));
        EXPECT_STATUS(2, proven);
        EXPECT_EQ(summary_of(proven)["good"], false);
        EXPECT_EQ(summary_of(proven)["errors"][0]["path"], "victim");
        const auto back = restore(target(Place::kFolder));
        EXPECT_STATUS(2, back);
        EXPECT_FALSE(fs::exists(restored() / "victim")) << "damaged bytes must not appear under the name";
        EXPECT_EQ(files_below(restored()).size(), 10U) << "everything else comes back";
    }
};

TEST_F(CliDamage, FlippedByteIsFoundAndNamed) {
    ASSERT_TRUE(write_file(victim(), "the bytes that will be damageD"));
    expect_victim_named();
}

TEST_F(CliDamage, TruncatedObjectIsFoundAndNamed) {
    fs::resize_file(victim(), 5);
    expect_victim_named();
}

TEST_F(CliDamage, MissingObjectIsFoundAndNamed) {
    fs::remove(victim());
    expect_victim_named();
}

TEST_F(CliDamage, DamagedManifestIsRefusedBeforeAnythingIsWritten) {
    ASSERT_FALSE(manifest().empty());
    auto text = read_small_file(manifest(), 1U << 20U);
    ASSERT_TRUE(text);
    // Somewhere among the entries; compressed or not, nothing after it counts.
    (*text)[text->size() * 3 / 4] = static_cast<char>((*text)[text->size() * 3 / 4] ^ 0x20);
    ASSERT_TRUE(write_file(manifest(), *text));
    EXPECT_STATUS(1, verify(target(Place::kFolder)));
    EXPECT_STATUS(1, restore(target(Place::kFolder)));
    EXPECT_TRUE(files_below(restored()).empty());
}

TEST_F(CliDamage, CutManifestIsRefused) {
    fs::resize_file(manifest(), fs::file_size(manifest()) / 2);
    EXPECT_STATUS(1, restore(target(Place::kFolder)));
    EXPECT_TRUE(files_below(restored()).empty());
}

TEST_F(CliDamage, NextRunSendsAgainWhatTheStoreHasLost) {
    fs::remove(victim());
    const auto result = backup(target(Place::kFolder));
    ASSERT_STATUS(0, result);
    EXPECT_EQ(summary_of(result)["uploaded_files"], 1);
    ASSERT_STATUS(0, verify(target(Place::kFolder)));
}

TEST_F(CliFaults, NoSecretAppearsAnywhere) {
    small_source();
    cofre_.set("AWS_SESSION_TOKEN", "canary-session-token-0123456789");
    const auto refused = cofre_.run(backup_command(s3_target(), {"-vv", "--log-level", "debug"}));
    EXPECT_THAT(refused.out + refused.err, Not(HasSubstr("canary")));
    cofre_.unset("AWS_SESSION_TOKEN");
    const auto result = cofre_.run(backup_command(s3_target(), {"-vv", "--log-level", "debug"}));
    ASSERT_STATUS(0, result);
    EXPECT_THAT(result.out + result.err, Not(HasSubstr(shared_rgw().secret_key())));
    EXPECT_THAT(result.out + result.err, Not(HasSubstr("Signature=")));
    for (const auto& path : files_below(cofre_.home())) {
        const auto text = read_small_file(cofre_.home() / path, 16U << 20U);
        ASSERT_TRUE(text);
        EXPECT_THAT(*text, Not(HasSubstr(shared_rgw().secret_key()))) << path;
    }
}

}  // namespace
}  // namespace cofre::testing
