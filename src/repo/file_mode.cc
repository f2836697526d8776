#include "repo/file_mode.h"

#include <sys/stat.h>

namespace cofre::repo {
namespace {

constexpr std::uint32_t kPermissionBits = 0777;

std::uint32_t go_kind(std::uint32_t st_mode) {
    switch (st_mode & S_IFMT) {
        case S_IFREG: return 0;
        case S_IFDIR: return kGoModeDirectory;
        case S_IFLNK: return kGoModeSymlink;
        case S_IFBLK: return kGoModeDevice;
        case S_IFCHR: return kGoModeDevice | kGoModeCharDevice;
        case S_IFIFO: return kGoModeFifo;
        case S_IFSOCK: return kGoModeSocket;
        default: return kGoModeIrregular;
    }
}

std::uint32_t unix_kind(std::uint32_t go_mode) {
    if ((go_mode & kGoModeDirectory) != 0) return S_IFDIR;
    if ((go_mode & kGoModeSymlink) != 0) return S_IFLNK;
    if ((go_mode & kGoModeDevice) != 0) return (go_mode & kGoModeCharDevice) != 0 ? S_IFCHR : S_IFBLK;
    if ((go_mode & kGoModeFifo) != 0) return S_IFIFO;
    if ((go_mode & kGoModeSocket) != 0) return S_IFSOCK;
    return (go_mode & kGoModeIrregular) != 0 ? 0 : S_IFREG;
}

}  // namespace

std::uint32_t to_go_mode(std::uint32_t st_mode) {
    std::uint32_t mode = (st_mode & kPermissionBits) | go_kind(st_mode);
    if ((st_mode & S_ISUID) != 0) mode |= kGoModeSetuid;
    if ((st_mode & S_ISGID) != 0) mode |= kGoModeSetgid;
    if ((st_mode & S_ISVTX) != 0) mode |= kGoModeSticky;
    return mode;
}

std::uint32_t to_st_mode(std::uint32_t go_mode) {
    std::uint32_t mode = (go_mode & kPermissionBits) | unix_kind(go_mode);
    if ((go_mode & kGoModeSetuid) != 0) mode |= S_ISUID;
    if ((go_mode & kGoModeSetgid) != 0) mode |= S_ISGID;
    if ((go_mode & kGoModeSticky) != 0) mode |= S_ISVTX;
    return mode;
}

}  // namespace cofre::repo
