// Backups through the binary, judged by restic: it checks every byte, restores,
// and finds again what cofre stored, and the other way round.

#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "testing/cheap_keys.h"
#include "testing/child_process.h"
#include "testing/cli_runner.h"
#include "testing/tree_builder.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::chrono::minutes kJudgeLimit{2};

/// Relative to the home, where both programs run: the folders above it change
/// while a test works, and would be in the trees of an absolute path.
constexpr const char* kRelative = "source";

class ResticBackup : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(write_file(cofre_.home() / "password", "first password\n"));
        cofre_.set("RESTIC_PASSWORD_FILE", (cofre_.home() / "password").native());
        cofre_.set("RESTIC_REPOSITORY", repo().native()).set("TZ", "UTC");
        cofre_.set("XDG_CACHE_HOME", (cofre_.home() / "cache").native());
    }

    fs::path repo() const { return cofre_.home() / "repo"; }
    fs::path source() const { return cofre_.home() / "source"; }
    fs::path restored() const { return cofre_.home() / "restored"; }

    ChildResult restic(std::vector<std::string> args) const {
        args.insert(args.begin(), {"restic", "--no-cache", "-r", repo().native()});
        ChildCommand command{.argv = std::move(args)};
        command.environment = clean_environment(cofre_.home());
        command.environment["RESTIC_PASSWORD_FILE"] = (cofre_.home() / "password").native();
        command.environment["TZ"] = "UTC";
        command.working_directory = cofre_.home();
        const bool is_init = command.argv[4] == "init";
        auto result = run_child(command, kJudgeLimit);
        EXPECT_TRUE(result);
        if (is_init) {
            EXPECT_TRUE(make_keys_cheap(repo(), "first password"));
        }
        return result ? *std::move(result) : ChildResult{};
    }
    void restic_ok(std::vector<std::string> args) const {
        const auto result = restic(std::move(args));
        ASSERT_EQ(result.exit_code, 0) << result.describe();
    }
    void cofre_ok(const std::vector<std::string>& args) {
        const auto result = cofre_.run(args);
        ASSERT_EQ(result.exit_code, 0) << result.describe();
    }
    Json back_up(const std::vector<std::string>& more, int expected = 0) {
        std::vector<std::string> args = {"backup", "--json"};
        args.insert(args.end(), more.begin(), more.end());
        const auto result = cofre_.run(args);
        EXPECT_EQ(result.exit_code, expected) << result.describe();
        const auto lines = json_lines_of(result);
        return lines.empty() ? Json() : lines.back();
    }
    /// restic's own summary of its backup.
    Json back_up_with_restic(const std::vector<std::string>& more) const {
        std::vector<std::string> args = {"backup", "--json"};
        args.insert(args.end(), more.begin(), more.end());
        const auto result = restic(args);
        EXPECT_EQ(result.exit_code, 0) << result.describe();
        const auto lines = json_lines_of(result);
        return lines.empty() ? Json() : lines.back();
    }
    Json snapshots() const { return json_of(restic({"snapshots", "--json"})); }
    void expect_clean() const { restic_ok({"check", "--read-data"}); }
    /// Whatever restic restores is what was there.
    void expect_restored(const std::string& snapshot = "latest") const {
        fs::remove_all(restored());
        restic_ok({"restore", snapshot, "--target", restored().native()});
        EXPECT_EQ(describe_differences(source(), restored() / source().relative_path()), "");
    }

    CliRunner cofre_;
};

TEST_F(ResticBackup, F35_WhatCofreStoresResticChecksAndRestores) {
    ASSERT_TRUE(build_tree(source(), {.files = 120, .max_file_bytes = 3_MiB}));
    cofre_ok({"init"});
    const auto summary = back_up({source().native()});
    EXPECT_EQ(summary["files_new"], files_below(source()).size());
    expect_clean();
    expect_restored();
}

TEST_F(ResticBackup, WhatResticStoredIsFoundAgainAndTheTreesAreTheSame) {
    ASSERT_TRUE(build_tree(source(), {.files = 80, .max_file_bytes = 2_MiB}));
    restic_ok({"init"});
    back_up_with_restic({kRelative});
    const auto summary = back_up({"--force", kRelative});
    EXPECT_EQ(summary["data_blobs"], 0);
    EXPECT_EQ(summary["tree_blobs"], 0);
    const auto all = snapshots();
    EXPECT_EQ(all.at(0)["tree"], all.at(1)["tree"]);
    expect_clean();
}

TEST_F(ResticBackup, F37_HolesMakeTheSameBlobsAsRestics) {
    ASSERT_TRUE(write_file(source() / "sparse", random_bytes(5, 1'500'000)));
    ASSERT_EQ(::truncate((source() / "sparse").c_str(), 30LL << 20U), 0);
    ASSERT_TRUE(write_file(source() / "only a hole", ""));
    ASSERT_EQ(::truncate((source() / "only a hole").c_str(), 3'000'001), 0);
    restic_ok({"init"});
    back_up_with_restic({kRelative});
    const auto summary = back_up({"--force", kRelative});
    EXPECT_EQ(summary["data_blobs"], 0);
    const auto all = snapshots();
    EXPECT_EQ(all.at(0)["tree"], all.at(1)["tree"]);
}

TEST_F(ResticBackup, WhatCofreStoredIsFoundAgainByRestic) {
    ASSERT_TRUE(build_tree(source(), {.seed = 2, .files = 80, .max_file_bytes = 2_MiB}));
    cofre_ok({"init"});
    back_up({kRelative});
    const auto summary = back_up_with_restic({"--force", kRelative});
    EXPECT_EQ(summary["data_blobs"], 0);
    EXPECT_EQ(summary["tree_blobs"], 0);
    // Its own comparison with our snapshot as parent finds nothing new either.
    const auto again = back_up_with_restic({kRelative});
    EXPECT_EQ(again["files_unmodified"], files_below(source()).size());
    const auto ours = back_up({kRelative});
    EXPECT_EQ(ours["files_unmodified"], files_below(source()).size());
}

TEST_F(ResticBackup, F36_F37_F38_LinksHolesFifosAndModesComeBack) {
    ASSERT_TRUE(build_tree(source(), {.files = 5}));
    ASSERT_TRUE(write_file(source() / "one", "linked"));
    fs::create_hard_link(source() / "one", source() / "two");
    ASSERT_TRUE(write_file(source() / "Case", "upper"));
    ASSERT_TRUE(write_file(source() / "case", "lower"));
    ASSERT_TRUE(write_file(source() / "holes", "x"));
    ASSERT_EQ(::truncate((source() / "holes").c_str(), 40LL << 20U), 0);
    ASSERT_EQ(::mkfifo((source() / "fifo").c_str(), 0640), 0);
    ASSERT_EQ(::chmod((source() / "one").c_str(), 04755), 0);
    cofre_ok({"init"});
    back_up({source().native()});
    expect_clean();
    fs::remove_all(restored());
    restic_ok({"restore", "latest", "--target", restored().native()});
    const auto there = restored() / source().relative_path();
    EXPECT_EQ(fs::hard_link_count(there / "one"), 2U);
    struct stat status {};
    ASSERT_EQ(::stat((there / "one").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 04755U);
    ASSERT_EQ(::stat((there / "fifo").c_str(), &status), 0);
    EXPECT_TRUE(S_ISFIFO(status.st_mode));
    EXPECT_EQ(fs::file_size(there / "holes"), 40U << 20U);
    EXPECT_TRUE(fs::exists(there / "Case") && fs::exists(there / "case"));
    fs::remove(there / "fifo");
    fs::remove(source() / "fifo");
    EXPECT_EQ(describe_differences(source(), there, {.times = false}), "");
}

TEST_F(ResticBackup, RelativeTargetsLieWhereResticPutsThem) {
    ASSERT_TRUE(build_tree(source(), {.files = 10}));
    cofre_ok({"init"});
    back_up({"source"});  // The runner's working directory is its home.
    const auto nodes = json_of(restic({"cat", "blob", snapshots().at(0)["tree"]}))["nodes"];
    ASSERT_EQ(nodes.size(), 1U);
    EXPECT_EQ(nodes[0]["name"], "source");
    EXPECT_EQ(snapshots().at(0)["paths"].at(0), source().native());
}

class ResticBackupModes : public ResticBackup, public ::testing::WithParamInterface<const char*> {};

TEST_P(ResticBackupModes, EveryCompressionIsReadable) {
    ASSERT_TRUE(build_tree(source(), {.files = 30}));
    cofre_ok({"init"});
    back_up({"--compression", GetParam(), source().native()});
    expect_clean();
    expect_restored();
}
INSTANTIATE_TEST_SUITE_P(Compression, ResticBackupModes, ::testing::Values("off", "auto", "max"),
                         [](const auto& param) { return std::string(param.param); });

TEST_F(ResticBackup, VersionOneIsWrittenWithoutCompression) {
    ASSERT_TRUE(build_tree(source(), {.files = 20}));
    cofre_ok({"init", "--repository-version", "1"});
    back_up({source().native()});
    expect_clean();
    expect_restored();
}

TEST_F(ResticBackup, F50_KeysOpenAndWrongPasswordsDoNot) {
    ASSERT_TRUE(build_tree(source(), {.files = 5}));
    ASSERT_TRUE(write_file(cofre_.home() / "second", "second password"));
    cofre_ok({"init"});
    cofre_ok({"key", "add", "--new-password-file", (cofre_.home() / "second").native()});
    cofre_ok({"backup", "-p", (cofre_.home() / "second").native(), source().native()});
    ASSERT_TRUE(write_file(cofre_.home() / "wrong", "third"));
    const auto refused = cofre_.run({"backup", "-p", (cofre_.home() / "wrong").native(), source().native()});
    EXPECT_EQ(refused.exit_code, 12) << refused.describe();
    EXPECT_EQ(snapshots().size(), 1U);
    cofre_ok({"key", "passwd", "--new-password-file", (cofre_.home() / "wrong").native()});
    EXPECT_EQ(restic({"snapshots"}).exit_code, 1);  // The first password is gone.
    cofre_ok({"snapshots", "-p", (cofre_.home() / "second").native()});
}

TEST_F(ResticBackup, AnAbsentRepositoryIsStatusTenAndNothingIsMade) {
    ASSERT_TRUE(build_tree(source(), {.files = 2}));
    EXPECT_EQ(cofre_.run({"backup", source().native()}).exit_code, 10);
    EXPECT_FALSE(fs::exists(repo()));
}

TEST_F(ResticBackup, F34_AnUnreadableFileIsStatusTwoAndTheRestIsThere) {
    if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
    ASSERT_TRUE(build_tree(source(), {.files = 5}));
    ASSERT_TRUE(write_file(source() / "secret", "x"));
    ASSERT_EQ(::chmod((source() / "secret").c_str(), 0), 0);
    cofre_ok({"init"});
    const auto summary = back_up({source().native()}, 2);
    EXPECT_EQ(summary["error_count"], 1);
    EXPECT_EQ(snapshots().size(), 1U);
    expect_clean();
}

TEST_F(ResticBackup, AMissingSourceIsAnErrorAndNoSnapshot) {
    ASSERT_TRUE(build_tree(source(), {.files = 2}));
    cofre_ok({"init"});
    EXPECT_EQ(cofre_.run({"backup", source().native(), (source() / "absent").native()}).exit_code, 1);
    EXPECT_TRUE(snapshots().empty());
}

TEST_F(ResticBackup, F49_AnotherProgramsExclusiveLockIsStatusEleven) {
    ASSERT_TRUE(build_tree(source(), {.files = 2}));
    cofre_ok({"init"});
    // restic's own lock, kept by stopping it while it holds it.
    ChildCommand command;
    command.environment = clean_environment(cofre_.home());
    command.environment["RESTIC_PASSWORD_FILE"] = (cofre_.home() / "password").native();
    command.argv = {"sh", "-c", "sleep 60 | restic --no-cache -r \"$0\" backup --stdin", repo().native()};
    auto holder = ChildProcess::start(command);
    ASSERT_TRUE(holder);
    for (int i = 0; i < 200 && json_of(cofre_.run({"list", "locks", "--json"})).empty(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(cofre_.run({"tag", "--add", "x"}).exit_code, 11);         // Wants it for itself.
    EXPECT_EQ(cofre_.run({"backup", source().native()}).exit_code, 0);  // Shares it.
}

TEST_F(ResticBackup, ACommandsExitStatusDecides) {
    cofre_ok({"init"});
    EXPECT_EQ(cofre_.run({"backup", "--stdin-from-command", "--", "sh", "-c", "echo half; exit 1"}).exit_code, 1);
    EXPECT_TRUE(snapshots().empty());
    cofre_ok({"backup", "--stdin-from-command", "--stdin-filename", "/db/x.sql", "--tag", "db", "--", "echo", "whole"});
    EXPECT_EQ(restic({"dump", "--tag", "db", "latest", "/db/x.sql"}).out, "whole\n");
}

TEST_F(ResticBackup, ExcludesAndTagsAreThoseOfRestic) {
    ASSERT_TRUE(build_tree(source(), {.files = 20}));
    ASSERT_TRUE(write_file(source() / "cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55"));
    ASSERT_TRUE(write_file(source() / "cache/x", "cached"));
    ASSERT_TRUE(write_file(source() / "skip/.nobackup", ""));
    ASSERT_TRUE(write_file(source() / "skip/y", "skipped"));
    ASSERT_TRUE(write_file(source() / "Note.TMP", "n"));
    restic_ok({"init"});
    const std::vector<std::string> args = {
        "--exclude-caches", "--exclude-if-present", ".nobackup", "--iexclude", "*.tmp", "--tag", "a,b", kRelative};
    back_up_with_restic(args);
    auto forced = args;
    forced.emplace_back("--force");
    EXPECT_EQ(back_up(forced)["tree_blobs"], 0);
    const auto all = snapshots();
    EXPECT_EQ(all.at(0)["tree"], all.at(1)["tree"]);
    EXPECT_EQ(all.at(0)["tags"], all.at(1)["tags"]);
}

TEST_F(ResticBackup, F43_F44_KilledAtAnyMomentTheNextRunWorksAndTheRepositoryIsClean) {
    ASSERT_TRUE(build_tree(source(), {.files = 60, .max_file_bytes = 2_MiB, .hostile_names = false}));
    cofre_ok({"init"});
    cofre_ok({"backup", source().native()});
    std::mt19937 random(20261122);
    for (int round = 0; round < 6; ++round) {
        ASSERT_TRUE(
            write_file(source() / ("new" + std::to_string(round)), random_bytes(static_cast<unsigned>(round), 20_MiB)));
        auto child = cofre_.start({"backup", "--force", source().native()});
        ASSERT_TRUE(child);
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % 1500));  // The moment is the test.
        ASSERT_TRUE(child->send_signal(round % 2 == 0 ? SIGKILL : SIGINT));
        const auto ended = child->wait(kJudgeLimit);
        ASSERT_TRUE(ended);
        if (round % 2 == 1) {
            // Killed as by any program, if it had hardly begun.
            EXPECT_TRUE(ended->exit_code == 130 || ended->exit_code == 0 || ended->signal == SIGINT)
                << ended->describe();
        }
        restic_ok({"unlock"});  // A killed process leaves its lock; restic waits for a person.
        restic_ok({"check"});
    }
    cofre_ok({"backup", source().native()});
    expect_clean();
    expect_restored();
}

TEST_F(ResticBackup, AConfiguredJobRunsIntoARepository) {
    ASSERT_TRUE(build_tree(source(), {.files = 10}));
    ASSERT_TRUE(write_file(cofre_.home() / "cofre.yaml",
                           "targets:\n  safe:\n    url: " + repo().native() +
                               "\n    layout: repository\n    password_file: " + (cofre_.home() / "password").native() +
                               "\njobs:\n  daily:\n    sources: [" + source().native() + "]\n    tags: [job]\n"));
    cofre_.unset("RESTIC_REPOSITORY").unset("RESTIC_PASSWORD_FILE");
    EXPECT_EQ(cofre_.run({"run"}).exit_code, 10);
    cofre_ok({"init", "--to", "safe"});
    cofre_ok({"run"});
    cofre_ok({"run"});
    const auto all = snapshots();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all.at(1)["parent"], all.at(0)["id"]);
    EXPECT_EQ(all.at(1)["tags"].at(0), "job");
    expect_clean();
    expect_restored();
}

}  // namespace
}  // namespace cofre::testing
