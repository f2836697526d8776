#include "base/rotating_file.h"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"

namespace cofre {
namespace {

Status create_folders(const std::filesystem::path& folder) {
    std::filesystem::path made;
    for (const auto& part : folder) {
        made /= part;
        if (::mkdir(made.c_str(), 0700) == 0 || errno == EEXIST) continue;
        const int error = errno;
        // mkdir("/") on a read-only root says EROFS although it exists.
        struct stat info {};
        if (::stat(made.c_str(), &info) != 0) return Error::from_errno(error, "create folder " + made.string());
    }
    return {};
}

// 0, or the errno. A missing file is nothing to rename.
int rename_if_present(const std::filesystem::path& from, const std::filesystem::path& to) {
    return ::rename(from.c_str(), to.c_str()) == 0 || errno == ENOENT ? 0 : errno;
}

}  // namespace

Result<RotatingFile> RotatingFile::open(std::filesystem::path path, Limits limits) {
    COFRE_TRY(create_folders(path.parent_path()));
    RotatingFile file(std::move(path), limits);
    COFRE_TRY(file.reopen());
    return file;
}

Status RotatingFile::reopen() {
    UniqueFd fd(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600));
    if (!fd) return Error::from_errno(errno, "open log file " + path_.string());
    fd_ = std::move(fd);
    return {};
}

Status RotatingFile::write(std::string_view line) {
    Status prepared = prepare(line.size());
    COFRE_TRY(write_all(fd_.get(), as_bytes(line), path_.string()));
    return prepared;
}

// Leaves fd_ at the file that `path_` names, with room for the next line.
Status RotatingFile::prepare(std::size_t next_bytes) {
    struct stat ours {};
    struct stat named {};
    if (::fstat(fd_.get(), &ours) != 0) return Error::from_errno(errno, "stat log file " + path_.string());
    const bool is_there = ::stat(path_.c_str(), &named) == 0;
    if (!is_there || ours.st_ino != named.st_ino || ours.st_dev != named.st_dev) {
        COFRE_TRY(reopen());
        if (::fstat(fd_.get(), &ours) != 0) return Error::from_errno(errno, "stat log file " + path_.string());
    }
    if (limits_.max_bytes == 0 || !S_ISREG(ours.st_mode) || ours.st_size == 0) return {};
    const auto size = static_cast<std::uint64_t>(ours.st_size);
    if (size + next_bytes <= limits_.max_bytes) return {};
    return rotate();
}

Status RotatingFile::rotate() {
    if (limits_.backup_count <= 0) {
        if (::ftruncate(fd_.get(), 0) != 0) return Error::from_errno(errno, "empty log file " + path_.string());
        return {};
    }
    for (int number = limits_.backup_count - 1; number >= 0; --number) {
        const int error = rename_if_present(rotated(number), rotated(number + 1));
        if (error != 0) return Error::from_errno(error, "rotate log file " + rotated(number).string());
    }
    return reopen();
}

std::filesystem::path RotatingFile::rotated(int number) const {
    if (number == 0) return path_;
    return path_.string() + "." + std::to_string(number);
}

}  // namespace cofre
