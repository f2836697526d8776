#include "repo/repository.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "repo/testing/memory_repository.h"

namespace cofre::repo {
namespace {

class RepositoryTest : public testing::MemoryRepository {};

std::string as_string(const Result<ByteBuffer>& bytes) {
    return bytes ? std::string(bytes->text()) : "<" + std::string(to_string(bytes.error().code())) + ">";
}

TEST_F(RepositoryTest, SaysThatThereIsNone) {
    const auto none = open();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), ErrorCode::kNoRepository);
    EXPECT_NE(none.error().hint().find("cofre init"), std::string::npos);
}

TEST_F(RepositoryTest, IsNotMadeTwice) {
    init();
    const auto again = Repository::init(ctx_, store_, clock_, Secret("x"), cheap_options());
    EXPECT_EQ(again.error().code(), ErrorCode::kConflict);
    EXPECT_EQ(keys_below("keys/").size(), 1U) << "nothing was written";
    ASSERT_TRUE(store_.remove(ctx_, *store::ObjectKey::parse("config")));
    EXPECT_EQ(Repository::init(ctx_, store_, clock_, Secret("x"), cheap_options()).error().code(),
              ErrorCode::kConflict);
    EXPECT_EQ(open().error().code(), ErrorCode::kNoRepository);
}

TEST_F(RepositoryTest, RefusesAnEmptyPasswordForANewKey) {
    EXPECT_EQ(Repository::init(ctx_, store_, clock_, Secret(""), cheap_options()).error().code(),
              ErrorCode::kInvalidArgument);
    EXPECT_EQ(init()->add_key(ctx_, Secret("")).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(RepositoryTest, F50_TellsAWrongPasswordFromARemovedKey) {
    const auto repo = init();
    const auto second = repo->add_key(ctx_, Secret("second"));
    ASSERT_TRUE(second);
    EXPECT_EQ(open("wrong").error().code(), ErrorCode::kWrongPassword);
    const auto by_second = open("second");
    ASSERT_TRUE(by_second);
    EXPECT_EQ((*by_second)->key_id(), *second);
    EXPECT_EQ((*by_second)->remove_key(ctx_, *second).error().code(), ErrorCode::kConflict);
    ASSERT_TRUE(repo->remove_key(ctx_, *second));
    EXPECT_EQ(open("second").error().code(), ErrorCode::kWrongPassword);
    EXPECT_TRUE(open());
    EXPECT_EQ(repo->list_keys(ctx_)->size(), 1U);
}

TEST_F(RepositoryTest, PassesOverADamagedKeyIfAnotherFits) {
    const auto repo = init();
    const auto second = *repo->add_key(ctx_, Secret("second"));
    store_bytes("keys/" + second.hex(), "{}");
    EXPECT_TRUE(open());
    const auto refused = open("second");
    EXPECT_EQ(refused.error().code(), ErrorCode::kWrongPassword);
    EXPECT_NE(refused.error().hint().find(second.short_hex()), std::string::npos);
}

TEST_F(RepositoryTest, KeepsItsFilesBelowAPrefixAndPassesOverForeignOnes) {
    auto options = cheap_options();
    options.prefix = "a/b";
    const auto repo = init(options);
    store_bytes("a/b/index/readme.txt", "mine");
    store_bytes("a/b/index/" + std::string(64, 'X'), "mine");
    write_some(*repo);
    EXPECT_EQ(repo->list(ctx_, FileKind::kIndex)->size(), 1U);
    EXPECT_TRUE(open("password", options));
    EXPECT_EQ(open().error().code(), ErrorCode::kNoRepository);
}

TEST_F(RepositoryTest, GivesBackBlobsAndSmallFiles) {
    const auto repo = init();
    const auto written = write_some(*repo);
    const auto id = repo->save_unpacked(ctx_, FileKind::kSnapshot, R"({"time":1})");
    const auto again = *open();
    std::size_t told = 0;
    ASSERT_TRUE(again->load_index(ctx_, [&](const IndexProgress& at) { told += at.files_done == at.files_total; }));
    EXPECT_EQ(told, 1U);
    EXPECT_EQ(as_string(again->load_blob(ctx_, BlobType::kData, written.data)), written.data_text);
    EXPECT_EQ(as_string(again->load_blob(ctx_, BlobType::kTree, written.tree)), written.tree_text);
    EXPECT_EQ(as_string(again->load_blob(ctx_, BlobType::kTree, written.data)), "<not found>");
    EXPECT_EQ(as_string(again->load_unpacked(ctx_, FileKind::kSnapshot, *id)), R"({"time":1})");
    EXPECT_EQ(again->load_unpacked(ctx_, FileKind::kSnapshot, *id, 3).error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(RepositoryTest, FindsAFileByTheBeginningOfItsId) {
    const auto repo = init();
    std::vector<Id> ids;
    for (int i = 0; i < 17; ++i)
        ids.push_back(*repo->save_unpacked(ctx_, FileKind::kSnapshot, "{\"a\":" + std::to_string(i) + "}"));
    EXPECT_EQ(*repo->find(ctx_, FileKind::kSnapshot, ids[3].hex()), ids[3]);
    EXPECT_EQ(*repo->find(ctx_, FileKind::kSnapshot, ids[3].hex().substr(0, 20)), ids[3]);
    EXPECT_EQ(repo->find(ctx_, FileKind::kSnapshot, std::string(20, '0')).error().code(), ErrorCode::kNotFound);
    for (const char* bad : {"", "xyz", "AB"})
        EXPECT_EQ(repo->find(ctx_, FileKind::kSnapshot, bad).error().code(), ErrorCode::kInvalidArgument) << bad;
    // Seventeen ids share sixteen first digits.
    int several = 0;
    for (const char digit : std::string("0123456789abcdef")) {
        const auto found = repo->find(ctx_, FileKind::kSnapshot, std::string(1, digit));
        several += !found && found.error().code() == ErrorCode::kConflict ? 1 : 0;
    }
    EXPECT_GE(several, 1);
}

TEST_F(RepositoryTest, ReadsADamagedBlobFromAnotherPack) {
    const auto repo = init();
    const auto written = write_some(*repo);
    const auto first_packs = keys_below("data/");
    const auto blind = *open();  // Its index is not loaded: it writes all of it again.
    write_some(*blind);
    ASSERT_EQ(keys_below("data/").size(), 2 * first_packs.size());
    ASSERT_TRUE(repo->load_index(ctx_));
    for (const auto& key : first_packs)
        store_bytes(key, "damaged");
    EXPECT_EQ(as_string(repo->load_blob(ctx_, BlobType::kData, written.data)), written.data_text);
    EXPECT_EQ(as_string(repo->load_blob(ctx_, BlobType::kTree, written.tree)), written.tree_text);
}

/// Every byte of every stored file, with each way to flip it: an error that names
/// what is damaged, or, for bytes that mean nothing, the same as before. Never
/// another plaintext.
class FlippedByte : public testing::MemoryRepository {
protected:
    void flip_all(const std::string& folder, const std::function<void(const std::string& where)>& look) {
        for (const auto& key : keys_below(folder)) {
            const std::string good = stored(key);
            for (std::size_t i = 0; i<good.size(); i += good.size()> 2000 ? 37U : 1U) {
                std::string bad = good;
                bad[i] = static_cast<char>(~bad[i]);
                store_bytes(key, bad);
                look(key + " byte " + std::to_string(i));
            }
            store_bytes(key, good);
        }
    }
};

TEST_F(FlippedByte, F46_OfConfigOrKeyIsNamed) {
    init();
    for (const char* file : {"config", "keys/"}) {
        flip_all(file, [&](const std::string& where) {
            const auto opened = open();
            ASSERT_FALSE(opened) << where;
            EXPECT_EQ(opened.error().code(), ErrorCode::kCorruption) << where << opened.error().message();
            EXPECT_NE(opened.error().message().find(file[0] == 'c' ? "config" : "key"), std::string::npos);
        });
    }
    EXPECT_TRUE(open());
}

TEST_F(FlippedByte, F46_OfIndexOrSnapshotIsNamed) {
    const auto repo = init();
    write_some(*repo);
    const auto snapshot = *repo->save_unpacked(ctx_, FileKind::kSnapshot, R"({"time":"2026-01-01T00:00:00Z"})");
    flip_all("index/", [&](const std::string& where) {
        const auto loaded = repo->load_index(ctx_);
        ASSERT_FALSE(loaded) << where;
        EXPECT_EQ(loaded.error().code(), ErrorCode::kCorruption);
        EXPECT_NE(loaded.error().message().find("index "), std::string::npos);
    });
    flip_all("snapshots/", [&](const std::string& where) {
        const auto loaded = repo->load_unpacked(ctx_, FileKind::kSnapshot, snapshot);
        ASSERT_FALSE(loaded) << where;
        EXPECT_EQ(loaded.error().code(), ErrorCode::kCorruption);
        EXPECT_NE(loaded.error().message().find("snapshot " + snapshot.short_hex()), std::string::npos);
    });
    EXPECT_TRUE(repo->load_index(ctx_)) << "the damage was the only fault";
}

TEST_F(FlippedByte, F46_OfAPackIsNamedAndTheOtherPackIsReadable) {
    const auto repo = init();
    const auto written = write_some(*repo);
    int damaged = 0;
    flip_all("data/", [&](const std::string& where) {
        const auto data = repo->load_blob(ctx_, BlobType::kData, written.data);
        const auto tree = repo->load_blob(ctx_, BlobType::kTree, written.tree);
        for (const auto* blob : {&data, &tree}) {
            if (*blob) {
                EXPECT_EQ((*blob)->text(), blob == &data ? written.data_text : written.tree_text) << where;
            } else {
                ++damaged;
                EXPECT_EQ(blob->error().code(), ErrorCode::kCorruption) << where;
                EXPECT_NE(blob->error().message().find("pack "), std::string::npos);
            }
        }
        EXPECT_TRUE(data || tree) << where;
    });
    EXPECT_GT(damaged, 50);
    // The header is checked when it is read.
    const auto packs = *repo->list(ctx_, FileKind::kPack);
    flip_all("data/", [&](const std::string& where) {
        int good = 0;
        for (const auto& pack : packs)
            good += repo->read_pack_header(ctx_, pack.id, pack.size) ? 1 : 0;
        EXPECT_GE(good, 1) << where;
    });
}

TEST_F(RepositoryTest, F47_NamesAMissingOrCutPack) {
    const auto repo = init();
    const auto written = write_some(*repo);
    for (const auto& key : keys_below("data/")) {
        const std::string good = stored(key);
        store_bytes(key, good.substr(0, 20));
        const auto data = repo->load_blob(ctx_, BlobType::kData, written.data);
        const auto tree = repo->load_blob(ctx_, BlobType::kTree, written.tree);
        EXPECT_NE(data.has_value(), tree.has_value());
        EXPECT_EQ((data ? tree : data).error().code(), ErrorCode::kCorruption);
        ASSERT_TRUE(store_.remove(ctx_, *store::ObjectKey::parse(key)));
        const auto gone =
            repo->load_blob(ctx_, data ? BlobType::kTree : BlobType::kData, data ? written.tree : written.data);
        EXPECT_EQ(gone.error().code(), ErrorCode::kNotFound);
        store_bytes(key, good);
    }
}

}  // namespace
}  // namespace cofre::repo
