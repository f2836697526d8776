#include <string>

#include <gtest/gtest.h>

#include "objects/object_naming.h"
#include "objects/testing/observed_store.h"
#include "objects/testing/sample_manifest.h"

namespace cofre::objects {
namespace {

class Snapshots : public ::testing::Test {
protected:
    void add(const char* time, const char* job, const char* id) {
        auto header = sample_header();
        header.started_at = *parse_rfc3339(time);
        header.job = job;
        header.id = id;
        const auto key = manifest_key("p/", header);
        ASSERT_TRUE(key);
        ASSERT_TRUE(store_.fill(key->str(), *write_manifest(header, {}, {})));
    }
    void SetUp() override {
        add("2026-11-22T02:00:00Z", "db", "aaaa000000000002");
        add("2026-11-22T01:00:00Z", "files", "aaaa000000000001");
        add("2026-11-23T00:00:00Z", "jornal diário", "bbbb000000000003");
        EXPECT_TRUE(store_.fill("p/files/.cofre/x", "user data"));
        EXPECT_TRUE(store_.fill("p/.cofre/other", "not a manifest"));
        EXPECT_TRUE(store_.fill("q/.cofre/20261122T013659Z-db-cccc000000000000.cofre.json", "another prefix"));
    }
    Result<SnapshotRef> find(std::string_view reference, std::string_view job = {}) {
        return find_snapshot(store_, {}, "p/", reference, job);
    }

    ObservedStore store_;
};

TEST_F(Snapshots, AreListedOldestFirst) {
    const auto all = list_snapshots(store_, {}, "p/");
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), 3U);
    EXPECT_EQ((*all)[0].job, "files");
    EXPECT_EQ((*all)[1].job, "db");
    EXPECT_EQ((*all)[2].job, "jornal_di__rio");
}

TEST_F(Snapshots, AreNeverAShorterList) {
    store_.listing_breaks_off = true;
    EXPECT_EQ(list_snapshots(store_, {}, "p/").error().code(), ErrorCode::kUnavailable);
    EXPECT_EQ(find("latest").error().code(), ErrorCode::kUnavailable);
}

TEST_F(Snapshots, AreFoundByAge) {
    EXPECT_EQ(find("latest")->id, "bbbb000000000003");
    EXPECT_EQ(find("latest", "db")->id, "aaaa000000000002");
    EXPECT_EQ(find("latest", "jornal diário")->id, "bbbb000000000003");
}

TEST_F(Snapshots, AreFoundByABeginningOfTheirId) {
    EXPECT_EQ(find("bbbb")->id, "bbbb000000000003");
    EXPECT_EQ(find("aaaa000000000001")->job, "files");
    EXPECT_EQ(find("aaaa", "db")->id, "aaaa000000000002");
}

TEST_F(Snapshots, AreNotGuessed) {
    const auto ambiguous = find("aaaa");
    ASSERT_FALSE(ambiguous);
    EXPECT_EQ(ambiguous.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(ambiguous.error().hint().find("aaaa0000 (db, 2026-11-22T02:00:00Z)"), std::string::npos)
        << ambiguous.error().hint();
    for (const char* reference : {"", "aaa", "AAAA", "aaaaaaaaaaaaaaaaa", "newest", "../x"}) {
        EXPECT_EQ(find(reference).error().code(), ErrorCode::kInvalidArgument) << reference;
    }
}

TEST_F(Snapshots, AreListedToWhoeverFindsNone) {
    const auto missing = find("dddd");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
    EXPECT_TRUE(missing.error().hint().starts_with("there is bbbb0000 (jornal_di__rio, 2026-11-23T00:00:00Z), aaaa"))
        << missing.error().hint();
    EXPECT_EQ(find("latest", "nobody").error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(find_snapshot(store_, {}, "empty/", "latest", "").error().hint(),
              "there is no backup below this prefix yet");
}

class ReadHeader : public ::testing::Test {
protected:
    Result<ManifestHeader> read(const std::string& text) {
        EXPECT_TRUE(store_.fill("m", text));
        return read_header(store_, {}, *store::ObjectKey::parse("m"));
    }
    ObservedStore store_;
};

TEST_F(ReadHeader, ReadsTheBeginningOnly) {
    std::vector<ManifestEntry> entries;
    for (int i = 10'000; i < 12'000; ++i)
        entries.push_back(sample_file(std::to_string(i)));
    auto header = sample_header();
    const auto read_back = read(*write_manifest(header, entries, {}));
    ASSERT_TRUE(read_back);
    EXPECT_EQ(read_back->entries, 2'000U);
    EXPECT_EQ(store_.bytes_read, 65'536U);
}

TEST_F(ReadHeader, ReadsSmallManifests) {
    auto header = sample_header();
    EXPECT_EQ(read(*write_manifest(header, {}, {}))->id, header.id);
}

TEST_F(ReadHeader, ReadsLongHeaders) {
    auto header = sample_header();
    for (int i = 0; i < 100; ++i)
        header.sources.push_back("/" + std::string(3'000, 's'));
    const auto read_back = read(*write_manifest(header, sample_entries(), {}));
    ASSERT_TRUE(read_back);
    EXPECT_EQ(read_back->sources, header.sources);
}

TEST_F(ReadHeader, RefusesWhatIsNone) {
    EXPECT_EQ(read("").error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(read("{}").error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(read("{}\n").error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(read(std::string(9'000'000, 'x')).error().code(), ErrorCode::kCorruption);
    EXPECT_LE(store_.bytes_read, 5'000'000U);
    EXPECT_EQ(read("{\"cofre_manifest\":7}\n").error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(read_header(store_, {}, *store::ObjectKey::parse("none")).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace cofre::objects
