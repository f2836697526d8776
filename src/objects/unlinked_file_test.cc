#include "objects/unlinked_file.h"

#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/byte_source.h"
#include "objects/testing/sample_manifest.h"

namespace cofre::objects {
namespace {

TEST(CreateUnlinkedFile, HasNoNameAndOneReader) {
    const auto folder = TempDir::create("cofre-unlinked-");
    const auto fd = create_unlinked_file(folder->path());
    ASSERT_TRUE(fd);
    EXPECT_TRUE(std::filesystem::is_empty(folder->path()));
    struct stat status {};
    ASSERT_EQ(::fstat(fd->get(), &status), 0);
    EXPECT_EQ(status.st_nlink, 0U);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST(CreateUnlinkedFile, NamesTheFolder) {
    const auto folder = TempDir::create("cofre-unlinked-");
    const auto missing = folder->path() / "none";
    const auto fd = create_unlinked_file(missing);
    ASSERT_FALSE(fd);
    EXPECT_EQ(fd.error().message(), "create temporary file in " + missing.string() + ": No such file or directory");
}

TEST(BufferedWriter, WritesWhatItWasGiven) {
    const auto folder = TempDir::create("cofre-unlinked-");
    const auto fd = create_unlinked_file(folder->path());
    BufferedWriter writer(fd->get());
    std::string expected;
    for (int i = 0; i < 100'000; ++i) {
        const std::string text = std::to_string(i) + '\n';
        ASSERT_TRUE(writer.append(text));
        expected += text;
    }
    ASSERT_TRUE(writer.flush());
    EXPECT_EQ(writer.size(), expected.size());
    EXPECT_EQ(*read_all(FileSource(fd->get(), writer.size())), expected);
}

}  // namespace
}  // namespace cofre::objects
