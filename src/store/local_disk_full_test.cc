// LocalStore on a disk, or under a limit, that has no more room.

#include <filesystem>

#include <gtest/gtest.h>
#include <sys/mount.h>

#include "base/encoding.h"
#include "base/file.h"
#include "base/testing/file_size_limit.h"
#include "store/local_store.h"

namespace cofre::store {
namespace {

namespace fs = std::filesystem;

ObjectKey key(std::string_view text) {
    return *ObjectKey::parse(text);
}

std::string list(LocalStore& store) {
    std::string names;
    EXPECT_TRUE(store.list({}, {}, [&](const ObjectInfo& info) -> Status {
        names += info.key.str() + " ";
        return {};
    }));
    return names;
}

/// A tmpfs of one MiB and 20 inodes; unmounted when it dies.
class SmallDisk {
public:
    explicit SmallDisk(fs::path path) : path_(std::move(path)) {
        fs::create_directory(path_);
        is_mounted_ = ::mount("none", path_.c_str(), "tmpfs", 0, "size=1m,nr_inodes=20") == 0;
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() {
        if (is_mounted_) ::umount2(path_.c_str(), MNT_DETACH);
    }
    bool is_mounted() const { return is_mounted_; }
    const fs::path& path() const { return path_; }
    bool make_read_only() const { return ::mount("none", path_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "") == 0; }

private:
    fs::path path_;
    bool is_mounted_ = false;
};

class LocalDiskFull : public ::testing::Test {
protected:
    void SetUp() override {
        if (!disk_.is_mounted()) GTEST_SKIP() << "mounting a tmpfs is not permitted here";
        store_ = *LocalStore::open(disk_.path(), LocalStore::Missing::kFail);
    }
    void expect_no_leftovers() {
        EXPECT_EQ(list(*store_), "old ");
        EXPECT_EQ(*get_small(*store_, {}, key("old"), 10), "old");
        EXPECT_TRUE(fs::is_empty(disk_.path() / ".cofre-tmp"));
    }

    Result<TempDir> dir_ = TempDir::create("local_disk_full");
    SmallDisk disk_{dir_->path() / "disk"};
    std::unique_ptr<LocalStore> store_;
};

TEST_F(LocalDiskFull, F39PutLeavesNothingUnderTheKey) {
    ASSERT_TRUE(store_->put({}, key("old"), SpanSource("old"), {}));
    const std::string large(2'000'000, 'x');
    for (const char* name : {"new/object", "old"}) {
        const auto receipt = store_->put({}, key(name), SpanSource(std::string_view(large)), {});
        ASSERT_FALSE(receipt);
        EXPECT_EQ(receipt.error().code(), ErrorCode::kResourceExhausted) << receipt.error().message();
        expect_no_leftovers();
    }
    EXPECT_TRUE(store_->put({}, key("small"), SpanSource("fits"), {}));
}

TEST_F(LocalDiskFull, F39WriterLeavesNothingUnderTheKey) {
    ASSERT_TRUE(store_->put({}, key("old"), SpanSource("old"), {}));
    {
        auto writer = store_->create_writer({}, key("old"), {});
        ASSERT_TRUE(writer);
        const std::string piece(100'000, 'x');
        Status status;
        for (int i = 0; i < 20 && status; ++i)
            status = (*writer)->append({}, as_bytes(piece));
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().code(), ErrorCode::kResourceExhausted);
    }
    expect_no_leftovers();
}

TEST_F(LocalDiskFull, F39NoInodesLeftIsResourceExhausted) {
    Status status;
    for (int i = 0; i < 30 && status; ++i) {
        const auto receipt = store_->put({}, key("d" + std::to_string(i) + "/object"), SpanSource("x"), {});
        if (!receipt) status = receipt.error();
    }
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kResourceExhausted);
    EXPECT_TRUE(fs::is_empty(disk_.path() / ".cofre-tmp"));
}

TEST_F(LocalDiskFull, ReadOnlyDiskRefusesWritesAndServesReads) {
    ASSERT_TRUE(store_->put({}, key("old"), SpanSource("old"), {}));
    if (!disk_.make_read_only()) GTEST_SKIP() << "remounting is not permitted here";
    auto store = LocalStore::open(disk_.path(), LocalStore::Missing::kCreate);
    ASSERT_TRUE(store) << store.error().message();
    EXPECT_EQ((*store)->put({}, key("new"), SpanSource("x"), {}).error().code(), ErrorCode::kResourceExhausted);
    EXPECT_EQ(*get_small(**store, {}, key("old"), 10), "old");
}

TEST(LocalFileSizeLimit, F42PutLeavesNothingUnderTheKey) {
    const auto dir = TempDir::create("local_size_limit");
    const auto store = LocalStore::open(dir->path(), LocalStore::Missing::kFail);
    ASSERT_TRUE(store);
    const std::string large(2'000'000, 'x');
    const FileSizeLimit limit(1'000'000);
    const auto receipt = (*store)->put({}, key("object"), SpanSource(std::string_view(large)), {});
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code(), ErrorCode::kResourceExhausted);
    EXPECT_EQ(list(**store), "");
    EXPECT_TRUE(fs::is_empty(dir->path() / ".cofre-tmp"));
    EXPECT_TRUE((*store)->put({}, key("object"), SpanSource("fits"), {}));
}

}  // namespace
}  // namespace cofre::store
