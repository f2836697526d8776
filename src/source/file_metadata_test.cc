#include "source/file_metadata.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "source/apply_metadata.h"
#include "source/hard_links.h"
#include "source/node_metadata.h"
#include "source/sparse_file.h"

namespace cofre::source {
namespace {

namespace fs = std::filesystem;

class Metadata : public ::testing::Test {
protected:
    Metadata() : folder_(::open(temp_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

    fs::path at(const std::string& name) const { return temp_.path() / name; }

    void make_file(const std::string& name, std::string_view content = "") { std::ofstream(at(name)) << content; }

    FileMetadata read(const std::string& name) {
        struct stat status {};
        EXPECT_EQ(::fstatat(folder_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW), 0) << name;
        FileMetadata metadata = to_metadata(status);
        const auto result = complete_metadata(folder_.get(), name, name, owners_, metadata, warnings_);
        EXPECT_TRUE(result) << result.error().message();
        return metadata;
    }

    void apply(const std::string& name, const FileMetadata& metadata, const ApplyOptions& options = {}) {
        const auto result = apply_metadata(folder_.get(), name, name, metadata, options, warnings_);
        EXPECT_TRUE(result) << result.error().message();
    }

    static bool is_root() { return ::geteuid() == 0; }

    TempDir temp_ = *TempDir::create("cofre-source-");
    UniqueFd folder_;
    OwnerNames owners_;
    std::vector<Error> warnings_;
};

TEST_F(Metadata, ReadsAFile) {
    make_file("f", "12345");
    ASSERT_EQ(::chmod(at("f").c_str(), 0640), 0);
    const auto metadata = read("f");
    EXPECT_EQ(metadata.kind, FileKind::kRegular);
    EXPECT_EQ(metadata.permissions, 0640U);
    EXPECT_EQ(metadata.size, 5U);
    EXPECT_EQ(metadata.links, 1U);
    EXPECT_EQ(metadata.uid, ::geteuid());
    EXPECT_EQ(metadata.user, OwnerNames().user(::geteuid()));
}

TEST_F(Metadata, ReadsLinksOfAnyBytes) {
    const std::string target = std::string(3'000, 'x') + "\xff\n";
    fs::create_symlink(target, at("l"));
    const auto metadata = read("l");
    EXPECT_EQ(metadata.kind, FileKind::kSymlink);
    EXPECT_EQ(metadata.link_target, target);
    EXPECT_EQ(metadata.size, 0U);
}

TEST_F(Metadata, RestoresAttributesTimesAndPermissions) {
    make_file("a", "x");
    if (::setxattr(at("a").c_str(), "user.comment", "v\0w", 3, 0) != 0) GTEST_SKIP() << "no user attributes here";
    ASSERT_EQ(::setxattr(at("a").c_str(), "user.empty", "", 0, 0), 0);
    const std::string large(5'000, 'z');
    const bool has_large = ::setxattr(at("a").c_str(), "user.large", large.data(), large.size(), 0) == 0;
    auto wanted = read("a");
    ASSERT_EQ(wanted.attributes.size(), has_large ? 3U : 2U);
    wanted.permissions = 0400;
    wanted.mtime = {-123'456'789, 987'654'321};
    wanted.atime = {1'000'000'000, 1};
    make_file("b", "x");
    apply("b", wanted);
    const auto got = read("b");
    EXPECT_EQ(got.attributes, wanted.attributes);
    EXPECT_EQ(got.permissions, 0400U);
    EXPECT_EQ(got.mtime, wanted.mtime);
    EXPECT_EQ(got.atime, wanted.atime);
    EXPECT_TRUE(warnings_.empty());
}

TEST_F(Metadata, RestoresAccessControlLists) {
    make_file("a");
    // Version 2; owner rw-, user 1234 r--, group r--, mask r--, others ---.
    const std::string acl(
        "\x02\0\0\0\x01\0\x06\0\xff\xff\xff\xff\x02\0\x04\0\xd2\x04\0\0\x04\0\x04\0\xff\xff\xff\xff"
        "\x10\0\x04\0\xff\xff\xff\xff\x20\0\0\0\xff\xff\xff\xff",
        44);
    if (::setxattr(at("a").c_str(), "system.posix_acl_access", acl.data(), acl.size(), 0) != 0) {
        GTEST_SKIP() << "no access control lists here";
    }
    const auto wanted = read("a");
    make_file("b");
    apply("b", wanted);
    EXPECT_EQ(read("b").attributes, wanted.attributes);
    EXPECT_EQ(read("b").permissions, 0640U);
}

TEST_F(Metadata, RestoresTimesOfLinksWithoutFollowing) {
    make_file("target");
    fs::create_symlink("target", at("l"));
    auto metadata = read("l");
    metadata.mtime = metadata.atime = {1'000'000'000, 5};
    const auto before = read("target").mtime;
    apply("l", metadata);
    EXPECT_EQ(read("l").mtime, metadata.mtime);
    EXPECT_EQ(read("target").mtime, before);
}

TEST_F(Metadata, RefusesAnotherKind) {
    make_file("f");
    auto metadata = read("f");
    fs::remove(at("f"));
    fs::create_symlink("/etc/passwd", at("f"));
    const auto result = apply_metadata(folder_.get(), "f", "f", metadata, {}, warnings_);
    EXPECT_EQ(result.error().code(), ErrorCode::kConflict);
}

TEST_F(Metadata, SetsOwnersAndKeepsSetuid) {
    if (!is_root()) GTEST_SKIP() << "only root gives files away";
    make_file("f");
    auto metadata = read("f");
    metadata.uid = 12'345;
    metadata.gid = 54'321;
    metadata.permissions = 06755;
    apply("f", metadata);
    const auto got = read("f");
    EXPECT_EQ(got.uid, 12'345U);
    EXPECT_EQ(got.gid, 54'321U);
    EXPECT_EQ(got.permissions, 06755U);
    EXPECT_EQ(got.user, "");
    apply("f", metadata, {.suid = false});
    EXPECT_EQ(read("f").permissions, 0755U);
    metadata.user = "root";
    apply("f", metadata, {.owner = OwnerRule::kByName});
    EXPECT_EQ(read("f").uid, 0U);
}

TEST_F(Metadata, NeverSetsSetuidForAnotherOwner) {
    make_file("f");
    auto metadata = read("f");
    metadata.permissions = 06755;
    apply("f", metadata, {.owner = OwnerRule::kKeep});
    EXPECT_EQ(read("f").permissions, 0755U);
}

TEST_F(Metadata, WarnsOfWhatTheSystemRefuses) {
    make_file("f");
    auto metadata = read("f");
    metadata.attributes = {{"nonsense.name", "x"}};
    metadata.permissions = 0600;
    metadata.mtime = {1'000'000'000, 0};
    apply("f", metadata);
    EXPECT_EQ(warnings_.size(), 1U);
    EXPECT_EQ(read("f").mtime, metadata.mtime);
}

TEST_F(Metadata, CreatesSpecialFilesInPlace) {
    FileMetadata link{.kind = FileKind::kSymlink};
    link.link_target = "to\xff";
    make_file("l", "in the way");
    ASSERT_TRUE(create_special_file(folder_.get(), "l", "l", link));
    EXPECT_EQ(read("l").link_target, "to\xff");
    ASSERT_TRUE(create_special_file(folder_.get(), "p", "p", {.kind = FileKind::kFifo}));
    EXPECT_EQ(read("p").kind, FileKind::kFifo);
    ASSERT_TRUE(create_special_file(folder_.get(), "s", "s", {.kind = FileKind::kSocket}));
    EXPECT_EQ(read("s").kind, FileKind::kSocket);
    fs::create_directory(at("d"));
    EXPECT_EQ(create_special_file(folder_.get(), "d", "d", link).error().code(), ErrorCode::kConflict);
    EXPECT_EQ(create_special_file(folder_.get(), "x", "x", {}).error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(std::distance(fs::directory_iterator(temp_.path()), fs::directory_iterator()), 4);
}

TEST_F(Metadata, CreatesDevices) {
    FileMetadata device{.kind = FileKind::kCharDevice, .node_device = ::makedev(1, 3)};
    const auto created = create_special_file(folder_.get(), "null", "null", device);
    if (!created) GTEST_SKIP() << created.error().message();
    EXPECT_EQ(read("null").node_device, ::makedev(1, 3));
    EXPECT_EQ(read("null").kind, FileKind::kCharDevice);
}

TEST_F(Metadata, GoesThroughANode) {
    make_file("f", "x");
    auto metadata = read("f");
    metadata.attributes = {{"user.x", "y"}};
    const auto node = to_node("f", metadata, {.zone = repo::Zone::fixed(-180), .with_atime = true});
    EXPECT_TRUE(node.content && node.content->empty());
    EXPECT_EQ(node.mtime.offset_minutes, -180);
    const auto back = to_metadata(node);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->mtime, metadata.mtime);
    EXPECT_EQ(back->atime, metadata.atime);
    EXPECT_EQ(back->permissions, metadata.permissions);
    EXPECT_EQ(back->attributes, metadata.attributes);
    EXPECT_EQ(to_node("f", metadata, {}).atime, to_node("f", metadata, {}).mtime);
    EXPECT_EQ(to_metadata(repo::Node{.name = "i", .type = repo::NodeType::kIrregular}).error().code(),
              ErrorCode::kUnsupported);
}

TEST_F(Metadata, FindsHoles) {
    const UniqueFd fd(::open(at("s").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    ASSERT_EQ(::ftruncate(fd.get(), 1 << 30), 0);
    ASSERT_EQ(::pwrite(fd.get(), "x", 1, 1 << 20), 1);
    const auto first = next_data(fd.get(), 0, "s");
    ASSERT_TRUE(first);
    ASSERT_TRUE(*first);
    EXPECT_LE((*first)->first, 1U << 20U);
    EXPECT_GT((*first)->end, 1U << 20U);
    if ((*first)->first == 0) GTEST_SKIP() << "this file system has no holes";
    EXPECT_EQ(*next_data(fd.get(), (*first)->end, "s"), std::nullopt);
    EXPECT_EQ(*next_data(fd.get(), std::uint64_t{1} << 40U, "s"), std::nullopt);
}

TEST(HardLinks, KnowsTheFirstName) {
    HardLinks links;
    EXPECT_EQ(links.meet(1, 10, 3, "a"), std::nullopt);
    EXPECT_EQ(links.meet(2, 10, 2, "other device"), std::nullopt);
    EXPECT_EQ(links.meet(1, 10, 3, "b"), "a");
    EXPECT_EQ(links.meet(1, 10, 3, "c"), "a");
    EXPECT_EQ(links.size(), 1U);  // All names of the first have been met.
    EXPECT_EQ(links.meet(1, 11, 1, "single"), std::nullopt);
    EXPECT_EQ(links.size(), 1U);
}

}  // namespace
}  // namespace cofre::source
