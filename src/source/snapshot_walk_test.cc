#include "source/snapshot_walk.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cofre::source {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

class SnapshotWalkTest : public ::testing::Test {
protected:
    fs::path at(const std::string& path) const { return root() / path; }
    fs::path root() const { return fs::canonical(temp_.path()); }

    void make(const std::string& path, const std::string& content = "") {
        fs::create_directories(at(path).parent_path());
        std::ofstream(at(path)) << content;
    }

    // Events below the temporary folder, paths relative to it: "+d" and "-d"
    // for folders, "f" for the rest; "(d" and ")d" above targets.
    Lines walk(const std::vector<fs::path>& targets, const SnapshotWalkOptions& options = {}) {
        const auto set = SnapshotTargets::create(targets);
        EXPECT_TRUE(set) << set.error().message();
        Lines lines;
        errors_.clear();
        const auto log = [&](const char* sign, const std::string& path) {
            const std::string prefix = root().relative_path().native() + "/";
            if (path.starts_with(prefix)) lines.push_back(sign + path.substr(prefix.size()));
        };
        const SnapshotWalkEvents events{
            .enter_folder = [&](const WalkedFile& file) -> Status {
                log(file.is_above_target ? "(" : "+", file.path);
                if (on_enter_) on_enter_(file);
                return {};
            },
            .leave_folder = [&](const WalkedFile& file, bool is_whole) -> Status {
                log(file.is_above_target ? ")" : is_whole ? "-" : "!", file.path);
                return {};
            },
            .visit_file = [&](const WalkedFile& file, int folder) -> Status {
                log("", file.path);
                seen_[file.name] = file.metadata;
                const bool is_file = file.metadata.kind == FileKind::kRegular;
                EXPECT_EQ(is_file, open_walked_file(folder, file).has_value());
                return {};
            },
            .on_error = [&](std::string_view, const Error& error) { errors_.push_back(error.message()); }};
        if (set) {
            const auto status = set->walk(CallContext{}, options, events);
            EXPECT_TRUE(status) << status.error().message();
        }
        return lines;
    }

    static PathFilter filter_of(const FilterRules& rules) { return *PathFilter::create(rules); }

    TempDir temp_ = *TempDir::create("cofre-source-");
    Lines errors_;
    std::map<std::string, FileMetadata> seen_;
    std::function<void(const WalkedFile&)> on_enter_;
};

TEST_F(SnapshotWalkTest, OpensAndClosesFoldersInTheOrderOfNames) {
    make("t/a/x");
    make("t/a-b");
    make("t/a.c/y");
    make("t/b");
    EXPECT_EQ(walk({at("t")}),
              (Lines{"+t", "+t/a", "t/a/x", "-t/a", "t/a-b", "+t/a.c", "t/a.c/y", "-t/a.c", "t/b", "-t"}));
    EXPECT_TRUE(errors_.empty());
}

TEST_F(SnapshotWalkTest, PassesThroughFoldersAboveTargets) {
    make("p/one/x");
    make("p/two/y");
    make("p/other");
    make("p/file");
    EXPECT_EQ(walk({at("p/two"), at("p/file"), at("p/one")}),
              (Lines{"(p", "p/file", "+p/one", "p/one/x", "-p/one", "+p/two", "p/two/y", "-p/two", ")p"}));
}

TEST_F(SnapshotWalkTest, TakesATargetInsideAnotherOnce) {
    make("t/in/x");
    EXPECT_EQ(walk({at("t/in"), at("t"), at("t/")}), (Lines{"+t", "+t/in", "t/in/x", "-t/in", "-t"}));
}

TEST_F(SnapshotWalkTest, FollowsLinksOnTheWayOnly) {
    make("real/t/x");
    fs::create_directory_symlink(at("real"), at("link"));
    fs::create_directory_symlink(at("real"), at("real/t/back"));
    EXPECT_EQ(walk({at("link/t")}), (Lines{"(link", "+link/t", "link/t/back", "link/t/x", "-link/t", ")link"}));
    EXPECT_TRUE(errors_.empty());
    EXPECT_EQ(walk({at("link")}), Lines{"link"});
    ASSERT_EQ(errors_.size(), 1U);
    EXPECT_EQ(seen_["link"].link_target, at("real").native());
}

TEST_F(SnapshotWalkTest, RefusesTargetsThatAreNotThere) {
    EXPECT_EQ(SnapshotTargets::create({at("none")}).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(SnapshotTargets::create({}).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(SnapshotWalkTest, NamesTargetsByAbsolutePaths) {
    make("t/x");
    fs::create_directory_symlink(at("t"), at("l"));
    EXPECT_EQ(SnapshotTargets::create({at("t/./"), at("t/../t/x"), at("l/..")})->paths(),
              (Lines{at("t").native(), at("t/x").native(), root().native()}));
}

TEST_F(SnapshotWalkTest, GivesOutEveryKind) {
    make("t/file", "12");
    ASSERT_EQ(::mkfifo(at("t/fifo").c_str(), 0600), 0);
    ASSERT_EQ(::mknod(at("t/socket").c_str(), S_IFSOCK | 0600, 0), 0);
    EXPECT_EQ(walk({at("t")}), (Lines{"+t", "t/fifo", "t/file", "t/socket", "-t"}));
    EXPECT_EQ(seen_["fifo"].kind, FileKind::kFifo);
    EXPECT_EQ(seen_["socket"].kind, FileKind::kSocket);
    EXPECT_EQ(seen_["file"].size, 2U);
}

TEST_F(SnapshotWalkTest, MatchesAbsolutePaths) {
    make("t/a/x.tmp");
    make("t/a/y");
    make("t/b/z");
    make("t/large", "123456");
    const auto filter = filter_of(
        {.exclude = {"*.tmp", at("t/b").native()}, .exclude_ignore_case = {"LARGE?"}, .exclude_larger_than = 5});
    EXPECT_EQ(walk({at("t")}, {.filter = &filter}), (Lines{"+t", "+t/a", "t/a/y", "-t/a", "-t"}));
}

TEST_F(SnapshotWalkTest, LeavesOutCachesButTheirTag) {
    const std::string signature = cache_folder_tag().header;
    make("t/real/CACHEDIR.TAG", signature + " and more");
    make("t/real/data");
    make("t/false/CACHEDIR.TAG", signature.substr(0, 20));
    make("t/false/data");
    make("t/nobackup/.nobackup");
    make("t/nobackup/deep/data");
    make("t/folder/.nobackup/data");
    EXPECT_EQ(
        walk({at("t")}, {.exclude_if_present = {cache_folder_tag(), *parse_folder_tag(".nobackup:")}}),
        (Lines{"+t", "+t/false", "t/false/CACHEDIR.TAG", "t/false/data", "-t/false", "+t/folder", "+t/folder/.nobackup",
               "t/folder/.nobackup/data", "-t/folder/.nobackup", "-t/folder", "+t/nobackup", "t/nobackup/.nobackup",
               "-t/nobackup", "+t/real", "t/real/CACHEDIR.TAG", "-t/real", "-t"}));
}

TEST_F(SnapshotWalkTest, StaysOnOneFileSystem) {
    make("t/a");
    fs::create_directories(at("t/mount"));
    if (::mount("none", at("t/mount").c_str(), "tmpfs", 0, "size=1m") != 0) GTEST_SKIP() << "may not mount here";
    make("t/mount/in/x");
    EXPECT_EQ(walk({at("t")}, {.one_file_system = true}), (Lines{"+t", "t/a", "+t/mount", "-t/mount", "-t"}));
    EXPECT_EQ(walk({at("t"), at("t/mount/in")}, {.one_file_system = true}),
              (Lines{"+t", "t/a", "(t/mount", "+t/mount/in", "t/mount/in/x", "-t/mount/in", ")t/mount", "-t"}));
    EXPECT_EQ(walk({at("t")}).size(), 8U);
    EXPECT_EQ(::umount(at("t/mount").c_str()), 0);
}

TEST_F(SnapshotWalkTest, GoesDeeperThanDescriptorsAndPathsReach) {
    fs::create_directory(at("t"));
    UniqueFd folder(::open(at("t").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::string name(200, 'd');
    constexpr int kDepth = 60;  // 12 000 bytes, three times PATH_MAX.
    for (int i = 0; i < kDepth; ++i) {
        ASSERT_EQ(::mkdirat(folder.get(), name.c_str(), 0700), 0);
        folder = UniqueFd(::openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        ASSERT_TRUE(folder);
        const UniqueFd file(::openat(folder.get(), "z", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    }
    EXPECT_EQ(walk({at("t")}).size(), 2U + 3U * kDepth);
    EXPECT_TRUE(errors_.empty());
}

TEST_F(SnapshotWalkTest, F34_GoesOnWhereAFolderCannotBeRead) {
    if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
    make("t/a/x");
    make("t/b");
    fs::permissions(at("t/a"), fs::perms::none);
    EXPECT_EQ(walk({at("t")}), (Lines{"+t", "+t/a", "!t/a", "t/b", "-t"}));
    EXPECT_EQ(errors_.size(), 1U);
    fs::permissions(at("t/a"), fs::perms::owner_all);
}

TEST_F(SnapshotWalkTest, F34_GoesOnWhereAFolderVanishes) {
    make("t/a/x");
    make("t/b");
    on_enter_ = [&](const WalkedFile& file) {
        if (file.name == "t") fs::remove_all(at("t/a"));
    };
    const auto lines = walk({at("t")});
    EXPECT_EQ(lines.front(), "+t");
    EXPECT_EQ(lines.back(), "-t");
}

TEST_F(SnapshotWalkTest, F33_DoesNotFollowALinkPutInTheWay) {
    make("secret/x");
    make("t/a/b/y");
    make("t/a/z");
    on_enter_ = [&](const WalkedFile& file) {
        if (file.name != "b") return;
        fs::rename(at("t/a"), at("moved"));
        fs::create_directory_symlink(at("secret"), at("t/a"));
    };
    const auto lines = walk({at("t")});
    EXPECT_EQ(lines, (Lines{"+t", "+t/a", "+t/a/b", "t/a/b/y", "-t/a/b", "!t/a", "-t"}));
    EXPECT_EQ(errors_.size(), 1U);
}

TEST_F(SnapshotWalkTest, StopsOnRequest) {
    make("t/x");
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(SnapshotTargets::create({at("t")})->walk(CallContext{.stop = stop.get_token()}, {}, {}).error().code(),
              ErrorCode::kCancelled);
}

TEST(ExcludeLines, ReadsAsRestic) {
    std::vector<std::string> unset;
    EXPECT_EQ(parse_exclude_lines("\xEF\xBB\xBF# no\r\n\r\n  *.tmp \r\n$HOME/${X}y\n$$a$\n$9b ${bad\n!keep",
                                  {{"HOME", "/h"}, {"X", "1"}}, unset),
              (Lines{"*.tmp", "/h/1y", "$a$", "b bad", "!keep"}));
    EXPECT_EQ(unset, (Lines{"9", ""}));
}

TEST(FolderTag, ReadsNameAndHeader) {
    EXPECT_EQ(parse_folder_tag("a:b:c")->header, "b:c");
    EXPECT_EQ(parse_folder_tag("a")->name, "a");
    EXPECT_FALSE(parse_folder_tag(":x"));
    EXPECT_FALSE(parse_folder_tag("a/b"));
}

}  // namespace
}  // namespace cofre::source
