#pragma once

/// @file
/// Files at made-up places of a snapshot: what has no folder on a disk.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backup/snapshot_commit.h"
#include "backup/tree_backup.h"
#include "backup/tree_sink.h"
#include "base/guarded.h"
#include "base/result.h"
#include "repo/chunker.h"
#include "repo/snapshot.h"
#include "repo/tree_node.h"

namespace cofre::backup {

/// Files and the folders above them, all of them the snapshot's user's and as
/// old as it. Not thread-safe. Memory: what was added.
class TreeGraft {
public:
    explicit TreeGraft(const repo::Snapshot& snapshot);
    TreeGraft(TreeGraft&&) noexcept;
    TreeGraft& operator=(TreeGraft&&) noexcept;
    ~TreeGraft();

    /// Adds one file, as "/a/b.sql". kInvalidArgument: no name, one that cannot
    /// be restored, one that was added before, or below another file.
    Status add(const std::string& path, std::vector<repo::Id> content, std::uint64_t size);

    bool empty() const { return root_.empty(); }

    /// Stores the folders' trees; gives the entries of the root, by name.
    Result<std::vector<repo::Node>> save(TreeSink& sink, SummaryCounter& counter) const;

private:
    struct Entry;
    using Folder = std::map<std::string, std::unique_ptr<Entry>>;

    repo::Node blank(const std::string& name) const;
    Result<std::vector<repo::Node>> save_folder(const Folder& folder, TreeSink& sink, SummaryCounter& counter,
                                                int depth) const;

    repo::Node model_;
    Folder root_;
};

/// What TreeBackupPlan::add_files works with; any thread may use it.
struct GraftWork {
    const TreeBackupTools& tools;
    TreeSink& sink;
    SummaryCounter& counter;
    Guarded<TreeGraft>& graft;

    Status add(const std::string& path, std::vector<repo::Id> content, std::uint64_t size) {
        return graft.with([&](TreeGraft& all) { return all.add(path, std::move(content), size); });
    }
};

/// Cuts and stores what `source` gives (0: the end), and adds it as one file,
/// counted as a new one. Errors of `source` come back as they are.
Status graft_stream(const std::string& path, repo::ChunkStream::Reader source, GraftWork& work);

}  // namespace cofre::backup
