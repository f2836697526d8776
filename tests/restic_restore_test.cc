// What restic writes, cofre reads: restores, listings, searches, differences,
// archives and mounts, each judged against restic or the files themselves.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <sys/stat.h>
#include <sys/xattr.h>
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

std::string content_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

struct stat status_at(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status;
}

class ResticRestore : public ::testing::Test {
protected:
    void SetUp() override {
        folder_.emplace(*TempDir::create("restic-restore"));
        cli_.set("COFRE_PASSWORD", "a password").set("TZ", "America/Sao_Paulo");
        restic({"init"});
        ASSERT_TRUE(make_keys_cheap(path("repo"), "a password"));
    }

    fs::path path(const std::string& name) const { return folder_->path() / name; }

    ChildResult restic_result(std::vector<std::string> args, bool quiet = true) const {
        args.insert(args.begin(), {"restic", "--no-cache", "-r", path("repo")});
        if (quiet) args.insert(args.begin() + 1, "-q");
        ChildCommand command{.argv = std::move(args)};
        command.environment = {{"PATH", "/usr/bin:/bin"},
                               {"HOME", folder_->path()},
                               {"TZ", "America/Sao_Paulo"},
                               {"RESTIC_PASSWORD", "a password"}};
        auto result = run_child(command);
        EXPECT_TRUE(result);
        return result ? *std::move(result) : ChildResult{};
    }
    std::string restic(std::vector<std::string> args) const {
        const auto result = restic_result(std::move(args));
        EXPECT_EQ(result.exit_code, 0) << result.describe();
        return result.out;
    }

    ChildResult cofre(std::vector<std::string> args) const {
        args.insert(args.end(), {"--from", path("repo"), "--no-cache"});
        return cli_.run(args);
    }
    std::string cofre_ok(std::vector<std::string> args) const {
        const auto result = cofre(std::move(args));
        EXPECT_EQ(result.exit_code, 0) << result.describe();
        return result.out;
    }
    Json summary_of(const ChildResult& result) const {
        const auto lines = json_lines_of(result);
        return lines.empty() ? Json() : lines.back();
    }

    /// Everything that hurts, in src/.
    void make_hard_tree(int files = 60) {
        TreeSpec spec;
        spec.seed = 7;
        spec.files = files;
        spec.max_file_bytes = 200'000;
        ASSERT_TRUE(build_tree(path("src"), spec));
        ASSERT_TRUE(write_file(path("src/deep/er/big"), random_bytes(3, 12'000'000)));
        ASSERT_TRUE(write_file(path("src/first name"), "linked"));
        fs::create_hard_link(path("src/first name"), path("src/deep/second name"));
        ASSERT_EQ(::mkfifo(path("src/fifo").c_str(), 0640), 0);
        ASSERT_TRUE(write_file(path("src/sparse"), ""));
        ASSERT_EQ(::truncate(path("src/sparse").c_str(), 8 << 20), 0);
        ::setxattr(path("src/first name").c_str(), "user.comment", "kept", 4, 0);
        fs::permissions(path("src/deep/er"), fs::perms::owner_read | fs::perms::owner_exec);
    }

    /// The path of src inside snapshots.
    std::string in_snapshot(const std::string& below = "") const { return path("src").native() + below; }

    std::vector<fs::path> packs() const {
        std::vector<fs::path> out;
        for (const auto& entry : fs::recursive_directory_iterator(path("repo/data"))) {
            if (entry.is_regular_file()) out.push_back(entry.path());
        }
        return out;
    }

    /// One of data: those of trees are small here.
    fs::path largest_pack() const {
        const auto all = packs();
        return *std::max_element(all.begin(), all.end(),
                                 [](const auto& a, const auto& b) { return fs::file_size(a) < fs::file_size(b); });
    }

    /// Two snapshots between which everything has changed in some way.
    void make_two_snapshots() {
        ASSERT_TRUE(write_file(path("src/same"), "same"));
        ASSERT_TRUE(write_file(path("src/goes"), "goes"));
        ASSERT_TRUE(write_file(path("src/changes"), "before"));
        ASSERT_TRUE(write_file(path("src/folder/touched"), "touched"));
        ASSERT_TRUE(write_file(path("src/becomes a folder"), "x"));
        ASSERT_TRUE(write_file(path("src/old folder/a"), random_bytes(4, 700'000)));
        fs::create_symlink("same", path("src/link"));
        fs::create_hard_link(path("src/same"), path("src/folder/other name"));
        restic({"backup", "--tag", "one", path("src")});
        fs::remove(path("src/goes"));
        fs::remove(path("src/becomes a folder"));
        fs::remove_all(path("src/old folder"));
        ASSERT_TRUE(write_file(path("src/becomes a folder/in it"), "y"));
        ASSERT_TRUE(write_file(path("src/changes"), "after"));
        ASSERT_TRUE(write_file(path("src/comes/deep"), random_bytes(5, 1'500'000)));
        fs::permissions(path("src/folder/touched"), fs::perms::owner_read);
        restic({"backup", "--tag", "two", path("src")});
        const auto list = Json::parse(restic({"snapshots", "--json"}));
        for (const auto& snapshot : list)
            ids_.push_back(snapshot.at("id"));
        ASSERT_EQ(ids_.size(), 2U);
    }

    std::optional<TempDir> folder_;
    CliRunner cli_;
    std::vector<std::string> ids_;
};

TEST_F(ResticRestore, F35_F38_RestoresAHardTreeByteForByteWithItsMetadata) {
    make_hard_tree();
    restic({"backup", path("src")});
    const auto result =
        cofre({"restore", "latest:" + in_snapshot(), "--target", path("out"), "--verify", "--sparse", "--json"});
    ASSERT_EQ(result.exit_code, 0) << result.describe();
    EXPECT_EQ(describe_differences(path("src"), path("out")), "");
    EXPECT_EQ(status_at(path("out/first name")).st_ino, status_at(path("out/deep/second name")).st_ino);
    EXPECT_LT(status_at(path("out/sparse")).st_blocks, 64);
    char value[16] = {};
    if (::getxattr(path("src/first name").c_str(), "user.comment", value, sizeof value) == 4) {
        EXPECT_EQ(::getxattr(path("out/first name").c_str(), "user.comment", value, sizeof value), 4);
    }
    const auto summary = summary_of(result);
    EXPECT_EQ(summary.at("error_count"), 0);
    EXPECT_GT(summary.at("files_verified"), 60);
}

TEST_F(ResticRestore, ASingleFileIsRestoredByItsName) {
    make_hard_tree();
    ASSERT_TRUE(write_file(path("src/deep/it's [a] *file?"), "odd name"));
    fs::create_symlink("nowhere", path("src/deep/link"));
    restic({"backup", path("src")});
    for (const char* file : {"/deep/er/big", "/deep/it's [a] *file?", "/deep/link"}) {
        const auto name = fs::path(file).filename();
        cofre_ok({"restore", "latest:" + in_snapshot(file), "--target", path("one")});
        std::vector<std::string> found;
        for (const auto& entry : fs::directory_iterator(path("one")))
            found.push_back(entry.path().filename());
        EXPECT_EQ(found, std::vector<std::string>{name});
        EXPECT_EQ(content_of(path("one") / name), content_of(path("src") / fs::path(file).relative_path()));
        EXPECT_EQ(status_at(path("one") / name).st_mtim.tv_nsec,
                  status_at(path("src") / fs::path(file).relative_path()).st_mtim.tv_nsec);
        fs::remove_all(path("one"));
    }
    EXPECT_EQ(cofre({"restore", "latest:" + in_snapshot("/no such"), "--target", path("one")}).exit_code, 1);
    EXPECT_EQ(cofre({"restore", "latest:" + in_snapshot("/first name"), "--target", path("one"), "--delete"}).exit_code,
              1);
}

TEST_F(ResticRestore, F45_VerifyNamesTheFilesThatDoNotComeBack) {
    make_hard_tree();
    restic({"backup", path("src")});
    for (const char* level : {"list", "read"}) {
        const auto good = cofre({"verify", "--level", level, "--json"});
        ASSERT_EQ(good.exit_code, 0) << good.describe();
        const auto summary = summary_of(good);
        EXPECT_EQ(summary.at("good"), true);
        EXPECT_EQ(summary.at("level"), level);
        EXPECT_EQ(summary.at("files"), files_below(path("src")).size());
    }
    EXPECT_EQ(summary_of(cofre({"verify", "--json"})).at("level"), "list");
    const auto pack = largest_pack();
    auto bytes = content_of(pack);
    bytes[bytes.size() / 2] ^= 0x01;
    fs::permissions(pack, fs::perms::owner_all);
    std::ofstream(pack, std::ios::binary) << bytes;
    EXPECT_EQ(cofre({"verify"}).exit_code, 0);
    const auto bad = cofre({"verify", "--read-data", "--json"});
    EXPECT_EQ(bad.exit_code, 2) << bad.describe();
    const auto summary = summary_of(bad);
    EXPECT_EQ(summary.at("good"), false);
    EXPECT_GE(summary.at("error_count"), 1);
    EXPECT_TRUE(summary.at("errors").at(0).at("path").get<std::string>().starts_with(in_snapshot())) << summary;
    // What verify says is lost is what restore says is lost.
    const auto restored = cofre({"restore", "latest", "--target", path("out"), "--json"});
    EXPECT_EQ(summary_of(restored).at("error_count"), summary.at("error_count")) << restored.describe();
    fs::remove(pack);
    EXPECT_EQ(cofre({"verify"}).exit_code, 2);
}

TEST_F(ResticRestore, VerifyOfAJobTakesItsNewestSnapshotAndStatusRemembersIt) {
    ASSERT_TRUE(write_file(path("src/a"), "of the job"));
    ASSERT_TRUE(write_file(path("elsewhere/b"), "of somebody else"));
    ASSERT_TRUE(write_file(cli_.home() / "cofre.yaml", "targets:\n  safe:\n    url: file://" + path("repo").native() +
                                                           "\njobs:\n  mine:\n    sources: [" + path("src").native() +
                                                           "]\n    to: safe\n"));
    const auto run = [&](std::vector<std::string> args) { return cli_.run(std::move(args)); };
    EXPECT_EQ(run({"verify", "mine"}).exit_code, 1) << "there is no snapshot of it yet";
    restic({"backup", path("elsewhere")});
    EXPECT_EQ(run({"verify", "mine"}).exit_code, 1);
    ASSERT_EQ(run({"run", "mine"}).exit_code, 0);
    restic({"backup", path("elsewhere")});
    const auto proven = run({"verify", "mine", "--read-data", "--json"});
    ASSERT_EQ(proven.exit_code, 0) << proven.describe();
    EXPECT_EQ(summary_of(proven).at("job"), "mine");
    EXPECT_EQ(summary_of(proven).at("files"), 1);
    EXPECT_EQ(summary_of(proven).at("bytes"), 10);
    const auto id = summary_of(proven).at("snapshot_id").get<std::string>();
    EXPECT_NE(run({"status", "--offline", "--json"}).out.find(id), std::string::npos);
    const auto both = run({"verify", "--from", path("repo"), "--snapshot", id.substr(0, 10), "--snapshot", "latest~1"});
    EXPECT_EQ(both.exit_code, 0) << both.describe();
}

TEST_F(ResticRestore, ASecondRestoreFetchesNothing) {
    make_hard_tree();
    restic({"backup", path("src")});
    for (const char* overwrite : {"always", "if-changed"}) {
        cofre_ok({"restore", "latest", "--target", path("out"), "--overwrite", overwrite});
        const auto again = cofre({"restore", "latest", "--target", path("out"), "--overwrite", overwrite, "--json"});
        ASSERT_EQ(again.exit_code, 0) << again.describe();
        EXPECT_EQ(summary_of(again).at("bytes_restored"), 0) << overwrite;
        EXPECT_EQ(describe_differences(path("src"), path("out") / path("src").relative_path()), "");
    }
}

TEST_F(ResticRestore, F46_AFlippedByteCostsTheFilesOfItsBlobAndTheyAreNamed) {
    make_hard_tree();
    restic({"backup", path("src")});
    const auto pack = largest_pack();
    auto bytes = content_of(pack);
    bytes[bytes.size() / 2] = static_cast<char>(~bytes[bytes.size() / 2]);
    fs::permissions(pack, fs::perms::owner_all);
    std::ofstream(pack, std::ios::binary) << bytes;
    const auto result = cofre({"restore", "latest:" + in_snapshot(), "--target", path("out"), "--json"});
    ASSERT_EQ(result.exit_code, 2) << result.describe();
    const auto summary = summary_of(result);
    ASSERT_GE(summary.at("error_count"), 1);
    std::set<std::string> lost;
    for (const auto& error : summary.at("errors"))
        lost.insert(error.at("path").get<std::string>().substr(1));
    for (const auto& file : files_below(path("src"))) {
        if (lost.contains(file)) {
            EXPECT_FALSE(fs::exists(path("out") / file)) << file << ": what has its name must be whole";
        } else {
            EXPECT_EQ(content_of(path("out") / file), content_of(path("src") / file)) << file;
        }
    }
}

TEST_F(ResticRestore, F44_AKilledRestoreGoesOnWhenItIsRunAgain) {
    make_hard_tree(300);
    ASSERT_TRUE(write_file(path("src/large"), random_bytes(9, 24'000'000)));
    restic({"backup", path("src")});
    const std::vector<std::string> args = {
        "restore", "latest:" + in_snapshot(), "--target", path("out"), "--from", path("repo"), "--no-cache"};
    for (int i = 0; i < 6; ++i) {
        auto child = cli_.start(args);
        ASSERT_TRUE(child);
        // From before the password is tried to the middle of the data.
        const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(200 + 250 * i);
        while (std::chrono::steady_clock::now() < until)
            std::this_thread::yield();
        (void)child->send_signal(SIGKILL);
        (void)child->wait(std::chrono::seconds(20));
        for (const auto& file : fs::exists(path("out")) ? files_below(path("out")) : std::vector<std::string>()) {
            if (file.find(".cofre-partial-") != std::string::npos) continue;
            ASSERT_EQ(content_of(path("out") / file), content_of(path("src") / file)) << file << " after kill " << i;
        }
    }
    const auto result = cli_.run(args);
    ASSERT_EQ(result.exit_code, 0) << result.describe();
    EXPECT_EQ(describe_differences(path("src"), path("out")), "");
}

TEST_F(ResticRestore, F51_NothingIsWrittenThroughALinkThatStandsInTheTarget) {
    ASSERT_TRUE(write_file(path("src/a/b/file"), "content"));
    restic({"backup", path("src")});
    fs::create_directories(path("outside"));
    fs::create_directories(path("out/a"));
    fs::create_symlink(path("outside"), path("out/a/b"));
    cofre_ok({"restore", "latest:" + in_snapshot(), "--target", path("out")});
    EXPECT_TRUE(fs::is_empty(path("outside")));
    EXPECT_EQ(content_of(path("out/a/b/file")), "content");
}

TEST_F(ResticRestore, F52_AFullDiskEndsTheRestoreAndLeavesNoPartialFileUnderItsName) {
    if (::geteuid() != 0) GTEST_SKIP() << "mounting a small tmpfs needs root";
    ASSERT_TRUE(write_file(path("src/large"), random_bytes(9, 20'000'000)));
    restic({"backup", path("src")});
    fs::create_directory(path("small"));
    const ChildCommand mount{.argv = {"mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", path("small")},
                             .environment = clean_environment(path("."))};
    const auto mounted = run_child(mount);
    if (!mounted || mounted->exit_code != 0) GTEST_SKIP() << "no tmpfs can be mounted here";
    const auto result = cofre({"restore", "latest:" + in_snapshot(), "--target", path("small/out")});
    EXPECT_EQ(result.exit_code, 1) << result.describe();
    EXPECT_NE(result.err.find("0 of 1 files restored"), std::string::npos) << result.err;
    EXPECT_FALSE(fs::exists(path("small/out/large")));
    const ChildCommand unmount{.argv = {"umount", path("small")}, .environment = clean_environment(path("."))};
    EXPECT_EQ(run_child(unmount)->exit_code, 0);
}

TEST_F(ResticRestore, DeleteMakesTheTargetEqual) {
    make_hard_tree();
    restic({"backup", path("src")});
    ASSERT_TRUE(write_file(path("out/stray/deep/file"), "x"));
    const auto dry = cofre({"restore", "latest:" + in_snapshot(), "--target", path("out"), "--delete", "--dry-run"});
    EXPECT_NE(dry.out.find("deleted    /stray/deep/file"), std::string::npos) << dry.describe();
    EXPECT_TRUE(fs::exists(path("out/stray/deep/file")));
    cofre_ok({"restore", "latest:" + in_snapshot(), "--target", path("out"), "--delete"});
    EXPECT_EQ(describe_differences(path("src"), path("out")), "");
}

/// What newer versions of restic add to a node.
Json without_new_fields(Json line) {
    line.erase("message_type");
    line.erase("inode");
    return line;
}

TEST_F(ResticRestore, LsSaysWhatResticSays) {
    make_two_snapshots();
    for (const std::vector<std::string>& args : {std::vector<std::string>{"ls", "latest"},
                                                 {"ls", "latest", in_snapshot()},
                                                 {"ls", "--recursive", "latest", in_snapshot("/folder")},
                                                 {"ls", ids_[0], in_snapshot("/old folder")}}) {
        EXPECT_EQ(cofre_ok(args), restic(args)) << args.back();
        auto json_args = args;
        json_args.insert(json_args.begin() + 1, "--json");
        const auto ours = json_lines_of(cofre(json_args));
        const auto theirs = json_lines_of(restic_result(json_args));
        ASSERT_EQ(ours.size(), theirs.size());
        for (std::size_t i = 0; i < ours.size(); ++i)
            EXPECT_EQ(without_new_fields(ours[i]), without_new_fields(theirs[i]));
    }
    EXPECT_EQ(cofre_ok({"ls", "-l", "latest"}), restic({"ls", "-l", "latest"}));
}

/// restic searches snapshots in no order; cofre the newest first.
Json by_snapshot(const std::string& text) {
    Json list = Json::parse(text);
    std::sort(list.begin(), list.end(),
              [](const Json& a, const Json& b) { return a.at("snapshot") < b.at("snapshot"); });
    return list;
}

std::multiset<std::string> lines_of(const std::string& text) {
    std::istringstream in(text);
    std::multiset<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.insert(line);
    return lines;
}

TEST_F(ResticRestore, FindFindsWhatResticFinds) {
    make_two_snapshots();
    const auto blob = Json::parse(restic({"find", "--json", "--blob", "00000000"}));
    EXPECT_TRUE(blob.empty());
    for (const std::vector<std::string>& args : {std::vector<std::string>{"find", "--json", "*e*"},
                                                 {"find", "--json", "folder"},
                                                 {"find", "--json", "-i", "FOLD*"},
                                                 {"find", "--json", "nowhere"},
                                                 {"find", "--json", "-s", ids_[0], "goes", "/tmp"},
                                                 {"find", "--json", "--newest", "2001-01-01", "*"},
                                                 {"find", "--json", "--oldest", "2001-01-01 12:30:00", "*a*"}}) {
        EXPECT_EQ(by_snapshot(cofre_ok(args)), by_snapshot(restic(args))) << args[2];
    }
    const std::vector<std::string> pack = {"find", "--json", "--pack", largest_pack().filename()};
    EXPECT_EQ(Json::parse(cofre_ok(pack)).size(), Json::parse(restic(pack)).size());
    const std::vector<std::string> text = {"find", "-l", "c*"};
    EXPECT_EQ(lines_of(cofre_ok(text)), lines_of(restic(text)));
}

TEST_F(ResticRestore, DiffSaysWhatResticSays) {
    make_two_snapshots();
    for (const bool metadata : {false, true}) {
        std::vector<std::string> args = {"diff", "--json", ids_[0], ids_[1]};
        if (metadata) args.insert(args.begin() + 2, "--metadata");
        const auto ours = json_lines_of(cofre(args));
        const auto theirs = json_lines_of(restic_result(args, /*quiet=*/false));
        EXPECT_EQ(ours, theirs);
        std::swap(args[args.size() - 2], args[args.size() - 1]);
        EXPECT_EQ(json_lines_of(cofre(args)), json_lines_of(restic_result(args, /*quiet=*/false)));
    }
    // restic -q hides the changes of the text form, and keeps the totals.
    const auto ours = cofre_ok({"diff", ids_[0], ids_[1]});
    const auto theirs = restic({"diff", ids_[0], ids_[1]});
    EXPECT_NE(ours.find(theirs), std::string::npos) << ours << "\n" << theirs;
}

TEST_F(ResticRestore, StatsCountsWhatResticCounts) {
    make_two_snapshots();
    for (const char* mode : {"restore-size", "files-by-contents", "raw-data"}) {
        auto ours = Json::parse(cofre_ok({"stats", "--json", "--mode", mode}));
        const auto theirs = Json::parse(restic({"stats", "--json", "--mode", mode}));
        for (const char* field : {"total_size", "snapshots_count", "total_blob_count"}) {
            if (theirs.contains(field)) {
                EXPECT_EQ(ours.at(field), theirs.at(field)) << mode << " " << field;
            }
        }
    }
    const auto ours = Json::parse(cofre_ok({"stats", "--json", "--mode", "blobs-per-file", ids_[0]}));
    const auto theirs = Json::parse(restic({"stats", "--json", "--mode", "blobs-per-file", ids_[0]}));
    EXPECT_EQ(ours.at("total_blob_count"), theirs.at("total_blob_count"));
    EXPECT_EQ(ours.at("total_size"), theirs.at("total_size"));
}

TEST_F(ResticRestore, DumpGivesFilesAndArchives) {
    make_hard_tree();
    restic({"backup", path("src")});
    const auto file = cofre({"dump", "latest", in_snapshot("/deep/er/big")});
    EXPECT_TRUE(file.out == content_of(path("src/deep/er/big")));

    cofre_ok({"dump", "latest:" + in_snapshot(), "/", "--target", path("all.tar")});
    fs::create_directory(path("tar"));
    const ChildCommand tar{.argv = {"tar", "-xpf", path("all.tar"), "-C", path("tar")},
                           .environment = clean_environment(path("."))};
    const auto extracted = run_child(tar);
    ASSERT_TRUE(extracted && extracted->exit_code == 0) << (extracted ? extracted->describe() : "");
    EXPECT_EQ(describe_differences(path("src"), path("tar")), "");
    EXPECT_EQ(status_at(path("tar/first name")).st_ino, status_at(path("tar/deep/second name")).st_ino);

    // Names are those of the snapshot, as in restic's.
    const auto names = [](const std::string& archive) {
        ChildCommand list{.argv = {"tar", "-t"}, .environment = clean_environment("/")};
        list.input = archive;
        return run_child(list)->out;
    };
    EXPECT_EQ(names(cofre_ok({"dump", "latest", in_snapshot("/deep")})),
              names(restic({"dump", "latest", in_snapshot("/deep")})));

    cofre_ok({"dump", "-a", "zip", "latest", in_snapshot("/deep"), "--target", path("deep.zip")});
    const ChildCommand unzip{.argv = {"python3", "-m", "zipfile", "-e", path("deep.zip"), path("zip")},
                             .environment = clean_environment(path("."))};
    EXPECT_EQ(run_child(unzip)->exit_code, 0);
    EXPECT_EQ(content_of(path("zip") / path("src/deep/er/big").relative_path()), content_of(path("src/deep/er/big")));
}

TEST_F(ResticRestore, MountShowsSnapshotsAndUnmountsOnASignal) {
    if (::access("/dev/fuse", R_OK | W_OK) != 0) GTEST_SKIP() << "no /dev/fuse that we may use";
    make_hard_tree();
    restic({"backup", "--tag", "a/tag", "--host", "somewhere", path("src")});
    fs::create_directory(path("mnt"));
    auto child = cli_.start({"mount", path("mnt"), "--from", path("repo"), "--no-cache", "--json"});
    ASSERT_TRUE(child);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (child->output_so_far().find("mounted") == std::string::npos && std::chrono::steady_clock::now() < until) {
        if (child->errors_so_far().find("error:") != std::string::npos) break;
        std::this_thread::yield();
    }
    if (child->output_so_far().find("\"mounted\"") == std::string::npos) {
        if (child->errors_so_far().find("mount at") != std::string::npos) GTEST_SKIP() << child->errors_so_far();
        FAIL() << child->errors_so_far();
    }
    for (const auto* way : {"snapshots/latest", "hosts/somewhere/latest", "tags/a_tag/latest"}) {
        const auto root = path("mnt") / way / path("src").relative_path();
        EXPECT_EQ(describe_differences(path("src"), root), "") << way;
    }
    EXPECT_EQ(std::distance(fs::directory_iterator(path("mnt/ids")), {}), 1);
    EXPECT_EQ(::open((path("mnt/ids") / "new").c_str(), O_CREAT | O_WRONLY, 0600), -1);
    ASSERT_TRUE(child->send_signal(SIGINT));
    const auto result = child->wait(std::chrono::seconds(30));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->exit_code, 0) << result->describe();
    EXPECT_TRUE(fs::is_empty(path("mnt")));
}

TEST_F(ResticRestore, SaysWhatIsNotThere) {
    ASSERT_TRUE(write_file(path("src/file"), "x"));
    restic({"backup", path("src")});
    EXPECT_EQ(cofre({"restore", "latest:/nowhere", "--target", path("out")}).exit_code, 1);
    EXPECT_EQ(cofre({"dump", "latest", "/nowhere"}).exit_code, 1);
    EXPECT_EQ(cofre({"ls", "latest", "/nowhere"}).exit_code, 1);
    EXPECT_EQ(cofre({"ls", "ffffffff"}).exit_code, 1);
    EXPECT_FALSE(fs::exists(path("out")));
}

}  // namespace
}  // namespace cofre::testing
