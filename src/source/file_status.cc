#include "source/file_status.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>

#include <fcntl.h>
#include <unistd.h>

#include "source/beneath.h"

namespace cofre::source {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

constexpr std::int64_t year_begin(int year) {
    return std::chrono::sys_seconds(std::chrono::sys_days(std::chrono::year(year) / 1 / 1)).time_since_epoch().count();
}

std::int64_t to_nanoseconds(const timespec& time) {
    const std::int64_t first = year_begin(1678);
    const std::int64_t end = year_begin(2262);
    if (time.tv_sec < first) return first * kSecond;
    if (time.tv_sec >= end) return end * kSecond - 1;
    return time.tv_sec * kSecond + time.tv_nsec;
}

}  // namespace

FileIdentity to_identity(const struct stat& status) {
    return {.device = status.st_dev,
            .inode = status.st_ino,
            .size = static_cast<std::uint64_t>(status.st_size),
            .mtime_ns = to_nanoseconds(status.st_mtim),
            .ctime_ns = to_nanoseconds(status.st_ctim)};
}

FileType to_file_type(const struct stat& status) {
    if (S_ISREG(status.st_mode)) return FileType::kRegular;
    if (S_ISDIR(status.st_mode)) return FileType::kDirectory;
    if (S_ISLNK(status.st_mode)) return FileType::kSymlink;
    return FileType::kSpecial;
}

std::string_view special_kind(const struct stat& status) {
    if (S_ISSOCK(status.st_mode)) return "socket";
    if (S_ISFIFO(status.st_mode)) return "fifo";
    if (S_ISCHR(status.st_mode)) return "character device";
    if (S_ISBLK(status.st_mode)) return "block device";
    return "";
}

Result<struct stat> stat_at(int folder, const std::string& name, std::string_view path) {
    struct stat status {};
    if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0) {
        return path_error(errno, "read status of", path);
    }
    return status;
}

Result<std::string> read_link_at(int folder, const std::string& name, std::string_view path) {
    std::string target(256, '\0');
    for (;;) {
        const ssize_t length = ::readlinkat(folder, name.c_str(), target.data(), target.size());
        if (length < 0) return path_error(errno == EINVAL ? ELOOP : errno, "read link", path);
        const auto used = static_cast<std::size_t>(length);
        if (used < target.size()) {  // Else it may have been cut.
            target.resize(used);
            return target;
        }
        target.resize(target.size() * 2);
    }
}

}  // namespace cofre::source
