#include "backup/snapshot_folders.h"

#include <algorithm>
#include <vector>

namespace cofre::backup {
namespace {

constexpr std::size_t kShortId = 8;

std::string file_name_of(std::string text) {
    std::replace(text.begin(), text.end(), '/', '_');
    std::replace(text.begin(), text.end(), '\0', '_');
    if (text.empty() || text == "." || text == "..") text = "_" + text;
    return text;
}

std::string time_name(repo::ZonedTime time) {
    time.nanoseconds = 0;
    std::string name;
    repo::append_zoned_time(name, time);
    return name;
}

void add_by_time(SnapshotFolder& folder, const repo::Snapshot& snapshot) {
    const std::string wanted = time_name(snapshot.time);
    std::string name = wanted;
    for (int i = 1; folder.below.contains(name); ++i)
        name = wanted + "-" + std::to_string(i);
    folder.below[name] = {.tree = snapshot.tree, .seconds = snapshot.time.seconds};
    folder.below["latest"] = {.link = name, .seconds = snapshot.time.seconds};
    folder.seconds = snapshot.time.seconds;
}

}  // namespace

SnapshotFolder arrange_snapshots(std::span<const repo::ListedSnapshot> snapshots) {
    std::vector<const repo::ListedSnapshot*> by_time;
    for (const auto& listed : snapshots) {
        if (listed.snapshot.tree) by_time.push_back(&listed);
    }
    std::stable_sort(by_time.begin(), by_time.end(),
                     [](const auto* a, const auto* b) { return repo::is_before(a->snapshot.time, b->snapshot.time); });
    SnapshotFolder root;
    for (const auto* name : {"snapshots", "hosts", "tags", "ids"})
        root.below[name];
    for (const auto* listed : by_time) {
        const auto& snapshot = listed->snapshot;
        add_by_time(root.below["snapshots"], snapshot);
        add_by_time(root.below["hosts"].below[file_name_of(snapshot.hostname)], snapshot);
        for (const auto& tag : snapshot.tags)
            add_by_time(root.below["tags"].below[file_name_of(tag)], snapshot);
        root.below["ids"].below[listed->id.substr(0, kShortId)] = {.tree = snapshot.tree,
                                                                   .seconds = snapshot.time.seconds};
        for (auto& [name, folder] : root.below)
            folder.seconds = snapshot.time.seconds;
        root.seconds = snapshot.time.seconds;
    }
    return root;
}

}  // namespace cofre::backup
