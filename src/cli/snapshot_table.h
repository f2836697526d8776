#pragma once

/// @file
/// Snapshots of a repository as a table, as restic's users know it.

#include <span>
#include <string>
#include <vector>

#include "repo/snapshot_filter.h"

namespace cofre::cli {

/// Lines without newlines: heading, rule, one or more for each of `members`
/// (places in `list`; one each if `compact`), rule, count. Times in the zone of
/// this process.
std::vector<std::string> snapshot_table(std::span<const repo::ListedSnapshot> list,
                                        std::span<const std::size_t> members, bool compact);

/// "snapshots for (host [a], paths [/b, /c]):", or nothing for a group of all.
std::string group_heading(const repo::SnapshotGroup& group, const repo::GroupBy& by);

/// {"hostname","paths","tags"}: restic's "group_key".
std::string group_key_json(const repo::SnapshotGroup& group, const repo::GroupBy& by);

/// "2026-11-22 09:49:29" in the zone of this process.
std::string table_time(const repo::ZonedTime& time);

}  // namespace cofre::cli
