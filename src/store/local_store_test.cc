#include "store/local_store.h"

#include <fstream>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "store/local_folders.h"
#include "store/testing/store_contract.h"

namespace cofre::store {
namespace testing {

// One root for all tests of the suite: each has a prefix of its own.
INSTANTIATE_TEST_SUITE_P(Local, StoreContract,
                         ::testing::Values(StoreFactory{.name = "Local",
                                                        .open = []() -> std::unique_ptr<ObjectStore> {
                                                            static const auto root = TempDir::create("local_contract");
                                                            return *LocalStore::open(root->path(),
                                                                                     LocalStore::Missing::kFail);
                                                        },
                                                        .keeps_metadata = false,
                                                        .keeps_sha256 = false,
                                                        .keeps_nested = false,
                                                        .keeps_long_segments = false}),
                         factory_name);

}  // namespace testing

namespace {

namespace fs = std::filesystem;

class LocalStoreTest : public ::testing::Test {
protected:
    void SetUp() override {
        fs::create_directory(root());
        fs::create_directory(outside());
        std::ofstream(outside() / "secret") << "outside";
        store_ = *LocalStore::open(root(), LocalStore::Missing::kFail);
    }

    fs::path root() const { return dir_->path() / "root"; }
    fs::path outside() const { return dir_->path() / "outside"; }
    fs::path temporary() const { return root() / ".cofre-tmp"; }

    static ObjectKey key(std::string_view text) { return *ObjectKey::parse(text); }
    Result<PutReceipt> put(std::string_view name, std::string_view text) {
        return store_->put({}, key(name), SpanSource(text), {});
    }
    template <typename T>
    static std::string code(const Result<T>& result) {
        return result ? "ok" : std::string(to_string(result.error().code()));
    }
    std::vector<std::string> list() {
        std::vector<std::string> names;
        EXPECT_TRUE(store_->list({}, {}, [&](const ObjectInfo& info) -> Status {
            names.push_back(info.key.str());
            return {};
        }));
        return names;
    }
    static std::size_t count(const fs::path& folder) {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
    }

    Result<TempDir> dir_ = TempDir::create("local_store_test");
    std::unique_ptr<LocalStore> store_;
};

TEST_F(LocalStoreTest, ObjectsArePlainPrivateFiles) {
    ASSERT_TRUE(put("a/b.txt", "hello"));
    EXPECT_EQ(*read_small_file(root() / "a" / "b.txt", 100), "hello");
    struct stat info {};
    ASSERT_EQ(::stat((root() / "a" / "b.txt").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0600U);
    ASSERT_EQ(::stat((root() / "a").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0700U);
    EXPECT_EQ(store_->describe(), "file://" + root().string());
}

TEST_F(LocalStoreTest, FilesOfOthersAreObjects) {
    fs::create_directories(root() / "x" / "y");
    std::ofstream(root() / "x" / "y" / "z") << "by hand";
    EXPECT_EQ(list(), std::vector<std::string>{"x/y/z"});
    EXPECT_EQ(*get_small(*store_, {}, key("x/y/z"), 100), "by hand");
}

TEST_F(LocalStoreTest, NothingIsLeftOfAFinishedOrFailedPut) {
    ASSERT_TRUE(put("a", "x"));
    PutOptions options;
    options.sha256 = crypto::sha256("other");
    EXPECT_FALSE(store_->put({}, key("b/c"), SpanSource("x"), options));
    EXPECT_EQ(count(temporary()), 0U);
    EXPECT_EQ(count(root()), 2U);  // "a" and the folder of the temporary files.
}

TEST_F(LocalStoreTest, WriterOutlivesTheStore) {
    auto writer = store_->create_writer({}, key("a"), {});
    ASSERT_TRUE(writer);
    store_.reset();
    ASSERT_TRUE((*writer)->append({}, as_bytes("x")));
    EXPECT_TRUE((*writer)->commit({}));
    EXPECT_EQ(*read_small_file(root() / "a", 10), "x");
}

TEST_F(LocalStoreTest, LinkToAFileIsNeitherReadNorWrittenNorListed) {
    fs::create_symlink(outside() / "secret", root() / "link");
    EXPECT_EQ(code(get_small(*store_, {}, key("link"), 100)), "unsupported");
    EXPECT_EQ(code(store_->head({}, key("link"))), "unsupported");
    EXPECT_EQ(code(put("link", "evil")), "unsupported");
    EXPECT_EQ(code(store_->remove({}, key("link"))), "unsupported");
    EXPECT_EQ(code(store_->copy({}, key("link"), key("copy"))), "unsupported");
    EXPECT_EQ(list(), std::vector<std::string>());
    EXPECT_TRUE(fs::is_symlink(root() / "link"));
    EXPECT_EQ(*read_small_file(outside() / "secret", 100), "outside");
}

TEST_F(LocalStoreTest, LinkToAFolderIsNotEntered) {
    fs::create_directory_symlink(outside(), root() / "link");
    EXPECT_EQ(code(get_small(*store_, {}, key("link/secret"), 100)), "unsupported");
    EXPECT_EQ(code(put("link/new", "evil")), "unsupported");
    EXPECT_EQ(code(put("link/deep/new", "evil")), "unsupported");
    EXPECT_EQ(code(store_->remove({}, key("link/secret"))), "unsupported");
    EXPECT_EQ(list(), std::vector<std::string>());
    EXPECT_EQ(count(outside()), 1U);
}

TEST_F(LocalStoreTest, LinkInPlaceOfTheTemporaryFolderIsRefused) {
    fs::create_directory_symlink(outside(), temporary());
    EXPECT_EQ(code(put("a", "x")), "unsupported");
    EXPECT_EQ(count(outside()), 1U);
    ASSERT_TRUE(LocalStore::open(root(), LocalStore::Missing::kFail));  // Cleans nothing through it either.
    EXPECT_EQ(count(outside()), 1U);
}

TEST_F(LocalStoreTest, KeysCannotClimbOut) {
    ASSERT_TRUE(put("../secret", "x"));
    ASSERT_TRUE(put("a/../../secret", "x"));
    ASSERT_TRUE(put("/etc/cofre-test", "x"));
    EXPECT_EQ(*read_small_file(outside() / "secret", 100), "outside");
    EXPECT_FALSE(fs::exists(dir_->path() / "secret"));
    EXPECT_FALSE(fs::exists("/etc/cofre-test"));
    EXPECT_EQ(list(), (std::vector<std::string>{"../secret", "/etc/cofre-test", "a/../../secret"}));
}

TEST_F(LocalStoreTest, SpecialFilesAreNoObjectsAndDoNotBlock) {
    ASSERT_EQ(::mkfifo((root() / "fifo").c_str(), 0600), 0);
    EXPECT_EQ(code(get_small(*store_, {}, key("fifo"), 100)), "not found");
    EXPECT_EQ(code(put("fifo", "x")), "unsupported");
    EXPECT_EQ(list(), std::vector<std::string>());
}

TEST_F(LocalStoreTest, TemporaryFolderIsInvisibleAndReserved) {
    auto writer = store_->create_writer({}, key("a"), {});
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->append({}, as_bytes("x")));
    EXPECT_EQ(count(temporary()), 1U);
    EXPECT_EQ(list(), std::vector<std::string>());
    EXPECT_EQ(code(put(".cofre-tmp/x", "x")), "unsupported");
    EXPECT_EQ(code(store_->head({}, key(".cofre-tmp/x"))), "unsupported");
}

TEST_F(LocalStoreTest, OpenRemovesOldUnlockedLeftoversOnly) {
    fs::create_directory(temporary());
    const auto plant = [&](const char* name, std::chrono::hours age) {
        std::ofstream(temporary() / name) << "x";
        fs::last_write_time(temporary() / name, fs::file_time_type::clock::now() - age);
        return temporary() / name;
    };
    const auto old = plant("old", std::chrono::hours(25));
    const auto young = plant("young", std::chrono::hours(1));
    const auto locked = plant("locked", std::chrono::hours(25));
    const UniqueFd lock(::open(locked.c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(::flock(lock.get(), LOCK_EX), 0);
    ASSERT_TRUE(LocalStore::open(root(), LocalStore::Missing::kFail));
    EXPECT_FALSE(fs::exists(old));
    EXPECT_TRUE(fs::exists(young));
    EXPECT_TRUE(fs::exists(locked));
}

TEST_F(LocalStoreTest, LivingWriterIsSafeFromCleaning) {
    auto writer = store_->create_writer({}, key("a"), {});
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->append({}, as_bytes("x")));
    for (const auto& entry : fs::directory_iterator(temporary()))
        fs::last_write_time(entry, fs::file_time_type::clock::now() - std::chrono::hours(48));
    ASSERT_TRUE(LocalStore::open(root(), LocalStore::Missing::kFail));
    EXPECT_TRUE((*writer)->commit({}));
}

TEST_F(LocalStoreTest, FileChangedInPlaceWhileItIsReadIsConflict) {
    ASSERT_TRUE(put("a", std::string(1'000'000, 'x')));
    const auto result = store_->get({}, key("a"), {}, [&](std::span<const std::byte>) -> Status {
        std::ofstream(root() / "a", std::ios::app) << "more";
        return {};
    });
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kConflict);
}

TEST_F(LocalStoreTest, NamesThatAreNoKeysAreNotListed) {
    std::ofstream(root() / "not\xff utf8") << "x";
    std::ofstream(root() / "escaped%41") << "x";
    ASSERT_TRUE(put("fine", "x"));
    EXPECT_EQ(list(), std::vector<std::string>{"fine"});
}

TEST_F(LocalStoreTest, FoldedListingLeavesEmptyFoldersOut) {
    fs::create_directories(root() / "empty" / "deep");
    ASSERT_TRUE(put("full/deep/a", "x"));
    std::vector<std::string> common;
    ListOptions options;
    options.delimiter = '/';
    options.on_common_prefix = [&](const std::string& prefix) -> Status {
        common.push_back(prefix);
        return {};
    };
    ASSERT_TRUE(store_->list({}, options, [](const ObjectInfo&) -> Status { return {}; }));
    EXPECT_EQ(common, std::vector<std::string>{"full/"});
}

TEST_F(LocalStoreTest, OpenSaysWhatIsWrong) {
    EXPECT_EQ(code(LocalStore::open(dir_->path() / "none", LocalStore::Missing::kFail)), "not found");
    EXPECT_EQ(code(LocalStore::open(outside() / "secret", LocalStore::Missing::kFail)), "invalid argument");
    EXPECT_EQ(code(LocalStore::open(outside() / "secret", LocalStore::Missing::kCreate)), "invalid argument");
    ASSERT_TRUE(LocalStore::open(dir_->path() / "new" / "deep" / "", LocalStore::Missing::kCreate));
    EXPECT_TRUE(fs::is_directory(dir_->path() / "new" / "deep"));
}

TEST_F(LocalStoreTest, CheckAccessNoticesAVanishedFolder) {
    EXPECT_TRUE(store_->check_access({}));
    fs::rename(root(), dir_->path() / "moved");
    EXPECT_EQ(code(store_->check_access({})), "not found");
    fs::create_directory(root());
    EXPECT_EQ(code(store_->check_access({})), "not found");
}

TEST_F(LocalStoreTest, WalkingFallbackRefusesLinksToo) {
    ASSERT_TRUE(put("a/b/c", "x"));
    fs::create_directory_symlink(outside(), root() / "link");
    fs::create_symlink(outside() / "secret", root() / "a" / "file");
    const UniqueFd fd(::open(root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    EXPECT_TRUE(walk_beneath(fd.get(), "a/b/c", O_RDONLY));
    EXPECT_TRUE(walk_beneath(fd.get(), "a", O_RDONLY | O_DIRECTORY));
    EXPECT_TRUE(walk_beneath(fd.get(), "", O_RDONLY | O_DIRECTORY));
    EXPECT_FALSE(walk_beneath(fd.get(), "link/secret", O_RDONLY));
    EXPECT_FALSE(walk_beneath(fd.get(), "a/file", O_RDONLY));
    EXPECT_EQ(errno, ELOOP);
    EXPECT_FALSE(walk_beneath(fd.get(), "a/none/c", O_RDONLY));
    EXPECT_EQ(errno, ENOENT);
}

/// Runs as an unprivileged user for a while, if the test has the right to.
class AsNobody {
public:
    AsNobody() : is_active_(::geteuid() != 0 || ::seteuid(65534) == 0) {}
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;
    ~AsNobody() {
        if (::getuid() == 0) (void)::seteuid(0);
    }
    bool is_active() const { return is_active_; }

private:
    bool is_active_;
};

TEST_F(LocalStoreTest, UnreadableFolderFailsTheListing) {
    ASSERT_TRUE(put("a/b", "x"));
    fs::permissions(dir_->path(), fs::perms::all);
    fs::permissions(root(), fs::perms::all);
    fs::permissions(root() / "a", fs::perms::none);
    fs::create_directory(root() / "lost+found");
    fs::permissions(root() / "lost+found", fs::perms::none);
    const AsNobody nobody;
    if (!nobody.is_active()) GTEST_SKIP() << "cannot become another user";
    EXPECT_EQ(code(store_->list({}, {}, [](const ObjectInfo&) -> Status { return {}; })), "permission denied");
    EXPECT_EQ(code(store_->list({}, {.prefix = "l"}, [](const ObjectInfo&) -> Status { return {}; })), "ok");
}

TEST_F(LocalStoreTest, ReadOnlyFolderCanBeReadAndSaysNoToWrites) {
    ASSERT_TRUE(put("a", "x"));
    fs::remove(temporary());
    fs::permissions(dir_->path(), fs::perms::all);
    fs::permissions(root(), fs::perms{0755});
    fs::permissions(root() / "a", fs::perms{0644});
    const AsNobody nobody;
    if (!nobody.is_active()) GTEST_SKIP() << "cannot become another user";
    auto store = LocalStore::open(root(), LocalStore::Missing::kFail);
    ASSERT_TRUE(store);
    EXPECT_TRUE((*store)->check_access({}));
    EXPECT_EQ(*get_small(**store, {}, key("a"), 10), "x");
    EXPECT_EQ(code((*store)->put({}, key("b"), SpanSource("x"), {})), "permission denied");
    EXPECT_EQ(code((*store)->remove({}, key("a"))), "permission denied");
}

}  // namespace
}  // namespace cofre::store
