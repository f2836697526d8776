#pragma once

/// @file
/// A stretch of a snapshot that is restored in one go: what the planner hands
/// over, and the fetching of it. For tree_restore.cc and restore_planner.cc.

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "backup/restore_place.h"
#include "backup/restore_tally.h"
#include "backup/tree_restore.h"
#include "base/call_context.h"
#include "repo/repository.h"
#include "source/file_metadata.h"

namespace cofre::backup {

/// What has a file's name now.
enum class Standing : std::uint8_t {
    kNothing,
    kOther,    ///< Something to be replaced unseen.
    kSame,     ///< By size and time it is the file.
    kCompare,  ///< A regular file that may hold some of the content.
};

struct PlannedFile {
    std::uint32_t folder = 0;  ///< In RestoreWindow::folders.
    std::string name;
    source::FileMetadata metadata;
    std::vector<repo::Id> content;
    std::uint64_t tree_size = 0;  ///< As the tree says; the blobs decide.
    Standing standing = Standing::kNothing;
    std::uint64_t standing_size = 0;
    bool has_partial = false;  ///< An interrupted restore left one.
};

/// Another name of a file that is restored before.
struct PlannedLink {
    std::uint32_t folder = 0;
    std::string name;
    std::string first_path;
    std::uint64_t size = 0;
};

/// A folder of which nothing more will come.
struct FinishedFolder {
    std::string path;
    source::FileMetadata metadata;
};

struct RestoreWindow {
    std::vector<std::string> folders;  ///< Paths relative to the target.
    std::vector<PlannedFile> files;
    std::vector<PlannedLink> links;
    std::vector<FinishedFolder> finished;  ///< Those below before those above.
    std::size_t bytes = 0;                 ///< Of memory, about.

    std::string path_of(std::uint32_t folder, const std::string& name) const {
        return folders[folder].empty() ? name : folders[folder] + '/' + name;
    }
};

/// What all windows of one restore share. Members must outlive it.
struct RestoreWork {
    const TreeRestorePlan& plan;
    repo::Repository& repo;
    const RestorePlace& place;
    RestoreTally& tally;
    source::ApplyOptions apply;
    /// Files with other names that could not be restored. For one thread.
    std::unordered_set<std::string> failed_first_names;
};

/// The name under which the file grows: the same for the same name and content.
std::string partial_name_of(const std::string& name, const std::vector<repo::Id>& content);

/// Sets metadata, and tells what was refused.
Status apply_to(RestoreWork& work, int folder, const std::string& name, const std::string& path,
                const source::FileMetadata& metadata);

/// Files, then links, then folders. In a dry run only compares. An Error ends
/// the restore; see run_tree_restore().
Status restore_window(const CallContext& ctx, RestoreWork& work, RestoreWindow& window);

}  // namespace cofre::backup
