#include "testing/tree_builder.h"

#include <filesystem>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Two trees from one specification, one of which a test then spoils.
class TreeComparison : public ::testing::Test {
protected:
    void SetUp() override {
        auto folder = TempDir::create("cofre-trees");
        ASSERT_TRUE(folder);
        folder_ = *std::move(folder);
        ASSERT_TRUE(build_tree(a(), {.seed = 3}));
        ASSERT_TRUE(build_tree(b(), {.seed = 3}));
    }

    fs::path a() const { return folder_->path() / "a"; }
    fs::path b() const { return folder_->path() / "b"; }
    static constexpr const char* kFile = "folder0/deep/deeper/file30";

    std::optional<TempDir> folder_;
};

TEST_F(TreeComparison, FindsNothingInTwoTreesOfOneSeed) {
    EXPECT_EQ(describe_differences(a(), b()), "");
}

TEST_F(TreeComparison, SeesOneChangedByteOfEqualSizeAndTime) {
    struct stat before {};
    ASSERT_EQ(::stat((b() / kFile).c_str(), &before), 0);
    auto content = read_small_file(b() / kFile, 1U << 20U);
    ASSERT_TRUE(content);
    ASSERT_FALSE(content->empty());
    content->back() = static_cast<char>(content->back() ^ 1);
    ASSERT_TRUE(write_file(b() / kFile, *content));
    const std::array<timespec, 2> times = {before.st_mtim, before.st_mtim};
    ASSERT_EQ(::utimensat(AT_FDCWD, (b() / kFile).c_str(), times.data(), 0), 0);
    EXPECT_THAT(compare_trees(a(), b()), ElementsAre(HasSubstr("differs from byte")));
}

TEST_F(TreeComparison, SeesAMissingAndAnExtraFile) {
    fs::remove(b() / kFile);
    ASSERT_TRUE(write_file(b() / "folder0/deep/deeper/new", "x"));
    EXPECT_THAT(compare_trees(a(), b(), {.times = false}),
                ElementsAre(HasSubstr("missing file"), HasSubstr("extra file")));
}

TEST_F(TreeComparison, SeesModeAndTime) {
    ASSERT_EQ(::chmod((b() / kFile).c_str(), 0777), 0);
    ASSERT_EQ(::utimensat(AT_FDCWD, (b() / "folder0").c_str(), nullptr, 0), 0);
    EXPECT_THAT(compare_trees(a(), b()), ElementsAre(HasSubstr("modification time"), HasSubstr("mode")));
    EXPECT_THAT(compare_trees(a(), b(), {.files_only = true}), ElementsAre());
}

TEST_F(TreeComparison, SeesARedirectedLink) {
    fs::remove(b() / "link-relative");
    fs::create_symlink("folder0/file6", b() / "link-relative");
    EXPECT_THAT(compare_trees(a(), b(), {.times = false}), ElementsAre(HasSubstr("link to folder0/file2 became")));
}

TEST_F(TreeComparison, HoldsHostileNames) {
    const auto files = files_below(a());
    EXPECT_THAT(files, ::testing::Contains(::testing::EndsWith("/new\nline")).Times(0));  // It lies at the root.
    EXPECT_THAT(files, ::testing::Contains("new\nline"));
    EXPECT_THAT(files, ::testing::Contains(::testing::EndsWith("latin1-\xe9")));
    EXPECT_THAT(files, ::testing::Contains(::testing::EndsWith("/case")));
    EXPECT_THAT(files, ::testing::Contains(::testing::EndsWith("/Case")));
}

}  // namespace
}  // namespace cofre::testing
