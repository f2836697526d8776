#include "repo/repo_cache.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/file.h"
#include "repo/testing/memory_repository.h"

namespace cofre::repo {
namespace {

namespace fs = std::filesystem;

class RepoCacheTest : public testing::MemoryRepository {
protected:
    void SetUp() override { root_.emplace(*TempDir::create("repo-cache")); }
    std::unique_ptr<RepoCache> cache(std::uint64_t max_bytes = 1U << 20U) {
        return RepoCache::open(root_->path(), Id::of(as_bytes("repository")), max_bytes);
    }
    static Id put(RepoCache& cache, const std::string& text, FileKind kind = FileKind::kIndex) {
        const Id id = Id::of(as_bytes(text));
        cache.put(kind, id, as_bytes(text));
        return id;
    }
    std::optional<TempDir> root_;
};

TEST_F(RepoCacheTest, GivesBackWhatItWasGiven) {
    const auto one = cache();
    const Id id = put(*one, "text");
    EXPECT_EQ(cache()->get(FileKind::kIndex, id)->text(), "text") << "for the next process too";
    EXPECT_FALSE(one->get(FileKind::kSnapshot, id));
    EXPECT_EQ(one->get_range(FileKind::kIndex, id, 1, 2)->text(), "ex");
    EXPECT_FALSE(one->get_range(FileKind::kIndex, id, 3, 2));
    EXPECT_TRUE(fs::exists(root_->path() / "CACHEDIR.TAG"));
    one->remove(FileKind::kIndex, id);
    EXPECT_FALSE(one->get(FileKind::kIndex, id));
}

TEST_F(RepoCacheTest, DropsADamagedFile) {
    const auto one = cache();
    const Id id = put(*one, "text");
    const auto path = one->folder() / "index" / id.hex().substr(0, 2) / id.hex();
    std::ofstream(path) << "other";
    EXPECT_FALSE(one->get(FileKind::kIndex, id));
    EXPECT_FALSE(fs::exists(path));
}

TEST_F(RepoCacheTest, EvictsWhatWasUsedLongestAgo) {
    const auto one = cache(3000);
    std::vector<Id> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(put(*one, std::string(1000, static_cast<char>('a' + i))));
        const auto path = one->folder() / "index" / ids.back().hex().substr(0, 2) / ids.back().hex();
        fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(10 - i));
    }
    EXPECT_TRUE(one->get(FileKind::kIndex, ids[0])) << "used now";
    one->trim();
    EXPECT_TRUE(one->get(FileKind::kIndex, ids[0]));
    EXPECT_FALSE(one->get(FileKind::kIndex, ids[1]));
    EXPECT_FALSE(one->get(FileKind::kIndex, ids[2]));
    EXPECT_TRUE(one->get(FileKind::kIndex, ids[4]));
}

TEST_F(RepoCacheTest, RetainsWhatIsLive) {
    const auto one = cache();
    const Id kept = put(*one, "kept");
    const Id gone = put(*one, "gone");
    one->retain(FileKind::kIndex, {kept});
    EXPECT_TRUE(one->get(FileKind::kIndex, kept));
    EXPECT_FALSE(one->get(FileKind::kIndex, gone));
}

TEST_F(RepoCacheTest, IsNotUsedWhereItCannotBeMade) {
    std::ofstream(root_->path() / "file") << "x";
    EXPECT_EQ(RepoCache::open(root_->path() / "file", Id(), 1), nullptr);
    auto options = cheap_options();
    options.cache_root = root_->path() / "file";
    EXPECT_EQ(init(options)->cache(), nullptr);
}

TEST_F(RepoCacheTest, ServesIndexAndTreesWithoutTheStore) {
    auto options = cheap_options();
    options.cache_root = root_->path();
    const auto written = write_some(*init(options));
    const auto warm = *open("password", options);
    ASSERT_TRUE(warm->load_index(ctx_));
    EXPECT_TRUE(warm->load_blob(ctx_, BlobType::kTree, written.tree));
    for (const auto& key : keys_below("data/"))
        ASSERT_TRUE(store_.remove(ctx_, *store::ObjectKey::parse(key)));
    EXPECT_EQ(warm->load_blob(ctx_, BlobType::kTree, written.tree)->text(), written.tree_text);
    EXPECT_FALSE(warm->load_blob(ctx_, BlobType::kData, written.data)) << "data is not cached";
}

TEST_F(RepoCacheTest, ADamagedTreePackInItIsReadAgainFromTheStore) {
    auto options = cheap_options();
    options.cache_root = root_->path();
    const auto repo = init(options);
    const auto written = write_some(*repo);
    ASSERT_TRUE(repo->load_blob(ctx_, BlobType::kTree, written.tree));
    for (const auto& file : fs::recursive_directory_iterator(repo->cache()->folder() / "data")) {
        if (file.is_regular_file()) std::ofstream(file.path(), std::ios::in | std::ios::binary) << "damage";
    }
    EXPECT_EQ(repo->load_blob(ctx_, BlobType::kTree, written.tree)->text(), written.tree_text);
}

}  // namespace
}  // namespace cofre::repo
