#include "backup/restore_run.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "backup/object_download.h"
#include "backup/testing/backup_fixture.h"

namespace cofre::backup {
namespace {

using testing::BackupFixture;
using testing::read_file;

class RestoreRun : public BackupFixture {
protected:
    RestorePlan restore_plan() const {
        RestorePlan plan;
        plan.prefix = "b/";
        plan.target = folder("target");
        plan.temp_folder = temp_->path();
        plan.concurrency = 4;
        return plan;
    }
    Result<RestoreOutcome> restore(const RestorePlan& plan) {
        Progress progress;
        return run_restore({}, plan, store_, clock_, progress);
    }
    std::filesystem::path target() const { return folder("target"); }
};

TEST_F(RestoreRun, BringsBackContentModesTimesFoldersAndLinks) {
    write("a/x.txt", "one");
    write("empty-file", "");
    std::filesystem::create_directories(source() / "empty");
    std::filesystem::create_symlink("a/x.txt", source() / "link");
    ::chmod((source() / "a/x.txt").c_str(), 0640);
    ::chmod((source() / "a").c_str(), 0750);
    ASSERT_TRUE(back_up(plan()));
    const auto outcome = restore(restore_plan());
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_TRUE(outcome->is_complete());
    EXPECT_EQ(outcome->files, 2U);
    EXPECT_EQ(read_file(target() / "a/x.txt"), "one");
    EXPECT_TRUE(std::filesystem::is_empty(target() / "empty"));
    EXPECT_EQ(std::filesystem::read_symlink(target() / "link"), "a/x.txt");
    for (const char* name : {"a/x.txt", "a", "empty-file"}) {
        struct stat before {};
        struct stat after {};
        ASSERT_EQ(::stat((source() / name).c_str(), &before), 0);
        ASSERT_EQ(::stat((target() / name).c_str(), &after), 0);
        EXPECT_EQ(before.st_mode, after.st_mode) << name;
        EXPECT_EQ(before.st_mtim.tv_sec, after.st_mtim.tv_sec) << name;
        EXPECT_EQ(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec) << name;
    }
}

TEST_F(RestoreRun, DecompressesWhatWasCompressed) {
    write("f", std::string(300'000, 'q'));
    for (const auto compression : {objects::Compression::kZstd, objects::Compression::kGzip}) {
        clock_.advance(std::chrono::seconds(2));
        auto packed = plan();
        packed.compression = compression;
        ASSERT_TRUE(back_up(packed));
        ASSERT_TRUE(restore(restore_plan()));
        EXPECT_EQ(read_file(target() / "f"), std::string(300'000, 'q'));
    }
}

// Fault row F35: names that are not text.
TEST_F(RestoreRun, F35HostileNamesComeBackByteForByte) {
    const std::vector<std::string> names = {"new\nline",
                                            "tab\t",
                                            "quote\"",
                                            "back\\slash",
                                            "-leading",
                                            "not\xff"
                                            "utf8",
                                            "caf\xc3\xa9",
                                            "cafe\xcc\x81",
                                            "100%41.txt",
                                            std::string(255, 'n')};
    for (const auto& name : names)
        write(name, "content of " + name);
    ASSERT_TRUE(back_up(plan()));
    const auto outcome = restore(restore_plan());
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(outcome->files, names.size());
    for (const auto& name : names)
        EXPECT_EQ(read_file(target() / name), "content of " + name);
}

// Fault row F36: names that differ only in case.
TEST_F(RestoreRun, F36CaseTwinsBothComeBack) {
    write("Name", "upper");
    write("name", "lower");
    ASSERT_TRUE(back_up(plan()));
    ASSERT_TRUE(restore(restore_plan()));
    EXPECT_EQ(read_file(target() / "Name"), "upper");
    EXPECT_EQ(read_file(target() / "name"), "lower");
}

TEST_F(RestoreRun, ADamagedObjectIsReportedAndLeavesNoFile) {
    write("bad", "right text");
    write("good", "fine");
    ASSERT_TRUE(back_up(plan()));
    ASSERT_TRUE(store_.put({}, *store::ObjectKey::parse("b/bad"), SpanSource("wrong text"), {}));
    const auto outcome = restore(restore_plan());
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->problem_count, 1U);
    EXPECT_EQ(outcome->problems[0].path, "bad");
    EXPECT_FALSE(std::filesystem::exists(target() / "bad"));
    EXPECT_EQ(read_file(target() / "good"), "fine");
    for (const auto& left : std::filesystem::directory_iterator(target())) {
        EXPECT_EQ(left.path().filename(), "good");
    }
}

TEST_F(RestoreRun, ALargeFileComesBackInRanges) {
    std::string big(kRangedFrom + 3 * 1'000'003, '\0');
    for (std::size_t i = 0; i < big.size(); i += 4096)
        big[i] = static_cast<char>(i / 4096);
    write("big", big);
    ASSERT_TRUE(back_up(plan()));
    const auto outcome = restore(restore_plan());
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_TRUE(read_file(target() / "big") == big);
    ASSERT_TRUE(store_.put({}, *store::ObjectKey::parse("b/big"), SpanSource(std::string(big.size(), 'x')), {}));
    const auto damaged = restore(restore_plan());
    ASSERT_TRUE(damaged);
    EXPECT_EQ(damaged->problem_count, 1U);
}

TEST_F(RestoreRun, ASubfolderBecomesTheRoot) {
    write("a/b/c", "1");
    write("other", "2");
    ASSERT_TRUE(back_up(plan()));
    auto part = restore_plan();
    part.subpath = "a/b";
    ASSERT_TRUE(restore(part));
    EXPECT_EQ(read_file(target() / "c"), "1");
    EXPECT_FALSE(std::filesystem::exists(target() / "other"));
    part.subpath = "nothing/here";
    EXPECT_EQ(restore(part).error().code(), ErrorCode::kNotFound);
}

TEST_F(RestoreRun, IncludeAndExcludeChoose) {
    write("a.txt", "1");
    write("b.log", "2");
    write("d/c.txt", "3");
    ASSERT_TRUE(back_up(plan()));
    auto chosen = restore_plan();
    chosen.include = {"*.txt"};
    chosen.exclude = {"/d"};
    ASSERT_TRUE(restore(chosen));
    EXPECT_TRUE(std::filesystem::exists(target() / "a.txt"));
    EXPECT_FALSE(std::filesystem::exists(target() / "b.log"));
    EXPECT_FALSE(std::filesystem::exists(target() / "d/c.txt"));
}

TEST_F(RestoreRun, OverwriteRulesDecideAboutExistingFiles) {
    write("f", "from backup");
    ASSERT_TRUE(back_up(plan()));
    testing::write_file(target() / "f", "local");
    auto p = restore_plan();
    p.overwrite = Overwrite::kNever;
    EXPECT_EQ(restore(p)->kept_files, 1U);
    EXPECT_EQ(read_file(target() / "f"), "local");
    p.overwrite = Overwrite::kIfNewer;  // The local file was written later.
    EXPECT_EQ(restore(p)->kept_files, 1U);
    p.overwrite = Overwrite::kIfChanged;
    EXPECT_EQ(restore(p)->files, 1U);
    EXPECT_EQ(read_file(target() / "f"), "from backup");
    EXPECT_EQ(restore(p)->kept_files, 1U);
}

TEST_F(RestoreRun, ALinkInTheTargetIsReplacedAndNotFollowed) {
    write("d/f", "inside");
    write("plain", "inside");
    ASSERT_TRUE(back_up(plan()));
    std::filesystem::create_directories(folder("outside"));
    testing::write_file(folder("outside") / "victim", "safe");
    std::filesystem::create_directories(target());
    std::filesystem::create_symlink(folder("outside"), target() / "d");
    std::filesystem::create_symlink(folder("outside") / "victim", target() / "plain");
    const auto outcome = restore(restore_plan());
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_TRUE(outcome->is_complete());
    EXPECT_EQ(read_file(folder("outside") / "victim"), "safe");
    EXPECT_FALSE(std::filesystem::exists(folder("outside") / "f"));
    EXPECT_EQ(read_file(target() / "d/f"), "inside");
    EXPECT_EQ(read_file(target() / "plain"), "inside");
}

TEST_F(RestoreRun, SetUserIdBitsNeedAWord) {
    write("tool", "x");
    ::chmod((source() / "tool").c_str(), 04755);
    ASSERT_TRUE(back_up(plan()));
    ASSERT_TRUE(restore(restore_plan()));
    const auto bits = [&] {
        struct stat info {};
        ::stat((target() / "tool").c_str(), &info);
        return info.st_mode & 07777U;
    };
    EXPECT_EQ(bits(), 0755U);
    auto p = restore_plan();
    p.suid = true;
    ASSERT_TRUE(restore(p));
    EXPECT_EQ(bits(), 04755U);
}

TEST_F(RestoreRun, UnknownSnapshotIsNotFound) {
    write("f", "1");
    ASSERT_TRUE(back_up(plan()));
    auto p = restore_plan();
    p.snapshot = "deadbeef";
    EXPECT_EQ(restore(p).error().code(), ErrorCode::kNotFound);
}

TEST_F(RestoreRun, DryRunWritesNothing) {
    write("f", "1");
    ASSERT_TRUE(back_up(plan()));
    auto p = restore_plan();
    p.dry_run = true;
    ASSERT_TRUE(restore(p));
    EXPECT_FALSE(std::filesystem::exists(target()));
}

}  // namespace
}  // namespace cofre::backup
