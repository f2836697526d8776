#pragma once

/// @file
/// The walk for backups into a repository: folders opened and closed around
/// what they hold, so that trees can be built from the leaves up.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/file.h"
#include "base/result.h"
#include "source/file_metadata.h"
#include "source/path_filter.h"

namespace cofre::source {

/// The content of a folder that holds this file is left out of a backup; the
/// folder and the file itself stay. (restic looks above a target too, and finds
/// nothing to back up if its parent is tagged; here a target that is named is
/// wanted.)
struct FolderTag {
    std::string name;
    std::string header;  ///< What the file must begin with; empty: it only must be there.
};

/// "FILE" or "FILE:HEADER". kInvalidArgument: no name, or one with '/'.
Result<FolderTag> parse_folder_tag(std::string_view text);

/// The tag of caches. Source: https://bford.info/cachedir/
FolderTag cache_folder_tag();

/// Lines of exclude files: white space around them is cut, empty ones and those
/// that begin with '#' are left out, and ${NAME} or $NAME is replaced from
/// `variables`, "$$" by "$". A variable that is not set becomes empty, as in
/// restic; `unset` gets its name.
std::vector<std::string> parse_exclude_lines(std::string_view text, const std::map<std::string, std::string>& variables,
                                             std::vector<std::string>& unset);

struct SnapshotWalkOptions {
    /// Its patterns see absolute paths ('/' anchors at the root of the file
    /// system). Must outlive the walk; null: everything.
    const PathFilter* filter = nullptr;
    std::vector<FolderTag> exclude_if_present;
    /// Other file systems than those of the targets are left out; their mount
    /// points stay, empty.
    bool one_file_system = false;
};

struct WalkedFile {
    std::string path;  ///< From the root of the file system, without the first '/'.
    std::string name;  ///< Its last part.
    FileMetadata metadata;
    /// It had to be passed through to reach a target, and holds nothing else here.
    bool is_above_target = false;
};

/// In each folder names ascend by their bytes. Errors of these end the walk.
struct SnapshotWalkEvents {
    /// Before and after what a folder holds; the root of all, whose path is
    /// empty, is not told. `is_whole` is false if the folder could not be listed
    /// to its end.
    std::function<Status(const WalkedFile& folder)> enter_folder;
    std::function<Status(const WalkedFile& folder, bool is_whole)> leave_folder;
    /// Everything else. `folder`: a handle of the folder that holds it, for
    /// open_walked_file() within this call.
    std::function<Status(const WalkedFile& file, int folder)> visit_file;
    /// Something could not be read, vanished, or lost part of its metadata. The
    /// walk goes on.
    std::function<void(std::string_view path, const Error& error)> on_error;
};

/// Files and folders to be backed up into one snapshot, by their absolute
/// paths. A target below another is part of it. Immutable after create().
class SnapshotTargets {
public:
    /// kNotFound: a target does not exist; a backup of nothing must not look
    /// like one. kInvalidArgument: no target. A target that is a symbolic link
    /// is that link, as in restic; links on the way to it are followed.
    static Result<SnapshotTargets> create(const std::vector<std::filesystem::path>& targets);

    /// Absolute and lexically normal, in the order given; for Snapshot::paths.
    const std::vector<std::string>& paths() const { return paths_; }

    /// Memory: the names of the folders from the root to the current one. Open
    /// at a time: two folders, however deep the tree. kCancelled,
    /// kDeadlineExceeded: by `ctx`.
    Status walk(const CallContext& ctx, const SnapshotWalkOptions& options, const SnapshotWalkEvents& events) const;

private:
    struct Part;
    friend class SnapshotWalk;
    SnapshotTargets() = default;
    std::vector<std::string> paths_;
    std::shared_ptr<const Part> root_;  ///< Shared with copies of this, which never change it.
};

/// Opens a regular file for reading. kConflict: it is something else now, or
/// another file than the walk met. kNotFound: it vanished.
Result<UniqueFd> open_walked_file(int folder, const WalkedFile& file);

}  // namespace cofre::source
