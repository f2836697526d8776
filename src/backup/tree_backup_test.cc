#include "backup/tree_backup.h"

#include <array>
#include <fstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/tree_reader.h"
#include "backup/tree_sink.h"
#include "base/command_stream.h"
#include "base/encoding.h"
#include "base/file.h"
#include "repo/testing/memory_repository.h"
#include "repo/tree.h"

namespace cofre::backup {
namespace {

namespace fs = std::filesystem;

class TreeBackupTest : public repo::testing::MemoryRepository {
protected:
    void SetUp() override {
        temp_.emplace(*TempDir::create("cofre-tree-backup"));
        repository_ = init();
        fs::create_directories(root() / "sub");
        write("a", "alpha");
        write("sub/b", repo::testing::random_text(3'000'000, 7));
    }

    fs::path root() const { return temp_->path() / "root"; }
    void write(const std::string& name, const std::string& text) const {
        const UniqueFd fd(::open((root() / name).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644));
        ASSERT_TRUE(write_all(fd.get(), as_bytes(text), name));
    }

    TreeBackupTools tools() {
        return {.repository = *repository_, .may_write = may_write_, .progress = progress_, .on_problem = {}};
    }
    TreeBackupPlan plan(std::vector<fs::path> targets) const {
        TreeBackupPlan plan;
        plan.targets = std::move(targets);
        plan.identity = {.hostname = "host", .tags = {"t"}, .program_version = "cofre test", .time = {}};
        return plan;
    }
    Result<BackupOutcome> back_up(const TreeBackupPlan& plan) { return back_up_tree(ctx_, plan, tools()); }

    repo::ListedSnapshot listed(const std::string& id) {
        const auto json = repository_->load_unpacked(ctx_, repo::FileKind::kSnapshot, *repo::Id::parse(id));
        EXPECT_TRUE(json);
        return {id, *repo::decode_snapshot(json->text())};
    }
    std::vector<repo::Node> nodes_of(const repo::Id& tree) {
        const auto text = repository_->load_blob(ctx_, repo::BlobType::kTree, tree);
        EXPECT_TRUE(text);
        return *repo::decode_tree(text->text());
    }
    /// The nodes of the folder `root()` in a snapshot of it.
    std::vector<repo::Node> nodes_of_root(const std::string& id) {
        auto nodes = nodes_of(*listed(id).snapshot.tree);
        for (const auto& part : root().relative_path()) {
            for (const auto& node : nodes) {
                if (node.name != part) continue;
                nodes = nodes_of(*node.subtree);
                break;
            }
        }
        return nodes;
    }

    std::optional<TempDir> temp_;
    std::unique_ptr<repo::Repository> repository_;
    std::function<Status()> may_write_;
    Progress progress_;
};

TEST_F(TreeBackupTest, AnAbsoluteTargetKeepsItsWholePathAndASnapshotIsWrittenLast) {
    const auto outcome = back_up(plan({root()}));
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(outcome->repository->files_new, 2U);
    EXPECT_EQ(outcome->summary.files, 2U);
    const auto nodes = nodes_of_root(outcome->snapshot_id);
    ASSERT_EQ(nodes.size(), 2U);
    EXPECT_EQ(nodes[0].name, "a");
    EXPECT_EQ(nodes[0].content->size(), 1U);
    const auto snapshot = listed(outcome->snapshot_id).snapshot;
    EXPECT_EQ(snapshot.paths, std::vector<std::string>{root().native()});
    EXPECT_EQ(snapshot.tags, std::vector<std::string>{"t"});
    EXPECT_EQ(snapshot.summary->data_blobs, outcome->repository->data_blobs);
}

/// Bytes that this process has asked files for.
std::uint64_t bytes_read_so_far() {
    std::ifstream io("/proc/self/io");
    std::string name;
    std::uint64_t bytes = 0;
    io >> name >> bytes;
    EXPECT_EQ(name, "rchar:");
    return bytes;
}

TEST_F(TreeBackupTest, F37_HolesAreZerosThatNobodyReads) {
    constexpr off_t kLength = 30 << 20;
    const auto some = repo::testing::random_text(700'000, 9);
    const std::array places = {off_t{0}, off_t{12 << 20}, off_t{21'000'001}};
    write("sparse", "");
    std::string dense(kLength, '\0');
    {
        const UniqueFd fd(::open((root() / "sparse").c_str(), O_WRONLY));
        ASSERT_EQ(::ftruncate(fd.get(), kLength), 0);
        for (const off_t place : places) {
            ASSERT_EQ(::pwrite(fd.get(), some.data(), some.size(), place), static_cast<ssize_t>(some.size()));
            dense.replace(static_cast<std::size_t>(place), some.size(), some);
        }
        struct stat status {};
        ASSERT_EQ(::fstat(fd.get(), &status), 0);
        if (status.st_blocks * 512 >= kLength) GTEST_SKIP() << "this file system makes no holes";
    }
    const auto before = bytes_read_so_far();
    const auto first = back_up(plan({root() / "sparse"}));
    ASSERT_TRUE(first);
    EXPECT_LT(bytes_read_so_far() - before, 6'000'000U);
    write("sparse", dense);
    const auto second = back_up(plan({root() / "sparse"}));
    ASSERT_TRUE(second);
    const auto node_of = [&](const BackupOutcome& outcome) {
        const auto nodes = nodes_of_root(outcome.snapshot_id);
        return nodes.at(0);
    };
    EXPECT_EQ(node_of(*first).size, static_cast<std::uint64_t>(kLength));
    EXPECT_EQ(node_of(*first).content, node_of(*second).content);
    EXPECT_EQ(second->repository->data_blobs, 0U);
}

TEST_F(TreeBackupTest, WhatHasNotChangedIsNotRead) {
    const auto first = back_up(plan({root()}));
    ASSERT_TRUE(first);
    auto again = plan({root()});
    again.parent = listed(first->snapshot_id);
    const auto second = back_up(again);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->repository->files_unmodified, 2U);
    EXPECT_EQ(second->repository->data_blobs, 0U);
    // Not the whole tree: it also holds the folder of temporary files, which others change meanwhile.
    EXPECT_EQ(nodes_of_root(second->snapshot_id), nodes_of_root(first->snapshot_id));
    EXPECT_EQ(listed(second->snapshot_id).snapshot.parent->hex(), first->snapshot_id);
}

TEST_F(TreeBackupTest, AChangedFileIsReadAndTheRestIsNot) {
    const auto first = back_up(plan({root()}));
    ASSERT_TRUE(first);
    write("a", "ALPHA");
    auto again = plan({root()});
    again.parent = listed(first->snapshot_id);
    const auto second = back_up(again);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->repository->files_changed, 1U);
    EXPECT_EQ(second->repository->files_unmodified, 1U);
    EXPECT_EQ(second->repository->data_blobs, 1U);
}

TEST_F(TreeBackupTest, AFileWhoseBlobsAreGoneIsReadAgain) {
    auto pretend = plan({root()});
    const auto first = back_up(pretend);
    ASSERT_TRUE(first);
    pretend.parent = listed(first->snapshot_id);
    // The index forgets the data: an entry of the parent must not be believed.
    for (const auto& key : keys_below("index/"))
        ASSERT_TRUE(store_.remove(ctx_, *store::ObjectKey::parse(key)));
    ASSERT_TRUE(repository_->load_index(ctx_));
    const auto second = back_up(pretend);
    ASSERT_TRUE(second);
    EXPECT_GT(second->repository->data_added, 3'000'000U);
}

TEST_F(TreeBackupTest, ADryRunWritesNothing) {
    auto dry = plan({root()});
    dry.dry_run = true;
    const auto before = keys_below("");
    const auto outcome = back_up(dry);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(keys_below(""), before);
    EXPECT_GT(outcome->repository->data_added, 3'000'000U);
    EXPECT_TRUE(outcome->snapshot_id.empty());
}

TEST_F(TreeBackupTest, AMissingTargetIsAnErrorAndLeavesNoSnapshot) {
    const auto outcome = back_up(plan({root(), root() / "absent"}));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), ErrorCode::kNotFound);
    EXPECT_TRUE(keys_below("snapshots/").empty());
}

TEST_F(TreeBackupTest, NothingLeftIsAnErrorAndNoEmptySnapshot) {
    auto everything = plan({root() / "a"});
    everything.filter.exclude = {"a"};
    for (const auto& part : root().relative_path())
        everything.filter.exclude.push_back(part.native());
    const auto working = fs::current_path();
    fs::current_path(root());
    everything.targets = {"a"};
    const auto outcome = back_up(everything);
    fs::current_path(working);
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(keys_below("snapshots/").empty());
}

TEST_F(TreeBackupTest, RelativeTargetsLieAtTheRootAndEqualNamesGetANumber) {
    const auto working = fs::current_path();
    fs::current_path(root() / "sub");
    fs::create_directory("a");
    const auto outcome = back_up(plan({"b", "a", "../a"}));
    fs::current_path(working);
    ASSERT_TRUE(outcome) << outcome.error().message();
    const auto nodes = nodes_of(*listed(outcome->snapshot_id).snapshot.tree);
    ASSERT_EQ(nodes.size(), 3U);
    EXPECT_EQ(nodes[0].name, "a");
    EXPECT_EQ(nodes[1].name, "a-1");
    EXPECT_EQ(nodes[1].type, repo::NodeType::kFile);
    EXPECT_EQ(nodes[2].name, "b");
}

TEST_F(TreeBackupTest, ALostLockEndsTheBackupWithoutASnapshot) {
    may_write_ = [] { return Error(ErrorCode::kLocked, "lost"); };
    const auto outcome = back_up(plan({root()}));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), ErrorCode::kLocked);
    EXPECT_TRUE(keys_below("snapshots/").empty());
    EXPECT_TRUE(keys_below("data/").empty());
}

TEST_F(TreeBackupTest, AStopKeepsNoSnapshot) {
    std::stop_source stop;
    stop.request_stop();
    const auto outcome = back_up_tree({stop.get_token()}, plan({root()}), tools());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), ErrorCode::kCancelled);
    EXPECT_TRUE(keys_below("snapshots/").empty());
}

TEST_F(TreeBackupTest, ManyFoldersWithManyFilesComeOutInOrder) {
    for (int i = 0; i < 200; ++i) {
        const std::string folder = "d" + std::to_string(i % 20);
        fs::create_directories(root() / folder);
        write(folder + "/f" + std::to_string(i), repo::testing::random_text(static_cast<std::size_t>(i) * 97, 3));
    }
    auto many = plan({root()});
    many.readers = 4;
    const auto outcome = back_up(many);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->repository->files_new, 202U);
    EXPECT_EQ(nodes_of_root(outcome->snapshot_id).size(), 22U);
    EXPECT_EQ(progress_.files_done, 202U);
}

TEST_F(TreeBackupTest, FindsTheNewestParentOfTheSameHostAndPaths) {
    std::vector<repo::ListedSnapshot> list(3);
    list[0] = {"0", {.time = {.seconds = 10}, .paths = {"/a"}, .hostname = "host"}};
    list[1] = {"1", {.time = {.seconds = 20}, .paths = {"/a", "/b"}, .hostname = "host"}};
    list[2] = {"2", {.time = {.seconds = 30}, .paths = {"/a"}, .hostname = "other"}};
    EXPECT_EQ(find_parent(list, "host", {"/a"}, {.seconds = 99})->id, "1");
    EXPECT_EQ(find_parent(list, "host", {"/a"}, {.seconds = 15})->id, "0");
    EXPECT_FALSE(find_parent(list, "host", {"/c"}, {.seconds = 99}));
}

/// Touches the file while it is read, as often as it is told to.
class MeddlingSink final : public TreeSink {
public:
    MeddlingSink(repo::Repository& repository, fs::path file, int times)
        : inner_(repository), file_(std::move(file)), times_(times) {}
    Result<repo::SavedBlob> save(repo::BlobType type, std::span<const std::byte> bytes) override {
        if (times_-- > 0) {
            const UniqueFd fd(::open(file_.c_str(), O_WRONLY | O_APPEND));
            EXPECT_TRUE(write_all(fd.get(), as_bytes("x"), "meddled"));
        }
        return inner_.save(type, bytes);
    }

private:
    CountingSink inner_;
    fs::path file_;
    int times_;
};

class ReadChangingFile : public TreeBackupTest {
protected:
    ReadFile read_meddled(int times) {
        MeddlingSink sink(*repository_, root() / "a", times);
        SummaryCounter counter;
        TreeReader reader(repository_->chunk_tables(), sink, counter, progress_);
        const UniqueFd fd(::open((root() / "a").c_str(), O_RDONLY));
        auto read = reader.read(ctx_, fd.get(), "a", {});
        EXPECT_TRUE(read && *read);
        return **std::move(read);
    }
};

TEST_F(ReadChangingFile, OnceIsReadAgainAndStoredAsItIs) {
    const auto file = read_meddled(1);
    EXPECT_FALSE(file.has_changed);
    EXPECT_EQ(file.node.size, 6U);
    EXPECT_TRUE(file.node.error.empty());
    EXPECT_EQ(progress_.bytes_done, 6U);
}

TEST_F(ReadChangingFile, TwiceIsMarked) {
    const auto file = read_meddled(2);
    EXPECT_TRUE(file.has_changed);
    EXPECT_FALSE(file.node.error.empty());
    EXPECT_EQ(file.node.content->size(), 1U);
}

class StreamBackupTest : public TreeBackupTest {
protected:
    Result<BackupOutcome> back_up_command(const std::vector<std::string>& argv) {
        CommandStream command(ctx_, Command{.argv = argv});
        StreamBackupPlan plan;
        plan.file_name = "/db/dump.sql";
        plan.identity.hostname = "host";
        plan.read = [&](std::span<std::byte> room) { return command.read(room); };
        return back_up_stream(ctx_, plan, tools());
    }
};

TEST_F(StreamBackupTest, ACommandThatExitsWellIsOneFile) {
    const auto outcome = back_up_command({"sh", "-c", "head -c 3000000 /dev/zero; printf end"});
    ASSERT_TRUE(outcome) << outcome.error().message();
    const auto top = nodes_of(*listed(outcome->snapshot_id).snapshot.tree);
    ASSERT_EQ(top.size(), 1U);
    EXPECT_EQ(top[0].name, "db");
    const auto file = nodes_of(*top[0].subtree).at(0);
    EXPECT_EQ(file.name, "dump.sql");
    EXPECT_EQ(file.size, 3'000'003U);
}

TEST_F(StreamBackupTest, ACommandThatFailsLeavesNoSnapshotHoweverMuchItWrote) {
    const auto outcome = back_up_command({"sh", "-c", "head -c 3000000 /dev/zero; echo why >&2; exit 3"});
    ASSERT_FALSE(outcome);
    EXPECT_NE(outcome.error().message().find("exit status 3"), std::string::npos);
    EXPECT_NE(outcome.error().message().find("why"), std::string::npos);
    EXPECT_TRUE(keys_below("snapshots/").empty());
}

TEST_F(StreamBackupTest, ACommandThatDoesNotExistIsToldSo) {
    EXPECT_EQ(back_up_command({"absent-program-of-this-test"}).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace cofre::backup
