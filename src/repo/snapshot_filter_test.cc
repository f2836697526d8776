#include "repo/snapshot_filter.h"

#include <gtest/gtest.h>

namespace cofre::repo {
namespace {

ListedSnapshot listed(std::string id, std::int64_t seconds, std::string host = "h", std::vector<std::string> tags = {},
                      std::vector<std::string> paths = {"/a"}) {
    ListedSnapshot entry{.id = std::move(id)};
    entry.snapshot.time.seconds = seconds;
    entry.snapshot.hostname = std::move(host);
    entry.snapshot.tags = std::move(tags);
    entry.snapshot.paths = std::move(paths);
    return entry;
}

constexpr ZonedTime kNow{.seconds = 1'000};

std::size_t found_at(const std::vector<ListedSnapshot>& list, const char* text, const SnapshotFilter& filter = {}) {
    const auto name = parse_snapshot_name(text);
    EXPECT_TRUE(name) << text;
    const auto place = find_snapshot(list, *name, filter, kNow);
    EXPECT_TRUE(place) << place.error().message();
    return place ? *place : 999;
}

TEST(SnapshotFilter, WantsAllTagsOfAnyList) {
    const SnapshotFilter filter{.tags = {parse_tag_list("a, b"), parse_tag_list("c")}};
    EXPECT_TRUE(filter.matches(listed("", 0, "h", {"b", "a", "x"}).snapshot));
    EXPECT_TRUE(filter.matches(listed("", 0, "h", {"c"}).snapshot));
    EXPECT_FALSE(filter.matches(listed("", 0, "h", {"a"}).snapshot));
}

TEST(SnapshotFilter, TakesAnEmptyTagForNone) {
    const SnapshotFilter filter{.tags = {parse_tag_list("")}};
    EXPECT_TRUE(filter.matches(listed("", 0).snapshot));
    EXPECT_FALSE(filter.matches(listed("", 0, "h", {"a"}).snapshot));
}

TEST(SnapshotFilter, WantsAnyHostAndAllPaths) {
    const SnapshotFilter filter{.hosts = {"h", "i"}, .paths = {"/a", "/b"}};
    EXPECT_TRUE(filter.matches(listed("", 0, "i", {}, {"/b", "/c", "/a"}).snapshot));
    EXPECT_FALSE(filter.matches(listed("", 0, "i", {}, {"/a"}).snapshot));
    EXPECT_FALSE(filter.matches(listed("", 0, "j", {}, {"/a", "/b"}).snapshot));
}

TEST(SnapshotName, CountsBackFromTheLatest) {
    const std::vector<ListedSnapshot> list = {listed("a1", 10), listed("a2", 30), listed("a3", 20),
                                              listed("a4", 2'000)};
    EXPECT_EQ(found_at(list, "latest"), 1U);
    EXPECT_EQ(found_at(list, "latest~1:/etc"), 2U);
    EXPECT_EQ(found_at(list, "latest~2"), 0U);
    EXPECT_EQ(find_snapshot(list, *parse_snapshot_name("latest~3"), {}, kNow).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(found_at(list, "a4"), 3U);
}

TEST(SnapshotName, AppliesTheFilterToLatestOnly) {
    const std::vector<ListedSnapshot> list = {listed("a1", 10, "x"), listed("a2", 30)};
    EXPECT_EQ(found_at(list, "latest", {.hosts = {"x"}}), 0U);
    EXPECT_EQ(found_at(list, "a2", {.hosts = {"x"}}), 1U);
}

TEST(SnapshotName, WantsAnUnambiguousId) {
    const std::vector<ListedSnapshot> list = {listed("a1", 10), listed("a2", 30)};
    EXPECT_EQ(find_snapshot(list, *parse_snapshot_name("a"), {}, kNow).error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(find_snapshot(list, *parse_snapshot_name("b"), {}, kNow).error().code(), ErrorCode::kNotFound);
}

TEST(SnapshotName, TakesThePathApart) {
    EXPECT_EQ(parse_snapshot_name("latest:/a:b")->path, "/a:b");
    EXPECT_EQ(parse_snapshot_name("abc")->id_prefix, "abc");
    for (const char* text : {"", ":x", "latest~", "latest~x", "latest~1x", "nonsense", "LATEST", "12zz"})
        EXPECT_FALSE(parse_snapshot_name(text)) << text;
}

TEST(SnapshotGroups, GroupsByHostPathsAndTags) {
    const std::vector<ListedSnapshot> list = {listed("1", 1, "b", {"x"}, {"/2", "/1"}), listed("2", 2, "a"),
                                              listed("3", 3, "b", {}, {"/1", "/2"})};
    const auto by_paths = group_snapshots(list, *parse_group_by("host,paths"));
    ASSERT_EQ(by_paths.size(), 2U);
    EXPECT_EQ(by_paths[0].hostname, "a");
    EXPECT_EQ(by_paths[1].members, (std::vector<std::size_t>{0, 2}));
    EXPECT_EQ(by_paths[1].paths, (std::vector<std::string>{"/1", "/2"}));
    EXPECT_EQ(group_snapshots(list, *parse_group_by("tags,host")).size(), 3U);
    EXPECT_EQ(group_snapshots(list, *parse_group_by("")).size(), 1U);
    EXPECT_FALSE(parse_group_by("user"));
}

}  // namespace
}  // namespace cofre::repo
