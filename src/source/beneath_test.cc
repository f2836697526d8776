#include "source/beneath.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace cofre::source {
namespace {

namespace fs = std::filesystem;

using Opener = std::function<Result<UniqueFd>(int, std::string_view, int)>;

struct Way {
    const char* name;
    Opener open;
};

class BeneathRoot : public ::testing::Test {
protected:
    void SetUp() override {
        auto folder = TempDir::create("cofre-beneath-");
        ASSERT_TRUE(folder);
        folder_.emplace(*std::move(folder));
        fs::create_directories(root() / "a/b");
        std::ofstream(root() / "a/b/file") << "x";
        std::ofstream(folder_->path() / "outside") << "secret";
        fs::create_symlink("../outside", root() / "escape");
        fs::create_symlink("a", root() / "link");
        fs::create_symlink("loop", root() / "loop");
        root_ = UniqueFd(::open(root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        ASSERT_TRUE(root_);
    }

    fs::path root() const { return folder_->path() / "root"; }

    std::optional<TempDir> folder_;
    UniqueFd root_;
};

// Both ways to open have to behave alike: the second is for kernels that few
// of us still run.
class Beneath : public BeneathRoot, public ::testing::WithParamInterface<Way> {
protected:
    ErrorCode code_of(std::string_view path, int flags = O_RDONLY) const {
        const auto fd = GetParam().open(root_.get(), path, flags);
        return fd ? ErrorCode::kInternal : fd.error().code();
    }
};

TEST_P(Beneath, OpensWhatIsThere) {
    EXPECT_TRUE(GetParam().open(root_.get(), "a/b/file", O_RDONLY));
    EXPECT_TRUE(GetParam().open(root_.get(), "a/b", O_RDONLY | O_DIRECTORY));
}

TEST_P(Beneath, FollowsNoLink) {
    EXPECT_EQ(code_of("escape"), ErrorCode::kConflict);
    EXPECT_EQ(code_of("link/b/file"), ErrorCode::kConflict);
    EXPECT_EQ(code_of("link", O_RDONLY | O_DIRECTORY), ErrorCode::kConflict);
    EXPECT_EQ(code_of("loop"), ErrorCode::kConflict);
}

TEST_P(Beneath, NeverGoesUp) {
    for (const char* path : {"", "/etc/passwd", "..", "a/../a/b/file", "./a", "a//b", "a/b/"}) {
        EXPECT_EQ(code_of(path), ErrorCode::kInvalidArgument) << path;
    }
    EXPECT_EQ(code_of(std::string_view("a/b/file\0x", 10)), ErrorCode::kInvalidArgument);
}

TEST_P(Beneath, TellsWhatIsMissingFromWhatHasChanged) {
    EXPECT_EQ(code_of("a/none"), ErrorCode::kNotFound);
    EXPECT_EQ(code_of("none/file"), ErrorCode::kNotFound);
    EXPECT_EQ(code_of("a/b/file/x"), ErrorCode::kConflict);
}

INSTANTIATE_TEST_SUITE_P(Ways, Beneath, ::testing::Values(Way{"Openat2", open_beneath}, Way{"ByParts", open_by_parts}),
                         [](const auto& param) { return std::string(param.param.name); });

TEST_F(BeneathRoot, OpensPathsLongerThanTheKernelTakes) {
    std::string path;
    int at = ::dup(root_.get());
    const std::string name(200, 'd');
    for (int depth = 0; depth < 30; ++depth) {
        const UniqueFd parent(at);
        ASSERT_EQ(::mkdirat(parent.get(), name.c_str(), 0700), 0);
        at = ::openat(parent.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        path += (depth == 0 ? "" : "/") + name;
    }
    const UniqueFd last(at);
    EXPECT_TRUE(open_beneath(root_.get(), path, O_RDONLY | O_DIRECTORY));
    EXPECT_TRUE(locate(root_.get(), path + "/file"));
}

TEST_F(BeneathRoot, DoesNotWaitForTheOtherEndOfAFifo) {
    ASSERT_EQ(::mkfifo((root() / "fifo").c_str(), 0600), 0);
    EXPECT_TRUE(open_for_reading(root_.get(), "fifo", 0));
}

TEST_F(BeneathRoot, SaysWhatItDidToWhat) {
    const auto fd = open_beneath(root_.get(), "no\nne", O_RDONLY);
    ASSERT_FALSE(fd);
    EXPECT_EQ(fd.error().message(), "open no\\nne: No such file or directory");
    EXPECT_EQ(path_error(EAGAIN, "open", "a").code(), ErrorCode::kUnavailable);
    EXPECT_EQ(path_error(EBUSY, "remove", "a").code(), ErrorCode::kConflict);
}

}  // namespace
}  // namespace cofre::source
