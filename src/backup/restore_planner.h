#pragma once

/// @file
/// Pass one of a restore: from trees to windows of files. For tree_restore.cc.

#include <cstdint>
#include <string>
#include <vector>

#include "backup/restore_filter.h"
#include "backup/restore_window.h"
#include "base/bounded_queue.h"
#include "repo/tree_walk.h"
#include "source/hard_links.h"

namespace cofre::backup {

/// Walks the trees, makes folders, links and devices, and hands windows of files
/// to `out`, which it closes at the end. One thread.
class RestorePlanner {
public:
    using Windows = BoundedQueue<RestoreWindow>;

    RestorePlanner(RestoreWork& work, const RestoreFilter& filter, Windows& out)
        : work_(work), filter_(filter), out_(out) {}

    /// An Error ends the restore.
    Status run(const CallContext& ctx);

private:
    /// A folder on the way to the current entry.
    struct Level {
        std::string path;  ///< Relative to the target.
        source::FileMetadata metadata;
        bool keeps_metadata = false;  ///< It was there, and is to be left as it is.
        bool is_made = false;
        bool is_failed = false;
        std::uint32_t window = 0;  ///< In which `number` is its place among the folders.
        std::uint32_t number = 0;
    };

    Result<bool> visit(const std::string& path, repo::Node& node);
    Status leave();
    Status lost_tree(const std::string& path, const Error& error);
    Status plan_node(const std::string& name, repo::Node& node);
    Status plan_file(int folder, const std::string& name, source::FileMetadata metadata, repo::Node& node);
    Status plan_other(int folder, const std::string& name, const source::FileMetadata& metadata);
    Status plan_link(const std::string& name, const std::string& first, std::uint64_t size);
    Result<bool> keeps(const struct stat& status, const source::FileMetadata& metadata);
    Result<PlannedFile> look_at(int folder, const std::string& name, source::FileMetadata metadata, repo::Node& node);

    Status make_folders();
    Status make_folder(std::size_t level);
    Result<int> current_folder();
    std::uint32_t folder_number();
    std::string path_of(const std::string& name) const;
    Status hand_over_if_full();
    Status hand_over();

    RestoreWork& work_;
    const RestoreFilter& filter_;
    Windows& out_;
    std::stop_token stop_;
    std::vector<Level> levels_;
    RestoreWindow window_;
    std::uint32_t window_number_ = 0;
    source::HardLinks links_;
    std::string open_path_ = "\n";  ///< Of `open_`: none yet.
    UniqueFd open_;
};

}  // namespace cofre::backup
