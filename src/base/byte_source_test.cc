#include "base/byte_source.h"

#include <fstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"

namespace cofre {
namespace {

std::string read_range(const ByteSource& source, std::uint64_t offset, std::size_t length) {
    std::vector<std::byte> out(length);
    EXPECT_TRUE(source.read_at(offset, out));
    return to_text(out);
}

std::string copy_to_text(const ByteSource& source) {
    std::string seen;
    EXPECT_TRUE(copy_bytes(source, [&](std::span<const std::byte> bytes) -> Status {
        seen += to_text(bytes);
        return {};
    }));
    return seen;
}

TEST(SpanSource, ReadsAnyRange) {
    const SpanSource source("hello world");
    EXPECT_EQ(source.size(), 11U);
    EXPECT_EQ(read_range(source, 0, 11), "hello world");
    EXPECT_EQ(read_range(source, 6, 3), "wor");
    EXPECT_EQ(read_range(source, 11, 0), "");
}

TEST(SliceSource, ShiftsOffsetsIntoTheWhole) {
    const SpanSource whole("0123456789");
    const SliceSource slice(whole, 3, 4);
    EXPECT_EQ(slice.size(), 4U);
    EXPECT_EQ(read_range(slice, 0, 4), "3456");
    EXPECT_EQ(read_range(slice, 2, 2), "56");
    EXPECT_EQ(copy_to_text(SliceSource(slice, 1, 2)), "45");
}

TEST(ByteSourceDeathTest, RangeOutsideIsABug) {
    const SpanSource source("abc");
    std::vector<std::byte> out(2);
    EXPECT_DEATH((void)source.read_at(2, out), "check failed");
    EXPECT_DEATH((void)source.read_at(~std::uint64_t{0}, out), "check failed");
    EXPECT_DEATH((void)SliceSource(source, 0, 1).read_at(0, out), "check failed");
}

class FileSourceTest : public ::testing::Test {
protected:
    UniqueFd open_with(const std::string& content) {
        path_ = dir_->path() / "file";
        std::ofstream(path_) << content;
        return UniqueFd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    }
    Result<TempDir> dir_ = TempDir::create("byte_source_test");
    std::filesystem::path path_;
};

TEST_F(FileSourceTest, ReadsAnyRangeAndLeavesTheFileOffset) {
    const UniqueFd fd = open_with("0123456789");
    const FileSource source(fd.get(), 10);
    EXPECT_EQ(read_range(source, 7, 3), "789");
    EXPECT_EQ(read_range(source, 0, 2), "01");
    EXPECT_EQ(::lseek(fd.get(), 0, SEEK_CUR), 0);
}

TEST_F(FileSourceTest, IgnoresWhatWasAppendedLater) {
    const UniqueFd fd = open_with("0123456789");
    EXPECT_EQ(copy_to_text(FileSource(fd.get(), 4)), "0123");
}

TEST_F(FileSourceTest, ShrunkFileIsConflict) {
    const UniqueFd fd = open_with("0123456789");
    const FileSource source(fd.get(), 10);
    ASSERT_EQ(::truncate(path_.c_str(), 5), 0);
    std::vector<std::byte> out(10);
    const auto status = source.read_at(0, out);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kConflict);
    EXPECT_EQ(status.error().message(), "read file: it ends at byte 5, but had 10 bytes when it was opened");
}

TEST_F(FileSourceTest, BadDescriptorIsAnErrorNotAnEnd) {
    std::vector<std::byte> out(1);
    EXPECT_EQ(FileSource(-1, 1).read_at(0, out).error().code(), ErrorCode::kInternal);
}

TEST(CopyBytes, PassesEverythingInOrderInBoundedChunks) {
    std::string text;
    for (int i = 0; i < 100'000; ++i)
        text += std::to_string(i);
    std::size_t largest = 0;
    std::string seen;
    ASSERT_TRUE(copy_bytes(SpanSource(text), [&](std::span<const std::byte> bytes) -> Status {
        largest = std::max(largest, bytes.size());
        seen += to_text(bytes);
        return {};
    }));
    EXPECT_TRUE(seen == text);
    EXPECT_EQ(largest, 256U * 1024);
}

TEST(CopyBytes, EmptySourceCallsNobody) {
    int calls = 0;
    ASSERT_TRUE(copy_bytes(SpanSource(""), [&](std::span<const std::byte>) -> Status {
        ++calls;
        return {};
    }));
    EXPECT_EQ(calls, 0);
}

TEST(CopyBytes, ErrorOfTheSinkComesBackAsItIs) {
    const auto status = copy_bytes(SpanSource("abc"), [](std::span<const std::byte>) -> Status {
        return Error(ErrorCode::kResourceExhausted, "disk full");
    });
    EXPECT_EQ(status.error().message(), "disk full");
}

}  // namespace
}  // namespace cofre
