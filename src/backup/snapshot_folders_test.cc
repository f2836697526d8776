#include "backup/snapshot_folders.h"

#include <gtest/gtest.h>

#include "backup/restore_filter.h"

namespace cofre::backup {
namespace {

repo::ListedSnapshot listed_at(const std::string& id, std::int64_t seconds, const std::string& host,
                               const std::vector<std::string>& tags) {
    repo::ListedSnapshot listed{.id = id + std::string(64 - id.size(), '0'), .snapshot = {}};
    listed.snapshot.time = {.seconds = seconds, .nanoseconds = 5, .offset_minutes = 60};
    listed.snapshot.tree = repo::Id();
    listed.snapshot.hostname = host;
    listed.snapshot.tags = tags;
    return listed;
}

TEST(SnapshotFolders, ShowSnapshotsByTimeHostTagAndId) {
    const std::vector<repo::ListedSnapshot> list = {listed_at("bb", 3600, "h/1", {"t"}), listed_at("aa", 0, "..", {}),
                                                    listed_at("cc", 3600, "h/1", {})};
    const auto root = arrange_snapshots(list);
    const auto& times = root.below.at("snapshots").below;
    ASSERT_EQ(times.size(), 4U);
    EXPECT_TRUE(times.contains("1970-01-01T01:00:00+01:00"));
    EXPECT_TRUE(times.contains("1970-01-01T02:00:00+01:00-1"));
    EXPECT_EQ(times.at("latest").link, "1970-01-01T02:00:00+01:00-1");
    EXPECT_TRUE(root.below.at("hosts").below.contains("h_1"));
    EXPECT_TRUE(root.below.at("hosts").below.contains("_.."));
    EXPECT_EQ(root.below.at("tags").below.at("t").below.size(), 2U);
    EXPECT_TRUE(root.below.at("ids").below.contains("aa000000"));
}

TEST(SnapshotFolders, AreThereWithoutSnapshots) {
    EXPECT_EQ(arrange_snapshots({}).below.size(), 4U);
}

struct FilterCase {
    const char* name;
    RestoreRules rules;
    const char* path;
    bool is_folder;
    bool wanted;
    bool below;
};
class RestoreFilterTable : public ::testing::TestWithParam<FilterCase> {};

TEST_P(RestoreFilterTable, Chooses) {
    const auto& param = GetParam();
    const auto choice = RestoreFilter::create(param.rules)->choose(param.path, param.is_folder);
    EXPECT_EQ(choice.wanted, param.wanted);
    if (param.is_folder) {
        EXPECT_EQ(choice.below, param.below);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Table, RestoreFilterTable,
    ::testing::Values(FilterCase{"Everything", {}, "/a", true, true, true},
                      FilterCase{"IncludedFile", {.include = {"*.c"}}, "/a/b.c", false, true, false},
                      FilterCase{"OtherFile", {.include = {"*.c"}}, "/a/b.h", false, false, false},
                      FilterCase{"FolderAbove", {.include = {"/a/b"}}, "/a", true, false, true},
                      FilterCase{"FolderBeside", {.include = {"/a/b"}}, "/x", true, false, false},
                      FilterCase{"BelowIncluded", {.include = {"/a"}}, "/a/b/c", false, true, false},
                      FilterCase{"TakenBack", {.include = {"*.c", "!x.c"}}, "/x.c", false, false, false},
                      FilterCase{"Case", {.include_ignore_case = {"*.C"}}, "/x.c", false, true, false},
                      FilterCase{"Excluded", {.exclude = {"/a"}}, "/a", true, false, false},
                      FilterCase{"ExcludedCase", {.exclude_ignore_case = {"A"}}, "/a", true, false, false},
                      FilterCase{"Both", {.include = {"/a"}, .exclude = {"*.o"}}, "/a/x.o", false, false, false}),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace cofre::backup
