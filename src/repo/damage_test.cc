// One byte of each class of each file is flipped. It is noticed and named, what
// does not lie under it can be read, and no wrong plaintext is ever given out.
// The table in docs/repository.md says the same in words.

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repo/prune.h"
#include "repo/repair.h"
#include "repo/repo_check.h"
#include "repo/repo_lock.h"
#include "repo/snapshot_list.h"
#include "repo/testing/maintained_repository.h"

namespace cofre::repo {
namespace {

using ::testing::HasSubstr;
using testing::random_text;

/// Where a byte lies, and what its loss costs.
struct ByteClass {
    const char* name;
    const char* folder;  ///< Of the damaged file; its first, in order of sizes.
    enum class Part { kIv, kBody, kMac, kHeader, kLength } part;
    bool costs_one;  ///< The snapshot "one" cannot be read while the byte is wrong.
    bool costs_two;
};

void PrintTo(const ByteClass& value, std::ostream* out) {
    *out << value.name;
}

constexpr std::size_t kIv = 16;
constexpr std::size_t kMac = 16;
constexpr std::size_t kLength = 4;

class Damage : public testing::MaintainedRepository, public ::testing::WithParamInterface<ByteClass> {
protected:
    void SetUp() override {
        const auto repo = init();
        one_ = save_snapshot(*repo, {{"large", random_text(9000, 1)}, {"small", random_text(700, 2)}}, 0);
        large_pack_ = largest("data/");
        two_ = save_snapshot(*repo, {{"other", random_text(3000, 3)}}, 1);
        large_blob_ = blob_in(*repo, large_pack_);
        // So that a prune has something to do.
        const auto gone = save_snapshot(*repo, {{"large", random_text(9000, 1)}, {"own", random_text(900, 4)}}, 2);
        EXPECT_TRUE(repo->remove(ctx_, FileKind::kSnapshot, gone.id));
    }

    std::string largest(const std::string& folder) {
        std::string found;
        for (const auto& key : keys_below(folder)) {
            if (found.empty() || stored(key).size() > stored(found).size()) found = key;
        }
        return found;
    }
    /// The 9000 bytes.
    PackedBlob blob_in(Repository& repo, const std::string& key) {
        const auto blobs = repo.read_pack_header(ctx_, *Id::parse(key.substr(8)), stored(key).size());
        for (const auto& blob : *blobs) {
            if (blob.length > 9000) return blob;
        }
        ADD_FAILURE() << "no such blob";
        return {};
    }
    std::string damaged_file() {
        const std::string folder = GetParam().folder;
        if (folder == "data/") return large_pack_;
        if (folder == "snapshots/") return "snapshots/" + one_.id.hex();
        if (folder != "trees/") return keys_below(folder).front();
        // The tree pack of the first snapshot: the one that holds its root.
        const auto repo = *open();
        EXPECT_TRUE(repo->load_index(ctx_));
        const auto list = load_all_snapshots(ctx_, *repo);
        for (const auto& listed : *list) {
            if (listed.id != one_.id.hex()) continue;
            return repo->with_index([&](const BlobIndex& index) {
                const auto place = index.at(*index.ordinal(BlobType::kTree, *listed.snapshot.tree));
                const std::string hex = index.pack_id(place.pack).hex();
                return "data/" + hex.substr(0, 2) + "/" + hex;
            });
        }
        return "";
    }
    /// First, middle and last byte of the class.
    std::vector<std::size_t> places(const std::string& key) {
        const std::size_t size = stored(key).size();
        const bool is_pack = key.starts_with("data/");
        const bool is_large = key == large_pack_;
        const std::size_t first = is_large ? large_blob_.offset : 0;
        const std::size_t end = is_large ? first + large_blob_.length : is_pack ? first + 60 : size;
        const auto range = [](std::size_t from, std::size_t to) {
            return std::vector<std::size_t>{from, (from + to) / 2, to - 1};
        };
        switch (GetParam().part) {
            case ByteClass::Part::kIv: return range(first, first + kIv);
            case ByteClass::Part::kBody: return range(first + kIv, end - kMac);
            case ByteClass::Part::kMac: return range(end - kMac, end);
            case ByteClass::Part::kHeader: return range(size - kLength - 60, size - kLength);
            case ByteClass::Part::kLength: return range(size - kLength, size);
        }
        return {};
    }

    /// Each place with each bit flipped, and all of them.
    void damage_each(const std::function<void(const std::string& key)>& look) {
        const std::string key = damaged_file();
        const std::string good = stored(key);
        for (const std::size_t at : places(key)) {
            for (const unsigned mask : {0x01U, 0x10U, 0x80U, 0xffU}) {
                SCOPED_TRACE(key + " byte " + std::to_string(at) + " mask " + std::to_string(mask));
                std::string bad = good;
                bad[at] = static_cast<char>(static_cast<unsigned char>(bad[at]) ^ mask);
                store_bytes(key, bad);
                look(key);
                if (HasFailure()) return;
            }
        }
        store_bytes(key, good);
        const auto repo = *open();
        ASSERT_TRUE(repo->load_index(ctx_));
        EXPECT_EQ(judge(*repo, one_) + judge(*repo, two_), "") << "the damage was the only fault";
    }

    /// Nothing if the snapshot is whole; an error otherwise; judge() fails for wrong plaintext.
    void expect_readable(Repository& repo, const Kept& kept, bool readable, const std::string& file) {
        const std::string said = judge(repo, kept);
        EXPECT_EQ(said.empty(), readable) << said;
        EXPECT_EQ(said.find("other files than went in"), std::string::npos);
        if (!readable) {
            EXPECT_THAT(said, HasSubstr(file));
        }
    }

    Kept one_;
    Kept two_;
    std::string large_pack_;
    PackedBlob large_blob_;
};

std::string short_name(const std::string& key) {
    return key.substr(key.rfind('/') + 1).substr(0, 8);
}

class DamagedConfigOrKey : public Damage {};

TEST_P(DamagedConfigOrKey, F46_IsNamedAndOpensNothing) {
    damage_each([&](const std::string& key) {
        const auto opened = open();
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code(), ErrorCode::kCorruption);
        EXPECT_THAT(opened.error().message(), HasSubstr(key == "config" ? "config" : short_name(key)));
    });
}

TEST_P(DamagedConfigOrKey, F46_AnotherKeyStillOpens) {
    const std::string broken = damaged_file();
    if (broken == "config") return;  // There is one.
    ASSERT_TRUE((*open())->add_key(ctx_, Secret("second")));
    std::string bad = stored(broken);
    bad[bad.size() / 2] = static_cast<char>(~bad[bad.size() / 2]);
    store_bytes(broken, bad);
    const auto opened = open("second");
    ASSERT_TRUE(opened) << opened.error().message();
    ASSERT_TRUE((*opened)->load_index(ctx_));
    EXPECT_EQ(judge(**opened, one_), "");
}

constexpr ByteClass kConfigAndKey[] = {
    {"ConfigIv", "config", ByteClass::Part::kIv, true, true},
    {"ConfigBody", "config", ByteClass::Part::kBody, true, true},
    {"ConfigMac", "config", ByteClass::Part::kMac, true, true},
    {"KeyFile", "keys/", ByteClass::Part::kBody, true, true},
};
const auto kClassName = [](const auto& param) { return std::string(param.param.name); };
INSTANTIATE_TEST_SUITE_P(Classes, DamagedConfigOrKey, ::testing::ValuesIn(kConfigAndKey), kClassName);

class DamagedLock : public Damage {};

TEST_P(DamagedLock, F46_BlocksAndSaysHowToGoOn) {
    const auto repo = *open();
    LockInfo info;
    info.time = clock_.wall_now();
    info.owner = {.username = "u", .hostname = "elsewhere", .uid = 1, .gid = 1, .pid = 1};
    const Id id = *repo->save_unpacked(ctx_, FileKind::kLock, encode_lock(info));
    damage_each([&](const std::string&) {
        const auto refused =
            RepoLock::acquire(ctx_, *repo, {.kind = LockKind::kShared, .retry_for = {}, .refresh = false});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code(), ErrorCode::kLocked);
        EXPECT_THAT(refused.error().message(), HasSubstr(id.short_hex()));
        EXPECT_THAT(refused.error().hint(), HasSubstr("unlock --remove-all"));
        ASSERT_TRUE(repo->load_index(ctx_));
        expect_readable(*repo, one_, true, "");  // Reading needs no lock.
    });
}

constexpr ByteClass kLockClasses[] = {
    {"LockIv", "locks/", ByteClass::Part::kIv, false, false},
    {"LockBody", "locks/", ByteClass::Part::kBody, false, false},
    {"LockMac", "locks/", ByteClass::Part::kMac, false, false},
};
INSTANTIATE_TEST_SUITE_P(Classes, DamagedLock, ::testing::ValuesIn(kLockClasses), kClassName);

class DamagedIndex : public Damage {};

TEST_P(DamagedIndex, F46_IsNamedAndRepairIndexBringsAllBack) {
    const auto files = keys_below("index/");
    std::map<std::string, std::string> saved;
    for (const auto& file : files)
        saved[file] = stored(file);
    damage_each([&](const std::string& key) {
        const auto repo = *open();
        const auto loaded = repo->load_index(ctx_);
        ASSERT_FALSE(loaded);
        EXPECT_EQ(loaded.error().code(), ErrorCode::kCorruption);
        EXPECT_THAT(loaded.error().message(), HasSubstr(short_name(key)));
        ASSERT_TRUE(repair_index(ctx_, *repo, {}));
        const auto repaired = *open();
        ASSERT_TRUE(repaired->load_index(ctx_));
        expect_readable(*repaired, one_, true, "");
        expect_readable(*repaired, two_, true, "");
        for (const auto& file : keys_below("index/"))
            ASSERT_TRUE(store_.remove(ctx_, *store::ObjectKey::parse(file)));
        for (const auto& [file, bytes] : saved)
            store_bytes(file, bytes);
    });
}

constexpr ByteClass kIndexClasses[] = {
    {"IndexIv", "index/", ByteClass::Part::kIv, true, true},
    {"IndexBody", "index/", ByteClass::Part::kBody, true, true},
    {"IndexMac", "index/", ByteClass::Part::kMac, true, true},
};
INSTANTIATE_TEST_SUITE_P(Classes, DamagedIndex, ::testing::ValuesIn(kIndexClasses), kClassName);

class DamagedPackOrSnapshot : public Damage {};

TEST_P(DamagedPackOrSnapshot, F46_IsNamedByCheckAndCostsOnlyWhatLiesUnderIt) {
    damage_each([&](const std::string& key) {
        std::string lines;
        const auto report = check_repository(
            ctx_, **open(),
            {.read = {.all = true}, .on_finding = [&](const CheckFinding& found) { lines += found.message + "\n"; }});
        ASSERT_TRUE(report);
        EXPECT_GT(report->errors, 0U);
        EXPECT_THAT(lines, HasSubstr(short_name(key)));
        const auto repo = *open();
        ASSERT_TRUE(repo->load_index(ctx_));
        expect_readable(*repo, one_, !GetParam().costs_one, short_name(key));
        expect_readable(*repo, two_, !GetParam().costs_two, short_name(key));
    });
}

// Whatever a prune does, it must not take the good for the bad, or the other way round.
TEST_P(DamagedPackOrSnapshot, F46_APruneLosesNothingMore) {
    std::map<std::string, std::string> saved;
    for (const auto& key : keys_below(""))
        saved[key] = stored(key);
    PruneOptions options;
    options.refresh_locks = false;
    options.max_clock_skew = std::chrono::minutes(0);
    options.rules.max_unused = *parse_unused_limit("0");
    damage_each([&](const std::string& damaged) {
        (void)prune(ctx_, **open(), options);
        // The byte comes back, as from another copy: nothing else may be missing.
        store_bytes(damaged, saved.at(damaged));
        const auto repo = *open();
        ASSERT_TRUE(repo->load_index(ctx_));
        expect_readable(*repo, one_, true, "");
        expect_readable(*repo, two_, true, "");
        clear_store();
        for (const auto& [key, bytes] : saved)
            store_bytes(key, bytes);
    });
}

constexpr ByteClass kPackAndSnapshot[] = {
    {"BlobIv", "data/", ByteClass::Part::kIv, true, false},
    {"BlobBody", "data/", ByteClass::Part::kBody, true, false},
    {"BlobMac", "data/", ByteClass::Part::kMac, true, false},
    {"PackHeader", "data/", ByteClass::Part::kHeader, false, false},
    {"PackHeaderLength", "data/", ByteClass::Part::kLength, false, false},
    {"TreeIv", "trees/", ByteClass::Part::kIv, true, false},
    {"TreeBody", "trees/", ByteClass::Part::kBody, true, false},
    {"TreePackHeader", "trees/", ByteClass::Part::kHeader, false, false},
    {"TreePackHeaderLength", "trees/", ByteClass::Part::kLength, false, false},
    {"SnapshotIv", "snapshots/", ByteClass::Part::kIv, true, false},
    {"SnapshotBody", "snapshots/", ByteClass::Part::kBody, true, false},
    {"SnapshotMac", "snapshots/", ByteClass::Part::kMac, true, false},
};
INSTANTIATE_TEST_SUITE_P(Classes, DamagedPackOrSnapshot, ::testing::ValuesIn(kPackAndSnapshot), kClassName);

}  // namespace
}  // namespace cofre::repo
