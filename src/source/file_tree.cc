#include "source/file_tree.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "source/beneath.h"
#include "source/file_status.h"

namespace cofre::source {
namespace {

namespace fs = std::filesystem;

Error root_error(int errnum, const fs::path& root) {
    return Error::from_errno(errnum, "open source " + escape_for_display(root.native()));
}

// The path as given, unless taking ".." out of it by name alone could lead
// elsewhere, or its last name is a link to a file, whose own name counts.
Result<fs::path> resolve_root(const fs::path& root, bool is_file) {
    std::error_code error;
    const fs::path absolute = fs::absolute(root, error);
    if (error) return root_error(error.value(), root);
    const bool goes_up = std::find(absolute.begin(), absolute.end(), "..") != absolute.end();
    const bool is_link = is_file && fs::is_symlink(fs::symlink_status(absolute, error));
    fs::path resolved = goes_up || is_link ? fs::canonical(absolute, error) : absolute.lexically_normal();
    if (error) return root_error(error.value(), root);
    // "/a/" and "/a" are the same folder.
    if (!resolved.has_filename() && resolved.has_relative_path()) resolved = resolved.parent_path();
    return resolved;
}

Error changed(std::string_view doing, std::string_view path) {
    return path_error(ELOOP, doing, path);
}

}  // namespace

Result<FileTree> FileTree::open(const fs::path& root) {
    // Neither blocks on a FIFO nor wakes a device: no data is asked for.
    const UniqueFd probe(::open(root.c_str(), O_PATH | O_CLOEXEC));
    struct stat status {};
    if (!probe || ::fstat(probe.get(), &status) != 0) return root_error(errno, root);
    const bool is_file = S_ISREG(status.st_mode);
    if (!is_file && !S_ISDIR(status.st_mode)) {
        return Error(ErrorCode::kInvalidArgument,
                     "open source " + escape_for_display(root.native()) + ": neither a folder nor a regular file");
    }
    COFRE_ASSIGN(auto resolved, resolve_root(root, is_file));
    const fs::path folder = is_file ? resolved.parent_path() : resolved;
    // To reach one file its folder need not be listed.
    UniqueFd fd(::open(folder.c_str(), (is_file ? O_PATH : O_RDONLY) | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return root_error(errno, folder);
    std::string single_name = is_file ? resolved.filename().string() : std::string();
    return FileTree(std::move(resolved), std::move(fd), std::move(single_name));
}

Result<UniqueFd> FileTree::open_file(std::string_view path) const {
    COFRE_ASSIGN(auto fd, open_for_reading(fd_.get(), path, 0));
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return path_error(errno, "read status of", path);
    if (!S_ISREG(status.st_mode)) return changed("open", path);
    return fd;
}

Result<FileIdentity> FileTree::identity_of(int fd, std::string_view path) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return path_error(errno, "read status of", path);
    return to_identity(status);
}

Result<FileIdentity> FileTree::identity_at(std::string_view path) const {
    COFRE_ASSIGN(const auto place, locate(fd_.get(), path));
    COFRE_ASSIGN(const auto status, stat_at(place.folder.get(), place.name, path));
    return to_identity(status);
}

Status FileTree::remove_file(std::string_view path, const FileIdentity& expected) const {
    COFRE_ASSIGN(const auto place, locate(fd_.get(), path));
    COFRE_ASSIGN(const auto status, stat_at(place.folder.get(), place.name, path));
    if (to_identity(status) != expected) {
        return Error(ErrorCode::kConflict,
                     "remove " + escape_for_display(path) + ": it has changed since it was backed up");
    }
    if (::unlinkat(place.folder.get(), place.name.c_str(), 0) != 0) return path_error(errno, "remove", path);
    return {};
}

Result<bool> FileTree::remove_empty_folder(std::string_view path) const {
    COFRE_ASSIGN(const auto place, locate(fd_.get(), path));
    if (::unlinkat(place.folder.get(), place.name.c_str(), AT_REMOVEDIR) == 0) return true;
    // POSIX lets rmdir(2) say either.
    if (errno == ENOTEMPTY || errno == EEXIST) return false;
    return path_error(errno, "remove folder", path);
}

}  // namespace cofre::source
