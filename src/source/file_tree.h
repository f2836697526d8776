#pragma once

/// @file
/// Files and folders as a source of backups.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/call_context.h"
#include "base/file.h"
#include "base/result.h"
#include "source/path_filter.h"

namespace cofre::source {

/// Enough to tell whether a file is still the one that was read.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t mtime_ns = 0;
    std::int64_t ctime_ns = 0;
    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

enum class FileType : std::uint8_t { kRegular, kDirectory, kSymlink, kSpecial };

struct TreeEntry {
    std::string path;  ///< Bytes, relative to the root, '/' between parts.
    FileType type = FileType::kRegular;
    FileIdentity identity;
    std::uint32_t mode = 0;  ///< Permission bits 07777.
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string user;  ///< Empty if the id has no name.
    std::string group;
    std::string link_target;   ///< kSymlink only.
    std::string special_kind;  ///< kSpecial only: "socket", "fifo", "character device", "block device".
};

struct WalkCallbacks {
    /// In ascending byte order of whole paths, except that a folder comes
    /// before what it holds. An error ends the walk and is returned.
    std::function<Status(const TreeEntry&)> on_entry;
    /// Something could not be read: it vanished, or permission is missing.
    /// The walk goes on with the next name.
    std::function<void(std::string_view path, const Error& error)> on_error;
};

struct WalkOptions {
    const PathFilter* filter = nullptr;  ///< Must outlive the walk; null: everything.
    bool one_file_system = false;        ///< Do not enter mount points.
};

/// A folder (or one file: then the only entry is its name) to be backed up,
/// held open: entries are reached from its descriptor without following any
/// symbolic link, so that nobody can swap a folder for a link underneath.
class FileTree {
public:
    /// The root itself may be reached through symbolic links. kNotFound: no such
    /// path. kPermissionDenied: it cannot be listed. kInvalidArgument: it is
    /// neither a folder nor a regular file.
    static Result<FileTree> open(const std::filesystem::path& root);

    const std::filesystem::path& root() const { return root_; }  ///< Absolute, lexically normal.
    bool is_single_file() const { return !single_name_.empty(); }

    /// Files are never opened, so that a FIFO cannot block. Memory: the names
    /// of the folders from the root to the current one.
    Status walk(const CallContext& ctx, const WalkOptions& options, const WalkCallbacks& callbacks) const;

    /// Opens a regular file for reading. kConflict: it is something else now.
    /// kNotFound: it vanished.
    Result<UniqueFd> open_file(std::string_view path) const;

    /// fstat(2) of an open file.
    static Result<FileIdentity> identity_of(int fd, std::string_view path);

    /// What stands at `path` now, without following links.
    Result<FileIdentity> identity_at(std::string_view path) const;

    /// Removes the file at `path` if it still is `expected`: the folder is held
    /// open between the last look and unlinkat(2). kConflict: it is not.
    Status remove_file(std::string_view path, const FileIdentity& expected) const;

    /// Removes the folder at `path` if it is empty; false if it is not.
    Result<bool> remove_empty_folder(std::string_view path) const;

private:
    FileTree(std::filesystem::path root, UniqueFd fd, std::string single_name)
        : root_(std::move(root)), fd_(std::move(fd)), single_name_(std::move(single_name)) {}

    std::filesystem::path root_;
    UniqueFd fd_;              ///< The root folder, or the folder of the single file.
    std::string single_name_;  ///< Empty for a folder.
};

/// True if `a` comes before `b` in the order of a walk and of manifests: byte
/// order of whole paths.
inline bool path_less(std::string_view a, std::string_view b) {
    return a < b;
}

}  // namespace cofre::source
