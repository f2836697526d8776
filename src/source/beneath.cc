#include "source/beneath.h"

#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/utf8.h"
#include "source/path_parts.h"

namespace cofre::source {
namespace {

Status check_path(std::string_view path) {
    for (const std::string_view part : split_path(path)) {
        if (!part.empty() && part != "." && part != ".." && part.find('\0') == std::string_view::npos) continue;
        return Error(ErrorCode::kInvalidArgument,
                     "open \"" + escape_for_display(path) + "\": not a path below a folder");
    }
    return {};
}

// A descriptor, or -1 and errno.
int try_openat2(int root, std::string_view path, int flags) {
    open_how how{};
    how.flags = static_cast<unsigned>(flags) | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    const std::string name(path);
    return static_cast<int>(::syscall(SYS_openat2, root, name.c_str(), &how, sizeof how));
}

int try_by_parts(int root, std::string_view path, int flags) {
    const auto parts = split_path(path);
    UniqueFd folder;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const std::string name(parts[i]);
        const int at = folder ? folder.get() : root;
        UniqueFd next(::openat(at, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!next) return -1;
        folder = std::move(next);
    }
    const std::string name(parts.back());
    return ::openat(folder ? folder.get() : root, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC);
}

int try_open(int root, std::string_view path, int flags) {
    if (path.size() < PATH_MAX) {
        const int fd = try_openat2(root, path, flags);
        // Filters of system calls that are older than this one answer EPERM;
        // but so does the kernel to O_NOATIME, and then the caller asks again.
        const bool is_missing = errno == ENOSYS || (errno == EPERM && (flags & O_NOATIME) == 0);
        if (fd >= 0 || !is_missing) return fd;
    }
    return try_by_parts(root, path, flags);
}

}  // namespace

Error path_error(int errnum, std::string_view doing, std::string_view path) {
    const std::string what = std::string(doing) + " " + escape_for_display(path);
    switch (errnum) {
        case ELOOP:
        case EXDEV:
        case ENXIO:
        case EISDIR:
        case ENOTDIR: return Error(ErrorCode::kConflict, what + ": it has become something else");
        case EBUSY: return Error(ErrorCode::kConflict, what + ": it is in use, perhaps as a mount point");
        case EAGAIN:
            return Error(ErrorCode::kUnavailable, what + ": another process holds a lease on it")
                .with_hint("a file server is writing to the file; run the backup again");
        default: return Error::from_errno(errnum, what);
    }
}

Result<UniqueFd> open_beneath(int root, std::string_view path, int flags) {
    COFRE_TRY(check_path(path));
    UniqueFd fd(try_open(root, path, flags));
    if (!fd) return path_error(errno, "open", path);
    return fd;
}

Result<UniqueFd> open_by_parts(int root, std::string_view path, int flags) {
    COFRE_TRY(check_path(path));
    UniqueFd fd(try_by_parts(root, path, flags));
    if (!fd) return path_error(errno, "open", path);
    return fd;
}

Result<UniqueFd> open_for_reading(int root, std::string_view path, int flags) {
    COFRE_TRY(check_path(path));
    const int all_flags = flags | O_RDONLY | O_NONBLOCK | O_NOCTTY;
    UniqueFd fd(try_open(root, path, all_flags | O_NOATIME));
    if (!fd && errno == EPERM) fd = UniqueFd(try_open(root, path, all_flags));
    if (!fd) return path_error(errno, "open", path);
    return fd;
}

Result<Place> locate(int root, std::string_view path) {
    const std::string_view folder = folder_name(path);
    if (!folder.empty()) {
        COFRE_TRY(check_path(base_name(path)));
        COFRE_ASSIGN(auto fd, open_beneath(root, folder, O_PATH | O_DIRECTORY));
        return Place{std::move(fd), std::string(base_name(path))};
    }
    COFRE_TRY(check_path(path));
    UniqueFd fd(::openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return path_error(errno, "open", ".");
    return Place{std::move(fd), std::string(path)};
}

}  // namespace cofre::source
