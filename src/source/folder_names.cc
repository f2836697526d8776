#include "source/folder_names.h"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"

namespace cofre::source {
namespace {

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

// Appends until the end, or returns errno.
int append_names(DIR* folder, bool with_folders, std::vector<std::string>& names) {
    for (;;) {
        errno = 0;
        const dirent* const entry = ::readdir(folder);  // NOLINT(concurrency-mt-unsafe): one thread per DIR
        if (entry == nullptr) return errno;
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        names.emplace_back(name);
        const bool may_be_folder = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
        if (with_folders && may_be_folder) names.push_back(std::string(name) + '/');
    }
}

FolderNames read_names(int fd, bool with_folders) {
    FolderNames result;
    const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    const std::unique_ptr<DIR, CloseFolder> folder(copy >= 0 ? ::fdopendir(copy) : nullptr);
    if (!folder) {
        result.status = Error::from_errno(errno, "open folder");
        if (copy >= 0) ::close(copy);
        return result;
    }
    if (const int error = append_names(folder.get(), with_folders, result.names); error != 0) {
        result.status = Error::from_errno(error, "read folder");
    }
    std::sort(result.names.begin(), result.names.end(), std::greater<>());
    return result;
}

}  // namespace

bool FolderNames::will_enter(const std::string& name) const {
    return std::binary_search(names.begin(), names.end(), name + '/', std::greater<>());
}

FolderNames read_folder(int fd) {
    return read_names(fd, /*with_folders=*/true);
}

FolderNames read_plain_folder(int fd) {
    return read_names(fd, /*with_folders=*/false);
}

}  // namespace cofre::source
