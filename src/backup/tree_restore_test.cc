#include "backup/tree_restore.h"

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/restore_window.h"
#include "base/encoding.h"
#include "base/file.h"
#include "repo/blob_writer.h"
#include "repo/file_mode.h"
#include "repo/testing/memory_repository.h"
#include "repo/tree.h"

namespace cofre::backup {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
}

void put_text(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

struct stat stat_of(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status;
}

class TreeRestore : public repo::testing::MemoryRepository {
protected:
    using Nodes = std::vector<repo::Node>;

    void SetUp() override {
        repo_ = init();
        home_.emplace(*TempDir::create("tree-restore"));
        target_ = home_->path() / "target";
    }

    repo::Id save(repo::BlobType type, const std::string& bytes) {
        repo::BlobWriter writer(ctx_, *repo_, {.workers = 1, .uploads = 1});
        const auto saved = writer.save(type, as_bytes(bytes));
        EXPECT_TRUE(writer.flush());
        return saved->id;
    }
    repo::Id tree(const Nodes& nodes) {
        repo::TreeEncoder encoder;
        for (const auto& node : nodes)
            EXPECT_TRUE(encoder.add(node));
        return save(repo::BlobType::kTree, encoder.finish());
    }
    repo::Node node(const std::string& name, repo::NodeType type, std::uint32_t mode) {
        repo::Node out;
        out.name = name;
        out.type = type;
        out.mode = repo::to_go_mode(mode);
        out.mtime = {.seconds = 1'600'000'000, .nanoseconds = 123'456'789};
        out.atime = out.mtime;
        out.ctime = out.mtime;
        out.uid = ::geteuid();
        out.gid = ::getegid();
        return out;
    }
    /// Each of `chunks` in a pack of its own.
    repo::Node file(const std::string& name, const std::vector<std::string>& chunks) {
        auto out = node(name, repo::NodeType::kFile, S_IFREG | 0640);
        out.content.emplace();
        for (const auto& chunk : chunks) {
            out.content->push_back(save(repo::BlobType::kData, chunk));
            out.size += chunk.size();
        }
        return out;
    }
    repo::Node folder(const std::string& name, const Nodes& nodes) {
        auto out = node(name, repo::NodeType::kDirectory, S_IFDIR | 0750);
        out.subtree = tree(nodes);
        return out;
    }
    repo::Node symlink(const std::string& name, const std::string& to) {
        auto out = node(name, repo::NodeType::kSymlink, S_IFLNK | 0777);
        out.link_target = to;
        return out;
    }

    TreeRestorePlan plan_of(const repo::Id& root) {
        TreeRestorePlan plan;
        plan.tree = root;
        plan.target = target_;
        plan.threads = 3;
        return plan;
    }
    TreeRestoreOutcome restore(const TreeRestorePlan& plan) {
        Progress progress;
        const auto observer = [this](RestoreAction action, const std::string& path, std::uint64_t) {
            told_[path] = to_string(action);
        };
        told_.clear();
        auto outcome = run_tree_restore(ctx_, plan, *repo_, clock_, progress, observer);
        EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().message());
        if (!outcome) return {};
        EXPECT_EQ(progress.files_done, progress.files_found);
        return *std::move(outcome);
    }
    static std::string problems_of(const TreeRestoreOutcome& outcome) {
        std::string out;
        for (const auto& problem : outcome.problems)
            out += problem.path + ": " + problem.message + "\n";
        return out;
    }
    /// Flips a byte in the middle of the blob, wherever it lies.
    std::string damage(const repo::Id& blob) {
        const auto place = repo_->with_index([&](const repo::BlobIndex& index) {
            const auto found = index.find(repo::BlobType::kData, blob);
            return std::pair(index.pack_id(found->pack), found->blob);
        });
        const auto key = repo_->layout().key(repo::FileKind::kPack, place.first).str();
        auto bytes = stored(key);
        const auto good = bytes;
        bytes[place.second.offset + place.second.length / 2] ^= 0x55;
        store_bytes(key, bytes);
        damaged_key_ = key;
        return good;
    }
    std::set<std::string> names_in(const fs::path& path) {
        std::set<std::string> names;
        for (const auto& entry : fs::directory_iterator(path))
            names.insert(entry.path().filename());
        return names;
    }

    std::unique_ptr<repo::Repository> repo_;
    std::optional<TempDir> home_;
    fs::path target_;
    std::map<std::string, std::string> told_;
    std::string damaged_key_;
};

TEST_F(TreeRestore, RestoresContentAndMetadata) {
    const std::string big(3000, 'b');
    const auto root = tree({file("empty", {}), folder("sub", {file("two", {big, "end"}), symlink("way", "../two")})});
    const auto outcome = restore(plan_of(root));
    EXPECT_TRUE(outcome.is_complete()) << problems_of(outcome);
    EXPECT_EQ(outcome.files, 2U);
    EXPECT_EQ(outcome.folders, 1U);
    EXPECT_EQ(outcome.others, 1U);
    EXPECT_EQ(outcome.bytes, 3003U);
    EXPECT_EQ(text_of(target_ / "sub/two"), big + "end");
    EXPECT_EQ(text_of(target_ / "empty"), "");
    EXPECT_EQ(fs::read_symlink(target_ / "sub/way"), "../two");
    for (const auto* path : {"empty", "sub", "sub/two", "sub/way"}) {
        EXPECT_EQ(stat_of(target_ / path).st_mtim.tv_sec, 1'600'000'000) << path;
        EXPECT_EQ(stat_of(target_ / path).st_mtim.tv_nsec, 123'456'789) << path;
    }
    EXPECT_EQ(stat_of(target_ / "sub/two").st_mode & 07777U, 0640U);
    EXPECT_EQ(stat_of(target_ / "sub").st_mode & 07777U, 0750U);
    EXPECT_EQ(names_in(target_ / "sub"), (std::set<std::string>{"two", "way"}));
}

TEST_F(TreeRestore, OneEntryAloneIsRestoredAndNothingBesideIt) {
    const auto root = tree({file("a", {"one"}), folder("b", {file("a", {"deeper"})}), file("c", {"three"})});
    auto plan = plan_of(root);
    plan.only = "a";
    const auto outcome = restore(plan);
    EXPECT_TRUE(outcome.is_complete()) << problems_of(outcome);
    EXPECT_EQ(outcome.files, 1U);
    EXPECT_EQ(names_in(target_), std::set<std::string>{"a"});
    plan.remove_others = true;
    Progress progress;
    const auto refused = run_tree_restore(ctx_, plan, *repo_, clock_, progress);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(TreeRestore, GivesTheSameInWindowsOfOneFile) {
    Nodes nodes;
    for (int i = 0; i < 20; ++i)
        nodes.push_back(folder(std::to_string(100 + i), {file("f", {"content " + std::to_string(i)})}));
    auto plan = plan_of(tree(nodes));
    plan.window_bytes = 1;
    plan.verify = true;
    const auto outcome = restore(plan);
    EXPECT_TRUE(outcome.is_complete()) << problems_of(outcome);
    EXPECT_EQ(outcome.verified_files, 20U);
    for (int i = 0; i < 20; ++i) {
        const auto path = target_ / std::to_string(100 + i);
        EXPECT_EQ(text_of(path / "f"), "content " + std::to_string(i));
        EXPECT_EQ(stat_of(path).st_mtim.tv_sec, 1'600'000'000);
    }
}

TEST_F(TreeRestore, LinksNamesOfOneFileAgain) {
    auto first = file("a", {"shared"});
    first.inode = 7;
    first.device_id = 1;
    first.links = 2;
    auto second = first;
    second.name = "b";
    auto plan = plan_of(tree({folder("x", {first}), folder("y", {second})}));
    plan.window_bytes = 1;
    for (int run = 0; run < 2; ++run) {
        EXPECT_TRUE(restore(plan).is_complete());
        EXPECT_EQ(stat_of(target_ / "x/a").st_ino, stat_of(target_ / "y/b").st_ino);
        EXPECT_EQ(text_of(target_ / "y/b"), "shared");
        EXPECT_EQ(names_in(target_ / "y"), (std::set<std::string>{"b"}));
    }
}

TEST_F(TreeRestore, F46_ADamagedBlobCostsOnlyTheFilesItBelongsTo) {
    const auto lost = file("lost", {std::string(2000, 'x'), std::string(2000, 'y'), "tail"});
    const auto root = tree({file("good", {"good"}), lost, file("other", {"other"})});
    const auto good_pack = damage((*lost.content)[1]);
    const auto outcome = restore(plan_of(root));
    EXPECT_EQ(outcome.problem_count, 1U) << problems_of(outcome);
    EXPECT_NE(problems_of(outcome).find("/lost: "), std::string::npos) << problems_of(outcome);
    EXPECT_EQ(outcome.files, 2U);
    EXPECT_FALSE(fs::exists(target_ / "lost")) << "what has its name must be whole";
    EXPECT_EQ(text_of(target_ / "other"), "other");

    store_bytes(damaged_key_, good_pack);
    auto again = plan_of(root);
    again.overwrite = Overwrite::kIfChanged;
    const auto second = restore(again);
    EXPECT_TRUE(second.is_complete()) << problems_of(second);
    EXPECT_EQ(text_of(target_ / "lost"), std::string(2000, 'x') + std::string(2000, 'y') + "tail");
    EXPECT_EQ(second.skipped_bytes, 2004U + 4 + 5) << "what was there is not fetched again";
    EXPECT_EQ(names_in(target_), (std::set<std::string>{"good", "lost", "other"}));
}

TEST_F(TreeRestore, ADamagedBlobLeavesTheFileThatStandsThere) {
    const auto lost = file("f", {"new content"});
    damage((*lost.content)[0]);
    fs::create_directory(target_);
    put_text(target_ / "f", "old content");
    EXPECT_EQ(restore(plan_of(tree({lost}))).problem_count, 1U);
    EXPECT_EQ(text_of(target_ / "f"), "old content");
}

TEST_F(TreeRestore, ATreeThatIsLostCostsItsFolderOnly) {
    auto lost = node("lost", repo::NodeType::kDirectory, S_IFDIR | 0755);
    lost.subtree = repo::Id::of(as_bytes("nowhere"));
    const auto outcome = restore(plan_of(tree({lost, file("z", {"z"})})));
    EXPECT_EQ(outcome.problem_count, 1U);
    EXPECT_EQ(text_of(target_ / "z"), "z");
}

TEST_F(TreeRestore, F51_HostileNamesAreRefusedAndNamed) {
    const auto secret = file("x", {"planted"});
    const auto root = tree({folder(".", {secret}), folder("..", {secret}), file("../up", {"planted"}),
                            file("/abs", {"planted"}), file("ok", {"ok"}), folder("sub/deep", {secret})});
    const auto outcome = restore(plan_of(root));
    EXPECT_EQ(outcome.problem_count, 5U) << problems_of(outcome);
    EXPECT_EQ(names_in(target_), (std::set<std::string>{"ok"}));
    EXPECT_EQ(names_in(home_->path()), (std::set<std::string>{"target"}));
}

TEST_F(TreeRestore, F51_ALinkInTheWayIsReplacedAndNotFollowed) {
    fs::create_directories(home_->path() / "outside");
    fs::create_directory(target_);
    fs::create_symlink(home_->path() / "outside", target_ / "sub");
    fs::create_symlink(home_->path() / "outside/file", target_ / "f");
    put_text(home_->path() / "outside/file", "untouched");
    const auto outcome = restore(plan_of(tree({file("f", {"f"}), folder("sub", {file("x", {"x"})})})));
    EXPECT_TRUE(outcome.is_complete()) << problems_of(outcome);
    EXPECT_EQ(text_of(target_ / "sub/x"), "x");
    EXPECT_TRUE(fs::is_directory(fs::symlink_status(target_ / "sub")));
    EXPECT_EQ(text_of(target_ / "f"), "f");
    EXPECT_EQ(names_in(home_->path() / "outside"), (std::set<std::string>{"file"}));
    EXPECT_EQ(text_of(home_->path() / "outside/file"), "untouched");
}

TEST_F(TreeRestore, F51_AFileWithANameOutsideIsReplacedAndNotWrittenInto) {
    fs::create_directory(target_);
    put_text(home_->path() / "outside", "untouched");
    fs::permissions(home_->path() / "outside", fs::perms::owner_read | fs::perms::owner_write);
    fs::create_hard_link(home_->path() / "outside", target_ / "f");
    const auto two = file("f", {"first ", "second"});
    fs::create_hard_link(home_->path() / "outside", target_ / partial_name_of("f", *two.content));
    const auto before = stat_of(home_->path() / "outside");
    EXPECT_TRUE(restore(plan_of(tree({two}))).is_complete());
    EXPECT_EQ(text_of(target_ / "f"), "first second");
    EXPECT_EQ(text_of(home_->path() / "outside"), "untouched");
    EXPECT_EQ(stat_of(home_->path() / "outside").st_mode, before.st_mode);
}

TEST_F(TreeRestore, OverwriteDecidesWhatStays) {
    struct Case {
        Overwrite overwrite;
        std::int64_t seconds;  ///< mtime of what stands there
        std::string expected;
    };
    const auto root = tree({file("f", {"stored"})});
    for (const auto& c : {Case{Overwrite::kAlways, 1'600'000'000, "stored"}, Case{Overwrite::kAlways, 1, "stored"},
                          Case{Overwrite::kIfNewer, 1'600'000'001, "stands"}, Case{Overwrite::kIfNewer, 1, "stored"},
                          Case{Overwrite::kIfChanged, 1, "stored"},
                          Case{Overwrite::kIfChanged, 1'600'000'000, "stands"}, Case{Overwrite::kNever, 1, "stands"}}) {
        fs::remove_all(target_);
        fs::create_directory(target_);
        put_text(target_ / "f", "stands");
        const timespec times[2] = {{c.seconds, 123'456'789}, {c.seconds, 123'456'789}};
        ASSERT_EQ(::utimensat(AT_FDCWD, (target_ / "f").c_str(), times, 0), 0);
        auto plan = plan_of(root);
        plan.overwrite = c.overwrite;
        EXPECT_TRUE(restore(plan).is_complete());
        EXPECT_EQ(text_of(target_ / "f"), c.expected) << static_cast<int>(c.overwrite) << " at " << c.seconds;
    }
}

TEST_F(TreeRestore, TakesOverWhatTheStandingFileHasRight) {
    const auto three = file("f", {std::string(1000, 'a'), std::string(1000, 'b'), std::string(1000, 'c')});
    fs::create_directory(target_);
    put_text(target_ / "f", std::string(1000, 'a') + std::string(1000, '?') + std::string(1000, 'c') + "longer");
    const auto outcome = restore(plan_of(tree({three})));
    EXPECT_TRUE(outcome.is_complete()) << problems_of(outcome);
    EXPECT_EQ(text_of(target_ / "f"), std::string(1000, 'a') + std::string(1000, 'b') + std::string(1000, 'c'));
    EXPECT_EQ(outcome.skipped_bytes, 2000U);
    EXPECT_EQ(told_["/f"], "updated");
}

TEST_F(TreeRestore, PatternsChooseAndFoldersAboveGetTheirMetadata) {
    const auto root =
        tree({folder("a", {file("x.txt", {"1"}), file("y.bin", {"2"})}), folder("b", {file("x.TXT", {"3"})})});
    auto plan = plan_of(root);
    plan.rules.include = {"*.txt"};
    restore(plan);
    EXPECT_EQ(names_in(target_), (std::set<std::string>{"a"}));
    EXPECT_EQ(names_in(target_ / "a"), (std::set<std::string>{"x.txt"}));
    EXPECT_EQ(stat_of(target_ / "a").st_mtim.tv_sec, 1'600'000'000);

    fs::remove_all(target_);
    plan.rules = {.include_ignore_case = {"*.txt"}, .exclude = {"/a"}};
    restore(plan);
    EXPECT_EQ(names_in(target_), (std::set<std::string>{"b"}));
}

TEST_F(TreeRestore, DeleteRemovesWhatTheSnapshotLacksAndShowsItFirst) {
    const auto root = tree({folder("sub", {file("f", {"f"})})});
    fs::create_directories(target_ / "sub/old/deep");
    put_text(target_ / "sub/old/deep/x", "x");
    put_text(target_ / "stray", "x");
    put_text(home_->path() / "outside", "outside");
    fs::create_symlink(home_->path(), target_ / "sub/link");
    auto plan = plan_of(root);
    plan.remove_others = true;
    plan.dry_run = true;
    EXPECT_EQ(restore(plan).deleted, 5U);
    EXPECT_EQ(told_["/sub/old/deep/x"], "deleted");
    EXPECT_TRUE(fs::exists(target_ / "stray"));
    EXPECT_FALSE(fs::exists(target_ / "sub/f"));

    plan.dry_run = false;
    EXPECT_EQ(restore(plan).deleted, 5U);
    EXPECT_EQ(names_in(target_), (std::set<std::string>{"sub"}));
    EXPECT_EQ(names_in(target_ / "sub"), (std::set<std::string>{"f"}));
    EXPECT_EQ(stat_of(target_ / "sub").st_mtim.tv_sec, 1'600'000'000);
    EXPECT_EQ(text_of(home_->path() / "outside"), "outside");
}

TEST_F(TreeRestore, DeleteKeepsWhatIsExcluded) {
    fs::create_directory(target_);
    put_text(target_ / "keep.log", "x");
    put_text(target_ / "stray", "x");
    auto plan = plan_of(tree({file("f", {"f"})}));
    plan.remove_others = true;
    plan.rules.exclude = {"*.log"};
    EXPECT_EQ(restore(plan).deleted, 1U);
    EXPECT_EQ(names_in(target_), (std::set<std::string>{"f", "keep.log"}));
}

TEST_F(TreeRestore, DeleteDoesNothingUnlessEverythingWasRestored) {
    const auto lost = file("f", {"content"});
    damage((*lost.content)[0]);
    fs::create_directory(target_);
    put_text(target_ / "stray", "x");
    auto plan = plan_of(tree({lost}));
    plan.remove_others = true;
    const auto outcome = restore(plan);
    EXPECT_EQ(outcome.deleted, 0U);
    EXPECT_FALSE(outcome.warnings.empty());
    EXPECT_TRUE(fs::exists(target_ / "stray"));
}

TEST_F(TreeRestore, RefusesToDeleteAllOfTheMachine) {
    auto plan = plan_of(tree({}));
    plan.target = "/";
    plan.remove_others = true;
    plan.dry_run = true;
    Progress progress;
    const auto outcome = run_tree_restore(ctx_, plan, *repo_, clock_, progress);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(TreeRestore, F38_ZerosBecomeHoles) {
    const std::string zeros(1U << 20U, '\0');
    auto plan = plan_of(tree({file("f", {"begin" + zeros, zeros, "end"})}));
    plan.sparse = true;
    EXPECT_TRUE(restore(plan).is_complete());
    EXPECT_EQ(text_of(target_ / "f"), "begin" + zeros + zeros + "end");
    EXPECT_LT(stat_of(target_ / "f").st_blocks * 512, 64 * 1024);
}

TEST_F(TreeRestore, ADryRunWritesNothing) {
    auto plan = plan_of(tree({folder("sub", {file("f", {"f"}), symlink("l", "f")})}));
    plan.dry_run = true;
    const auto outcome = restore(plan);
    EXPECT_EQ(outcome.files, 1U);
    EXPECT_EQ(outcome.bytes, 1U);
    EXPECT_FALSE(fs::exists(target_));
    EXPECT_EQ(told_["/sub/f"], "restored");
}

TEST_F(TreeRestore, F52_AFileInTheWayOfItsFolderIsNamedWithAllBelow) {
    fs::create_directory(target_);
    put_text(target_ / "sub", "a file");
    auto plan = plan_of(tree({folder("sub", {file("a", {"a"}), file("b", {"b"})})}));
    plan.overwrite = Overwrite::kNever;
    const auto outcome = restore(plan);
    EXPECT_EQ(outcome.problem_count, 3U) << problems_of(outcome);
    EXPECT_EQ(text_of(target_ / "sub"), "a file");
}

TEST_F(TreeRestore, AStopEndsItAndAnotherRunFinishes) {
    Nodes nodes;
    for (int i = 0; i < 50; ++i)
        nodes.push_back(file(std::to_string(100 + i), {"one " + std::to_string(i), "two"}));
    auto plan = plan_of(tree(nodes));
    plan.window_bytes = 1;
    std::stop_source stop;
    Progress progress;
    int seen = 0;
    const auto outcome = run_tree_restore({stop.get_token()}, plan, *repo_, clock_, progress,
                                          [&](RestoreAction, const std::string&, std::uint64_t) {
                                              if (++seen == 10) stop.request_stop();
                                          });
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), ErrorCode::kCancelled);
    EXPECT_FALSE(fs::exists(target_ / "149"));
    EXPECT_TRUE(restore(plan).is_complete());
    EXPECT_EQ(names_in(target_).size(), 50U);
}

}  // namespace
}  // namespace cofre::backup
