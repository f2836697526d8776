#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "source/file_tree.h"

namespace cofre::source {
namespace {

namespace fs = std::filesystem;

struct Walked {
    Status status;
    std::vector<TreeEntry> entries;
    std::vector<std::pair<std::string, ErrorCode>> errors;

    std::vector<std::string> paths() const {
        std::vector<std::string> all;
        for (const auto& entry : entries)
            all.push_back(entry.path);
        return all;
    }
    const TreeEntry* find(std::string_view path) const {
        const auto it = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.path == path; });
        return it == entries.end() ? nullptr : &*it;
    }
};

class FileWalk : public ::testing::Test {
protected:
    using Paths = std::vector<std::string>;

    void SetUp() override {
        auto folder = TempDir::create("cofre-walk-");
        ASSERT_TRUE(folder);
        folder_.emplace(*std::move(folder));
        fs::create_directory(root());
    }

    fs::path root() const { return folder_->path() / "root"; }
    void file(const std::string& path, std::string_view text = "x") const {
        fs::create_directories((root() / path).parent_path());
        std::ofstream(root() / path) << text;
        ASSERT_TRUE(fs::exists(fs::symlink_status(root() / path))) << path;
    }

    /// `during` runs in each on_entry().
    Walked walk(const WalkOptions& options = {}, const std::function<void(const TreeEntry&)>& during = {},
                const CallContext& ctx = {}) const {
        return walk(root(), options, during, ctx);
    }
    static Walked walk(const fs::path& root, const WalkOptions& options,
                       const std::function<void(const TreeEntry&)>& during, const CallContext& ctx) {
        Walked result;
        const auto tree = FileTree::open(root);
        EXPECT_TRUE(tree);
        const WalkCallbacks callbacks{
            .on_entry =
                [&](const TreeEntry& entry) {
                    result.entries.push_back(entry);
                    if (during) during(entry);
                    return Status();
                },
            .on_error = [&](std::string_view path,
                            const Error& error) { result.errors.emplace_back(path, error.code()); }};
        result.status = tree->walk(ctx, options, callbacks);
        return result;
    }

    std::optional<TempDir> folder_;
};

TEST_F(FileWalk, FollowsTheByteOrderOfWholePaths) {
    for (const char* path : {"a/x", "a/b/y", "a-b", "a.txt", "a0", "A", "b/c", "a!/z", "a/b-c"})
        file(path);
    const auto walked = walk();
    EXPECT_EQ(walked.paths(),
              (Paths{"A", "a", "a!", "a!/z", "a-b", "a.txt", "a/b", "a/b-c", "a/b/y", "a/x", "a0", "b", "b/c"}));
    EXPECT_TRUE(walked.status);
    EXPECT_TRUE(walked.errors.empty());
}

// Faults F35 and F36.
TEST_F(FileWalk, KeepsEveryByteOfHostileNames) {
    const Paths names = {"-rf",       "a",          "A",         "caf\xE9",  "cafe\u0301",
                         "caf\u00E9", "line\nfeed", "quo\"te\\", "\x01\x7F", std::string(255, 'n'),
                         " ",         "...",        "%41",       "*",        "\xFF\xFE",
                         "日本",      "a\u202Eb",   "~"};
    for (const auto& name : names)
        file(name);
    for (const auto& name : names)
        file("dir/" + name);
    Paths expected = names;
    expected.emplace_back("dir");
    for (const auto& name : names)
        expected.push_back("dir/" + name);
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(walk().paths(), expected);
}

TEST_F(FileWalk, DescribesWhatItFinds) {
    file("file", "12345");
    ASSERT_EQ(::chmod((root() / "file").c_str(), 04751), 0);
    const timespec times[2] = {{.tv_sec = 1, .tv_nsec = 2}, {.tv_sec = -1, .tv_nsec = 999'999'999}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (root() / "file").c_str(), times, 0), 0);
    const auto walked = walk();
    const TreeEntry* const entry = walked.find("file");
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->type, FileType::kRegular);
    EXPECT_EQ(entry->mode, 04751U);
    EXPECT_EQ(entry->identity.size, 5U);
    EXPECT_EQ(entry->identity.mtime_ns, -1);
    EXPECT_EQ(entry->uid, ::geteuid());
    EXPECT_GT(entry->identity.inode, 0U);
    EXPECT_GT(entry->identity.ctime_ns, 0);
}

TEST_F(FileWalk, NamesOwnersWhoHaveAName) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may give files away";
    file("root");
    file("nobody-knows");
    ASSERT_EQ(::chown((root() / "nobody-knows").c_str(), 1'987'654'321, 1'987'654'322), 0);
    const auto walked = walk();
    EXPECT_EQ(walked.find("root")->user, "root");
    EXPECT_EQ(walked.find("root")->group, "root");
    EXPECT_EQ(walked.find("nobody-knows")->user, "");
    EXPECT_EQ(walked.find("nobody-knows")->uid, 1'987'654'321U);
    EXPECT_EQ(walked.find("nobody-knows")->gid, 1'987'654'322U);
}

TEST_F(FileWalk, GivesLinksOutAndFollowsNone) {
    file("../outside/secret");
    fs::create_directory(root() / "dir");
    const std::string long_target(3'000, 't');
    fs::create_symlink("../outside", root() / "escape");
    fs::create_symlink("..", root() / "dir/up");
    fs::create_symlink("loop", root() / "loop");
    fs::create_symlink("bytes\xFF\n", root() / "odd");
    fs::create_symlink(long_target, root() / "long");
    const auto walked = walk();
    EXPECT_EQ(walked.paths(), (Paths{"dir", "dir/up", "escape", "long", "loop", "odd"}));
    EXPECT_EQ(walked.find("escape")->type, FileType::kSymlink);
    EXPECT_EQ(walked.find("escape")->link_target, "../outside");
    EXPECT_EQ(walked.find("odd")->link_target, "bytes\xFF\n");
    EXPECT_EQ(walked.find("long")->link_target, long_target);
}

TEST_F(FileWalk, RecognizesSpecialFilesWithoutOpeningThem) {
    ASSERT_EQ(::mkfifo((root() / "fifo").c_str(), 0600), 0);
    const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    const std::string path = (root() / "socket").string();
    ASSERT_LT(path.size(), sizeof address.sun_path);
    std::memcpy(address.sun_path, path.c_str(), path.size());
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const auto walked = walk();
    ASSERT_EQ(walked.paths(), (Paths{"fifo", "socket"}));
    EXPECT_EQ(walked.find("fifo")->type, FileType::kSpecial);
    EXPECT_EQ(walked.find("fifo")->special_kind, "fifo");
    EXPECT_EQ(walked.find("socket")->special_kind, "socket");
}

TEST_F(FileWalk, RecognizesDevices) {
    if (::mknod((root() / "character").c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0 ||
        ::mknod((root() / "block").c_str(), S_IFBLK | 0600, makedev(7, 0)) != 0) {
        GTEST_SKIP() << "mknod is not permitted here";
    }
    const auto walked = walk();
    EXPECT_EQ(walked.find("character")->special_kind, "character device");
    EXPECT_EQ(walked.find("block")->special_kind, "block device");
}

TEST_F(FileWalk, WalksASingleFile) {
    file("a", "12");
    file("b");
    const auto walked = walk(root() / "a", {}, {}, {});
    EXPECT_EQ(walked.paths(), (Paths{"a"}));
    EXPECT_EQ(walked.entries[0].identity.size, 2U);
}

TEST_F(FileWalk, AsksTheFilter) {
    for (const char* path : {"a.txt", "b.bin", "cache/x.txt", "dir/c.txt", "dir/big.txt"})
        file(path);
    file("dir/big.txt", "123456");
    fs::create_symlink("a.txt", root() / "link.txt");
    const auto filter = PathFilter::create({.include = {"*.txt"}, .exclude = {"/cache"}, .exclude_larger_than = 5});
    ASSERT_TRUE(filter);
    const auto walked = walk({.filter = &*filter});
    EXPECT_EQ(walked.paths(), (Paths{"a.txt", "dir", "dir/c.txt", "link.txt"}));
}

// Root may read everything, until it is not root any more.
class Unprivileged {
public:
    Unprivileged() : gid_(::setfsgid(65534)), uid_(::setfsuid(65534)) {}
    Unprivileged(const Unprivileged&) = delete;
    Unprivileged& operator=(const Unprivileged&) = delete;
    ~Unprivileged() {
        ::setfsuid(static_cast<uid_t>(uid_));
        ::setfsgid(static_cast<gid_t>(gid_));
    }

private:
    int gid_;
    int uid_;
};

// Fault F34.
TEST_F(FileWalk, ReportsAFolderThatItMayNotReadAndGoesOn) {
    file("a/x");
    file("locked/x");
    file("z");
    ASSERT_EQ(::chmod(root().c_str(), 0755), 0);
    ASSERT_EQ(::chmod((root() / "a").c_str(), 0755), 0);
    ASSERT_EQ(::chmod((root() / "locked").c_str(), 0), 0);
    Walked walked;
    const auto tree = FileTree::open(root());
    {
        std::optional<Unprivileged> unprivileged;
        if (::geteuid() == 0) unprivileged.emplace();
        const WalkCallbacks callbacks{
            .on_entry =
                [&](const TreeEntry& entry) {
                    walked.entries.push_back(entry);
                    return Status();
                },
            .on_error = [&](std::string_view path,
                            const Error& error) { walked.errors.emplace_back(path, error.code()); }};
        walked.status = tree->walk({}, {}, callbacks);
    }
    ASSERT_EQ(::chmod((root() / "locked").c_str(), 0700), 0);
    EXPECT_TRUE(walked.status);
    EXPECT_EQ(walked.paths(), (Paths{"a", "a/x", "locked", "z"}));
    ASSERT_EQ(walked.errors.size(), 1U);
    EXPECT_EQ(walked.errors[0].first, "locked");
    EXPECT_EQ(walked.errors[0].second, ErrorCode::kPermissionDenied);
}

TEST_F(FileWalk, ReportsWhatVanishes) {
    for (const char* path : {"a", "b", "c/x", "d"})
        file(path);
    const auto walked = walk({}, [&](const TreeEntry& entry) {
        if (entry.path == "a") fs::remove(root() / "b");
        if (entry.path == "c") fs::remove_all(root() / "c");
    });
    EXPECT_TRUE(walked.status);
    EXPECT_EQ(walked.paths(), (Paths{"a", "c", "d"}));
    ASSERT_EQ(walked.errors.size(), 2U);
    EXPECT_EQ(walked.errors[0], std::pair("b" + std::string(), ErrorCode::kNotFound));
    EXPECT_EQ(walked.errors[1], std::pair("c" + std::string(), ErrorCode::kNotFound));
}

TEST_F(FileWalk, DoesNotEnterAFolderThatBecameALink) {
    file("../outside/secret");
    file("dir/x");
    const auto walked = walk({}, [&](const TreeEntry& entry) {
        if (entry.path != "dir") return;
        fs::remove_all(root() / "dir");
        fs::create_symlink("../outside", root() / "dir");
    });
    EXPECT_EQ(walked.paths(), (Paths{"dir"}));
    ASSERT_EQ(walked.errors.size(), 1U);
    EXPECT_EQ(walked.errors[0].second, ErrorCode::kConflict);
}

TEST_F(FileWalk, ReportsAFileThatBecameAFolder) {
    file("a");
    file("b");
    const auto walked = walk({}, [&](const TreeEntry& entry) {
        if (entry.path != "a") return;
        fs::remove(root() / "b");
        file("b/x");
    });
    EXPECT_EQ(walked.paths(), (Paths{"a"}));
    ASSERT_EQ(walked.errors.size(), 1U);
    EXPECT_EQ(walked.errors[0], std::pair("b" + std::string(), ErrorCode::kConflict));
}

TEST_F(FileWalk, DoesNotMistakeAnotherFolderForTheOneItCameFrom) {
    file("p/a/x");
    file("p/z");
    file("q");
    const auto walked = walk({}, [&](const TreeEntry& entry) {
        if (entry.path != "p/a/x") return;
        fs::rename(root() / "p", folder_->path() / "moved");
        file("p/z");
    });
    EXPECT_EQ(walked.paths(), (Paths{"p", "p/a", "p/a/x", "q"}));
    ASSERT_EQ(walked.errors.size(), 1U);
    EXPECT_EQ(walked.errors[0], std::pair("p" + std::string(), ErrorCode::kConflict));
}

// /dev holds mount points on every Linux; making one would need privileges.
TEST_F(FileWalk, StaysOnOneFileSystemIfAsked) {
    struct stat outer {};
    struct stat inner {};
    if (::stat("/dev", &outer) != 0 || ::stat("/dev/pts/ptmx", &inner) != 0 || outer.st_dev == inner.st_dev) {
        GTEST_SKIP() << "/dev/pts is no mount point here";
    }
    const auto all = walk("/dev", {}, {}, {});
    const auto one = walk("/dev", {.one_file_system = true}, {}, {});
    EXPECT_NE(all.find("pts/ptmx"), nullptr);
    EXPECT_NE(one.find("pts"), nullptr);
    EXPECT_EQ(one.find("pts/ptmx"), nullptr);
}

TEST_F(FileWalk, ReturnsTheErrorOfTheVisitor) {
    file("a");
    file("b");
    int visits = 0;
    const WalkCallbacks callbacks{.on_entry = [&](const TreeEntry&) -> Status {
        ++visits;
        return Error(ErrorCode::kResourceExhausted, "full");
    }};
    const auto status = FileTree::open(root())->walk({}, {}, callbacks);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().message(), "full");
    EXPECT_EQ(visits, 1);
}

TEST_F(FileWalk, StopsOnRequest) {
    for (const char* path : {"a", "b", "c"})
        file(path);
    std::stop_source stop;
    const auto walked = walk({}, [&](const TreeEntry&) { stop.request_stop(); }, {.stop = stop.get_token()});
    ASSERT_FALSE(walked.status);
    EXPECT_EQ(walked.status.error().code(), ErrorCode::kCancelled);
    EXPECT_EQ(walked.paths(), (Paths{"a"}));
}

TEST_F(FileWalk, StopsAtTheDeadline) {
    file("a");
    const auto walked = walk({}, {}, {.deadline = std::chrono::steady_clock::time_point::min()});
    ASSERT_FALSE(walked.status);
    EXPECT_EQ(walked.status.error().code(), ErrorCode::kDeadlineExceeded);
    EXPECT_TRUE(walked.entries.empty());
}

// Lowers the limit of open files; the test would fail without it in a program
// that holds one descriptor per level.
class FewDescriptors {
public:
    FewDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit few = before_;
        few.rlim_cur = 24;
        ::setrlimit(RLIMIT_NOFILE, &few);
    }
    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;
    ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

TEST_F(FileWalk, HoldsFewDescriptorsHoweverDeepTheTree) {
    constexpr std::size_t kDepth = 1'500;
    UniqueFd at(::open(root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (std::size_t i = 0; i < kDepth; ++i) {
        ASSERT_EQ(::mkdirat(at.get(), "d", 0700), 0);
        const UniqueFd late(::openat(at.get(), "late", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        at = UniqueFd(::openat(at.get(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
    Walked walked;
    {
        const FewDescriptors few;
        walked = walk();
    }
    for (std::size_t i = 0; i < kDepth; ++i) {  // Too deep for std::filesystem.
        at = UniqueFd(::openat(at.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        ::unlinkat(at.get(), "d", AT_REMOVEDIR);
        ::unlinkat(at.get(), "late", 0);
    }
    EXPECT_TRUE(walked.status);
    EXPECT_TRUE(walked.errors.empty());
    EXPECT_EQ(walked.entries.size(), 2 * kDepth);
    EXPECT_TRUE(std::is_sorted(walked.entries.begin(), walked.entries.end(),
                               [](const auto& a, const auto& b) { return path_less(a.path, b.path); }));
}

TEST_F(FileWalk, NeedsMemoryForTheNamesOfAFolderOnly) {
    constexpr std::size_t kFiles = 100'000;
    const UniqueFd folder(::open(root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (std::size_t i = 0; i < kFiles; ++i) {
        const std::string name = "file-" + std::to_string(i);
        ASSERT_TRUE(UniqueFd(::openat(folder.get(), name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)));
    }
    const std::size_t before = ::mallinfo2().uordblks;
    std::size_t peak = before;
    std::size_t count = 0;
    std::string last;
    const WalkCallbacks callbacks{.on_entry = [&](const TreeEntry& entry) {
        if (count++ % 1'000 == 0) peak = std::max(peak, ::mallinfo2().uordblks);
        EXPECT_LT(last, entry.path);
        last = entry.path;
        return Status();
    }};
    ASSERT_TRUE(FileTree::open(root())->walk({}, {}, callbacks));
    EXPECT_EQ(count, kFiles);
    EXPECT_LT(peak - before, 100 * kFiles);  // A short name costs 32 bytes, and a vector doubles.
}

}  // namespace
}  // namespace cofre::source
