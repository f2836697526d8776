#include "store/folder_entries.h"

#include <cerrno>
#include <memory>
#include <optional>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cofre::store {
namespace {

struct CloseDir {
    void operator()(DIR* dir) const { ::closedir(dir); }
};

std::optional<EntryKind> kind_by_stat(int folder, const char* name) {
    struct stat info {};
    if (::fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
    if (S_ISREG(info.st_mode)) return EntryKind::kFile;
    return S_ISDIR(info.st_mode) ? EntryKind::kFolder : EntryKind::kOther;
}

std::optional<EntryKind> kind_of(int folder, const dirent& entry) {
    switch (entry.d_type) {
        case DT_REG: return EntryKind::kFile;
        case DT_DIR: return EntryKind::kFolder;
        case DT_UNKNOWN: return kind_by_stat(folder, entry.d_name);  // Some file systems never say.
        default: return EntryKind::kOther;
    }
}

}  // namespace

Result<std::vector<FolderEntry>> read_folder(int folder, std::string_view what) {
    const auto failed = [&] { return Error::from_errno(errno, "read folder " + std::string(what)); };
    // With a position of its own; closedir() closes it.
    const int copy = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (copy < 0) return failed();
    const std::unique_ptr<DIR, CloseDir> dir(::fdopendir(copy));
    if (!dir) {
        const Error error = failed();
        ::close(copy);
        return error;
    }

    std::vector<FolderEntry> entries;
    for (;;) {
        errno = 0;
        const dirent* entry = ::readdir(dir.get());  // NOLINT(concurrency-mt-unsafe): a stream of our own
        if (entry == nullptr && errno != 0) return failed();
        if (entry == nullptr) return entries;
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        if (const auto kind = kind_of(folder, *entry)) entries.push_back({std::string(name), *kind});
    }
}

WallTime wall_time(const timespec& time) {
    return WallTime(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

}  // namespace cofre::store
