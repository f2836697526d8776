#include "source/file_tree.h"

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cofre::source {
namespace {

namespace fs = std::filesystem;

class FileTreeTest : public ::testing::Test {
protected:
    void SetUp() override {
        auto folder = TempDir::create("cofre-tree-");
        ASSERT_TRUE(folder);
        folder_.emplace(*std::move(folder));
        fs::create_directories(root() / "dir/sub");
        write("dir/file", "content");
        write("../outside", "secret");
        tree_.emplace(*FileTree::open(root()));
    }

    fs::path root() const { return folder_->path() / "root"; }
    void write(const std::string& path, std::string_view text) const { std::ofstream(root() / path) << text; }

    FileIdentity identity(std::string_view path) const {
        const auto found = tree_->identity_at(path);
        EXPECT_TRUE(found) << path;
        return found ? *found : FileIdentity{};
    }
    template <typename T>
    static ErrorCode code_of(const Result<T>& result) {
        EXPECT_FALSE(result);
        return result ? ErrorCode::kInternal : result.error().code();
    }

    std::optional<TempDir> folder_;
    std::optional<FileTree> tree_;
};

TEST_F(FileTreeTest, OpensAFolderUnderItsAbsoluteName) {
    EXPECT_EQ(tree_->root(), root());
    EXPECT_FALSE(tree_->is_single_file());
    EXPECT_EQ(FileTree::open(root() / "dir/")->root(), root() / "dir");
    EXPECT_EQ(FileTree::open(root() / "./dir/../dir")->root(), root() / "dir");
    EXPECT_EQ(FileTree::open("/")->root(), "/");
}

TEST_F(FileTreeTest, OpensAFolderThroughLinks) {
    fs::create_symlink(root() / "dir", root() / "link");
    const auto tree = FileTree::open(root() / "link");
    ASSERT_TRUE(tree);
    EXPECT_EQ(tree->root(), root() / "link");
    EXPECT_TRUE(tree->open_file("file"));
}

TEST_F(FileTreeTest, TakesDotDotAfterALinkAsTheKernelDoes) {
    fs::create_symlink(root() / "dir/sub", root() / "link");
    const auto tree = FileTree::open(root() / "link/..");
    ASSERT_TRUE(tree);
    EXPECT_EQ(tree->root(), root() / "dir");
    EXPECT_TRUE(tree->open_file("file"));
}

TEST_F(FileTreeTest, OpensASingleFile) {
    const auto tree = FileTree::open(root() / "dir/file");
    ASSERT_TRUE(tree);
    EXPECT_TRUE(tree->is_single_file());
    EXPECT_EQ(tree->root(), root() / "dir/file");
    EXPECT_TRUE(tree->open_file("file"));
}

TEST_F(FileTreeTest, NamesASingleFileBehindALinkByItsOwnName) {
    fs::create_symlink("dir/file", root() / "latest");
    const auto tree = FileTree::open(root() / "latest");
    ASSERT_TRUE(tree);
    EXPECT_EQ(tree->root(), root() / "dir/file");
    EXPECT_TRUE(tree->open_file("file"));
}

TEST_F(FileTreeTest, RefusesRootsThatCannotBeBackedUp) {
    EXPECT_EQ(code_of(FileTree::open(root() / "none")), ErrorCode::kNotFound);
    ASSERT_EQ(::mkfifo((root() / "fifo").c_str(), 0600), 0);
    EXPECT_EQ(code_of(FileTree::open(root() / "fifo")), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code_of(FileTree::open("/dev/null")), ErrorCode::kInvalidArgument);
}

TEST_F(FileTreeTest, ReadsTheFileThatItOpened) {
    const auto fd = tree_->open_file("dir/file");
    ASSERT_TRUE(fd);
    std::string text(7, '\0');
    ASSERT_TRUE(FileSource(fd->get(), 7).read_at(0, std::as_writable_bytes(std::span(text))));
    EXPECT_EQ(text, "content");
    EXPECT_EQ(*FileTree::identity_of(fd->get(), "dir/file"), identity("dir/file"));
}

TEST_F(FileTreeTest, OpensRegularFilesOnly) {
    fs::create_symlink("file", root() / "dir/link");
    fs::create_symlink("dir", root() / "linked");
    ASSERT_EQ(::mkfifo((root() / "fifo").c_str(), 0600), 0);
    for (const char* path : {"dir", "dir/link", "linked/file", "fifo", "dir/file/x"}) {
        EXPECT_EQ(code_of(tree_->open_file(path)), ErrorCode::kConflict) << path;
    }
    EXPECT_EQ(code_of(tree_->open_file("dir/none")), ErrorCode::kNotFound);
    EXPECT_EQ(code_of(tree_->open_file("../outside")), ErrorCode::kInvalidArgument);
}

TEST_F(FileTreeTest, LooksAtALinkItself) {
    fs::create_symlink("../outside", root() / "link");
    EXPECT_EQ(identity("link").size, 10U);
}

TEST_F(FileTreeTest, RemovesTheFileThatWasRead) {
    ASSERT_TRUE(tree_->remove_file("dir/file", identity("dir/file")));
    EXPECT_FALSE(fs::exists(root() / "dir/file"));
    EXPECT_EQ(code_of(tree_->remove_file("dir/file", {})), ErrorCode::kNotFound);
}

// Fault F33: the file is replaced after its upload and before its removal.
TEST_F(FileTreeTest, KeepsAReplacedFile) {
    const auto before = identity("dir/file");
    write("new", "content");
    fs::rename(root() / "new", root() / "dir/file");
    EXPECT_EQ(code_of(tree_->remove_file("dir/file", before)), ErrorCode::kConflict);
    EXPECT_TRUE(fs::exists(root() / "dir/file"));
}

TEST_F(FileTreeTest, KeepsAFileThatHasGrown) {
    const auto before = identity("dir/file");
    write("dir/file", "content and more");
    EXPECT_EQ(code_of(tree_->remove_file("dir/file", before)), ErrorCode::kConflict);
}

TEST_F(FileTreeTest, KeepsAFileWhoseTimeHasChanged) {
    const auto before = identity("dir/file");
    fs::last_write_time(root() / "dir/file", fs::file_time_type::clock::now() - std::chrono::hours(1));
    EXPECT_EQ(code_of(tree_->remove_file("dir/file", before)), ErrorCode::kConflict);
}

TEST_F(FileTreeTest, RemovesNothingBehindAFolderThatBecameALink) {
    const auto before = identity("dir/file");
    fs::rename(root() / "dir", folder_->path() / "moved");
    fs::create_symlink(folder_->path() / "moved", root() / "dir");
    EXPECT_EQ(code_of(tree_->remove_file("dir/file", before)), ErrorCode::kConflict);
    EXPECT_TRUE(fs::exists(folder_->path() / "moved/file"));
}

TEST_F(FileTreeTest, RemovesEmptyFoldersOnly) {
    EXPECT_FALSE(*tree_->remove_empty_folder("dir"));
    EXPECT_TRUE(*tree_->remove_empty_folder("dir/sub"));
    EXPECT_FALSE(fs::exists(root() / "dir/sub"));
    EXPECT_EQ(code_of(tree_->remove_empty_folder("dir/sub")), ErrorCode::kNotFound);
    EXPECT_EQ(code_of(tree_->remove_empty_folder("dir/file")), ErrorCode::kConflict);
    EXPECT_EQ(code_of(tree_->remove_empty_folder("")), ErrorCode::kInvalidArgument);
}

TEST_F(FileTreeTest, StaysWithTheFolderThatWasOpened) {
    fs::rename(root(), folder_->path() / "moved");
    fs::create_directory(root());
    EXPECT_TRUE(tree_->open_file("dir/file"));
}

}  // namespace
}  // namespace cofre::source
