#include "store/local_folders.h"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace cofre::store {
namespace {

constexpr mode_t kFolderMode = 0700;

// "a/b/c" -> "a/b", "a" -> "".
std::string parent_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace

UniqueFd open_beneath(int root, const std::string& path, int flags) {
    open_how how{};
    how.flags = static_cast<decltype(how.flags)>(flags | O_CLOEXEC | O_NOFOLLOW);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    const char* name = path.empty() ? "." : path.c_str();
    UniqueFd fd(static_cast<int>(::syscall(SYS_openat2, root, name, &how, sizeof(how))));
    // Before Linux 5.6, or in a sandbox that does not know the call.
    if (!fd && (errno == ENOSYS || errno == EPERM)) return walk_beneath(root, path, flags);
    return fd;
}

UniqueFd walk_beneath(int root, const std::string& path, int flags) {
    UniqueFd folder(::openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
    std::size_t begin = 0;
    for (std::size_t slash = path.find('/'); folder && slash != std::string::npos; slash = path.find('/', begin)) {
        const std::string name = path.substr(begin, slash - begin);
        folder = UniqueFd(::openat(folder.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        begin = slash + 1;
    }
    if (!folder) return folder;
    const std::string last = path.empty() ? "." : path.substr(begin);
    return UniqueFd(::openat(folder.get(), last.c_str(), flags | O_CLOEXEC | O_NOFOLLOW));
}

Error name_error(int errnum, std::string_view doing) {
    switch (errnum) {
        case ELOOP: return Error(ErrorCode::kUnsupported, fmt::format("{}: a symbolic link stands in the way", doing));
        case ENOTDIR: return Error(ErrorCode::kUnsupported, fmt::format("{}: a part of the key is an object", doing));
        case EISDIR:
        case ENOTEMPTY: return Error(ErrorCode::kUnsupported, fmt::format("{}: objects lie below this key", doing));
        case EXDEV: return Error(ErrorCode::kUnsupported, fmt::format("{}: it lies on another file system", doing));
        case EINVAL:
        case EILSEQ:
        case ENAMETOOLONG:
            return Error(ErrorCode::kUnsupported, fmt::format("{}: the file system cannot hold this name", doing));
        default: return Error::from_errno(errnum, doing);
    }
}

Result<UniqueFd> create_folders(int root, const std::string& path, std::string_view doing) {
    UniqueFd folder = open_beneath(root, path, O_RDONLY | O_DIRECTORY);
    if (folder) return folder;
    if (errno != ENOENT) return name_error(errno, doing);
    // Downwards by descriptors: each name is created in the folder that was
    // just opened, wherever somebody may move it meanwhile.
    folder = open_beneath(root, "", O_RDONLY | O_DIRECTORY);
    for (std::size_t begin = 0; folder && begin < path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string name = path.substr(begin, end - begin);
        if (::mkdirat(folder.get(), name.c_str(), kFolderMode) != 0 && errno != EEXIST) {
            return name_error(errno, doing);
        }
        folder = UniqueFd(::openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        begin = end + 1;
    }
    if (!folder) return name_error(errno, doing);
    return folder;
}

void remove_empty_folders(int root, std::string path) {
    for (; !path.empty(); path = parent_of(path)) {
        const UniqueFd parent = open_beneath(root, parent_of(path), O_PATH | O_DIRECTORY);
        if (!parent || ::unlinkat(parent.get(), name_of(path).c_str(), AT_REMOVEDIR) != 0) return;
    }
}

std::string etag_of(const struct stat& info) {
    return fmt::format("{:x}-{:x}-{:x}.{:x}", info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

}  // namespace cofre::store
