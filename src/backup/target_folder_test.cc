#include "backup/target_folder.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include "backup/testing/backup_fixture.h"

namespace cofre::backup {
namespace {

class TargetFolderTest : public testing::BackupFixture {
protected:
    objects::ManifestEntry entry(const std::string& path) const {
        objects::ManifestEntry e;
        e.path = path;
        e.mode = 0644;
        e.uid = ::getuid();
        e.gid = ::getgid();
        return e;
    }
};

TEST_F(TargetFolderTest, AnUncommittedFileLeavesNothing) {
    const auto target = TargetFolder::open(folder("t"));
    ASSERT_TRUE(target);
    {
        const auto file = target->create_file("f");
        ASSERT_TRUE(file);
        ASSERT_TRUE(file->write_at(0, as_bytes("half")));
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder("t")));
}

TEST_F(TargetFolderTest, CommitReplacesAFileButNotAFolder) {
    const auto target = TargetFolder::open(folder("t"));
    testing::write_file(folder("t") / "f", "old");
    std::filesystem::create_directories(folder("t") / "d");
    auto file = target->create_file("f");
    ASSERT_TRUE(file->write_at(0, as_bytes("new")));
    ASSERT_TRUE(file->commit(entry("f"), /*suid=*/false));
    EXPECT_EQ(testing::read_file(folder("t") / "f"), "new");
    auto other = target->create_file("d");
    EXPECT_EQ(other->commit(entry("d"), /*suid=*/false).error().code(), ErrorCode::kConflict);
}

TEST_F(TargetFolderTest, RefusesPathsThatLeave) {
    const auto target = TargetFolder::open(folder("t"));
    for (const char* path : {"../x", "a/../../x", "/etc/x", "", "a//b", "."}) {
        EXPECT_FALSE(target->create_file(path)) << path;
        EXPECT_FALSE(target->make_folder(path, Overwrite::kAlways)) << path;
    }
    std::filesystem::create_directory_symlink("/", folder("t") / "root");
    EXPECT_FALSE(target->create_file("root/x"));
}

// Fault row F39: the disk of the target becomes full.
TEST_F(TargetFolderTest, F39FullDiskIsResourceExhausted) {
    std::filesystem::create_directories(folder("small"));
    if (::mount("tmpfs", folder("small").c_str(), "tmpfs", 0, "size=64k") != 0) {
        GTEST_SKIP() << "mounting a tmpfs needs privileges";
    }
    {
        const auto target = TargetFolder::open(folder("small"));
        const auto file = target->create_file("f");
        ASSERT_TRUE(file);
        const std::string big(1'000'000, 'x');
        EXPECT_EQ(file->write_at(0, as_bytes(big)).error().code(), ErrorCode::kResourceExhausted);
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder("small")));
    ::umount(folder("small").c_str());
}

}  // namespace
}  // namespace cofre::backup
