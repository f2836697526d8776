#pragma once

/// @file
/// Which of many snapshots are meant. Source: restic, "Working with
/// repositories" and internal/data/snapshot_find.go, snapshot_group.go.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "repo/snapshot.h"

namespace cofre::repo {

/// Tags of which a snapshot must have each.
using TagList = std::vector<std::string>;

/// "a,b" = a and b; white space around them is cut. An empty tag stands for
/// snapshots that have none.
TagList parse_tag_list(std::string_view text);

/// "[a, b]"
std::string to_string(const TagList& tags);

bool has_tags(const Snapshot& snapshot, const TagList& tags);

struct SnapshotFilter {
    std::vector<std::string> hosts;  ///< Any of them; empty: every host.
    std::vector<TagList> tags;       ///< Any of the lists; empty: whatever tags.
    std::vector<std::string> paths;  ///< All of them, each as the snapshot has it.
    bool matches(const Snapshot& snapshot) const;
};

/// "latest", "latest~2", "a1b2c3d4" or "all of them:/a/folder".
struct SnapshotName {
    std::optional<std::size_t> back_from_latest;  ///< 0 for "latest".
    std::string id_prefix;                        ///< Else.
    std::string path;                             ///< What follows ':'; empty: the whole snapshot.
};

/// kInvalidArgument: empty, "latest~" without a number, or not hexadecimal.
Result<SnapshotName> parse_snapshot_name(std::string_view text);

/// The place in `list` of the one that is meant. "latest" looks at those that
/// `filter` lets through and that are not of the future; ids ignore both.
/// kNotFound: none. kInvalidArgument: the prefix fits several.
Result<std::size_t> find_snapshot(std::span<const ListedSnapshot> list, const SnapshotName& name,
                                  const SnapshotFilter& filter, const ZonedTime& now);

struct GroupBy {
    bool host = false;
    bool paths = false;
    bool tags = false;
};

/// "host,paths,tags" in any order and number, each also in the other number
/// ("hosts"); empty: one group of all. kInvalidArgument: another word.
Result<GroupBy> parse_group_by(std::string_view text);

struct SnapshotGroup {
    std::string hostname;              ///< Empty unless grouped by it; the same below.
    std::vector<std::string> paths;    ///< Sorted.
    std::vector<std::string> tags;     ///< Sorted.
    std::vector<std::size_t> members;  ///< Places in the list, in its order.
};

/// Groups in ascending order of host, paths, tags.
std::vector<SnapshotGroup> group_snapshots(std::span<const ListedSnapshot> list, const GroupBy& by);

}  // namespace cofre::repo
