#include "base/rotating_file.h"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace cofre {
namespace {

class RotatingFileTest : public ::testing::Test {
protected:
    RotatingFile open(RotatingFile::Limits limits) { return *RotatingFile::open(path_, limits); }

    // The text of path.<number>, or "-" if there is none.
    std::string rotated(int number) const {
        const auto text =
            read_small_file(number == 0 ? path_.string() : path_.string() + "." + std::to_string(number), 1 << 20);
        return text ? *text : "-";
    }

    Result<TempDir> dir_ = TempDir::create("rotating_file_test");
    std::filesystem::path path_ = dir_->path() / "app.log";
};

TEST_F(RotatingFileTest, RotatesBeforeTheFileWouldGrowPastTheLimit) {
    auto file = open({.max_bytes = 10, .backup_count = 2});
    ASSERT_TRUE(file.write("12345678\n"));
    ASSERT_TRUE(file.write("a"));
    EXPECT_EQ(rotated(0), "12345678\na");  // Exactly full is not past the limit.
    ASSERT_TRUE(file.write("\n"));
    EXPECT_EQ(rotated(0), "\n");
    EXPECT_EQ(rotated(1), "12345678\na");
}

TEST_F(RotatingFileTest, KeepsTheNewestBackups) {
    auto file = open({.max_bytes = 2, .backup_count = 2});
    for (const char* line : {"1\n", "2\n", "3\n", "4\n", "5\n"})
        ASSERT_TRUE(file.write(line));
    EXPECT_EQ(rotated(0), "5\n");
    EXPECT_EQ(rotated(1), "4\n");
    EXPECT_EQ(rotated(2), "3\n");
    EXPECT_EQ(rotated(3), "-");
}

TEST_F(RotatingFileTest, NoBackupsMeansTheFileIsEmptied) {
    auto file = open({.max_bytes = 4, .backup_count = 0});
    for (const char* line : {"1\n", "2\n", "3\n"})
        ASSERT_TRUE(file.write(line));
    EXPECT_EQ(rotated(0), "3\n");
    EXPECT_EQ(rotated(1), "-");
}

TEST_F(RotatingFileTest, LongLineGetsAFileOfItsOwn) {
    auto file = open({.max_bytes = 4, .backup_count = 1});
    ASSERT_TRUE(file.write("longer than four\n"));
    EXPECT_EQ(rotated(0), "longer than four\n");
    EXPECT_EQ(rotated(1), "-");  // An empty file is never rotated.
}

TEST_F(RotatingFileTest, ZeroLimitNeverRotates) {
    auto file = open({.max_bytes = 0, .backup_count = 1});
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(file.write("line\n"));
    EXPECT_EQ(rotated(0).size(), 500U);
}

TEST_F(RotatingFileTest, CountsWhatAnEarlierProcessWrote) {
    std::ofstream(path_) << "old line\n";
    auto file = open({.max_bytes = 10, .backup_count = 1});
    ASSERT_TRUE(file.write("new\n"));
    EXPECT_EQ(rotated(0), "new\n");
    EXPECT_EQ(rotated(1), "old line\n");
}

TEST_F(RotatingFileTest, FollowsARenameByAnotherProcess) {
    auto file = open({.max_bytes = 100, .backup_count = 1});
    ASSERT_TRUE(file.write("1\n"));
    std::filesystem::rename(path_, dir_->path() / "taken");
    ASSERT_TRUE(file.write("2\n"));
    EXPECT_EQ(rotated(0), "2\n");
    EXPECT_EQ(*read_small_file(dir_->path() / "taken", 100), "1\n");
}

TEST_F(RotatingFileTest, CreatesPrivateFoldersAndFile) {
    path_ = dir_->path() / "a" / "b" / "app.log";
    open({.max_bytes = 100, .backup_count = 1});
    struct stat info {};
    ASSERT_EQ(::stat(path_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0600U);
    ASSERT_EQ(::stat(path_.parent_path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0700U);
}

TEST_F(RotatingFileTest, NameThatCannotBeRotatedKeepsTheLine) {
    std::filesystem::create_directories(path_.string() + ".1/not-empty");
    auto file = open({.max_bytes = 4, .backup_count = 1});
    ASSERT_TRUE(file.write("1234"));
    EXPECT_FALSE(file.write("5\n"));
    EXPECT_EQ(rotated(0), "12345\n");
}

TEST(RotatingFile, FullDiskIsResourceExhausted) {
    auto file = RotatingFile::open("/dev/full", {.max_bytes = 1, .backup_count = 1});
    ASSERT_TRUE(file);
    const auto status = file->write("line\n");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kResourceExhausted);
}

TEST(RotatingFile, FolderThatIsAFileIsAnError) {
    EXPECT_FALSE(RotatingFile::open("/dev/null/app.log", {}));
}

}  // namespace
}  // namespace cofre
