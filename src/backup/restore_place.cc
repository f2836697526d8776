#include "backup/restore_place.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/utf8.h"
#include "crypto/random.h"
#include "source/beneath.h"

namespace cofre::backup {
namespace {

constexpr mode_t kWorkingFolder = 0700;
constexpr mode_t kWorkingFile = 0600;
constexpr int kMaxTries = 100;

// Below this, room is found when the bytes come: one system call less for each
// of many small files.
constexpr std::uint64_t kReserveFrom = std::uint64_t{1} << 20U;

// A hole is worth a block of the file system.
constexpr std::size_t kHoleBlock = 4096;

bool is_zero(std::span<const std::byte> bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

/// Lets its owner fill a folder that was there before.
void open_up(int folder, const std::string& name) {
    if (::geteuid() == 0) return;
    const UniqueFd fd(::openat(folder, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0 || (status.st_mode & kWorkingFolder) == kWorkingFolder) return;
    // What cannot be opened up shows when it is written to.
    const std::string self = "/proc/self/fd/" + std::to_string(fd.get());
    if (::chmod(self.c_str(), (status.st_mode & 07777U) | kWorkingFolder) != 0) return;
}

}  // namespace

Result<RestorePlace> RestorePlace::open(const std::filesystem::path& path, bool dry_run) {
    std::error_code problem;
    if (!dry_run) std::filesystem::create_directories(path, problem);
    if (problem) return Error::from_errno(problem.value(), "create target folder " + escape_for_display(path.native()));
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd && !(dry_run && errno == ENOENT)) {
        return Error::from_errno(errno, "open target folder " + escape_for_display(path.native()));
    }
    return RestorePlace(std::move(fd));
}

Result<UniqueFd> RestorePlace::open_folder(std::string_view path) const {
    if (!root_) return Error(ErrorCode::kNotFound, "the target is not there");
    if (!path.empty()) return source::open_beneath(root_.get(), path, O_RDONLY | O_DIRECTORY);
    UniqueFd fd(::openat(root_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return Error::from_errno(errno, "open the target folder");
    return fd;
}

Result<std::uint64_t> RestorePlace::free_bytes() const {
    struct statvfs status {};
    if (::fstatvfs(root_.get(), &status) != 0) return Error::from_errno(errno, "ask for free space in the target");
    return std::uint64_t{status.f_bavail} * status.f_frsize;
}

Status RestorePlace::sync() const {
    if (::syncfs(root_.get()) != 0) return Error::from_errno(errno, "sync the target folder");
    return {};
}

Result<std::optional<struct stat>> status_of(int folder, const std::string& name, std::string_view path) {
    struct stat status {};
    if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return std::optional(status);
    if (errno == ENOENT) return std::optional<struct stat>();
    return source::path_error(errno, "look at", path);
}

Result<bool> make_folder_in(int folder, const std::string& name, std::string_view path, bool may_replace) {
    if (::mkdirat(folder, name.c_str(), kWorkingFolder) == 0) return true;
    if (errno != EEXIST) return source::path_error(errno, "create folder", path);
    COFRE_ASSIGN(const auto status, status_of(folder, name, path));
    if (status && S_ISDIR(status->st_mode)) {
        if (may_replace) open_up(folder, name);
        return false;
    }
    if (!may_replace) {
        return Error(ErrorCode::kConflict, "create folder " + escape_for_display(path) + ": a file has its name");
    }
    if (::unlinkat(folder, name.c_str(), 0) != 0 && errno != ENOENT) return source::path_error(errno, "replace", path);
    if (::mkdirat(folder, name.c_str(), kWorkingFolder) != 0) return source::path_error(errno, "create folder", path);
    return true;
}

Result<UniqueFd> create_partial(int folder, const std::string& name) {
    for (int i = 0; i < kMaxTries; ++i) {
        UniqueFd fd(::openat(folder, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kWorkingFile));
        if (fd) return fd;
        if (errno != EEXIST || (::unlinkat(folder, name.c_str(), 0) != 0 && errno != ENOENT)) break;
    }
    return Error::from_errno(errno, "create a file");
}

Result<UniqueFd> open_partial(int folder, const std::string& name) {
    UniqueFd fd(::openat(folder, name.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd) return Error::from_errno(errno, "open " + name);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return Error::from_errno(errno, "look at " + name);
    if (!S_ISREG(status.st_mode) || status.st_nlink != 1 || status.st_uid != ::geteuid()) {
        return Error(ErrorCode::kConflict, name + " is not a file of ours");
    }
    return fd;
}

Status give_size(int fd, std::uint64_t size, bool sparse, std::string_view path) {
    if (!sparse && size >= kReserveFrom) {
        int result = 0;
        do {
            result = ::fallocate(fd, 0, 0, static_cast<off_t>(size));
        } while (result != 0 && errno == EINTR);
        if (result != 0 && errno != EOPNOTSUPP && errno != ENOSYS) {
            return Error::from_errno(errno, "reserve room for " + escape_for_display(path));
        }
    }
    if (::ftruncate(fd, static_cast<off_t>(size)) != 0) {
        return Error::from_errno(errno, "set the size of " + escape_for_display(path));
    }
    return {};
}

Status write_at(int fd, std::uint64_t offset, std::span<const std::byte> bytes, std::string_view path) {
    while (!bytes.empty()) {
        const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return Error::from_errno(errno, "write " + escape_for_display(path));
        offset += static_cast<std::uint64_t>(n);
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return {};
}

Status write_sparse(int fd, std::uint64_t offset, std::span<const std::byte> bytes, std::string_view path) {
    while (!bytes.empty()) {
        // Runs of equal kind, cut where the file's own blocks begin.
        std::size_t end = 0;
        const auto next_cut = [&] {
            const auto to_block = kHoleBlock - static_cast<std::size_t>((offset + end) % kHoleBlock);
            return std::min(bytes.size(), end + to_block);
        };
        const bool hole = is_zero(bytes.first(next_cut()));
        do {
            end = next_cut();
        } while (end < bytes.size() && is_zero(bytes.subspan(end, next_cut() - end)) == hole);
        if (!hole) {
            COFRE_TRY(write_at(fd, offset, bytes.first(end), path));
        } else if (::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                               static_cast<off_t>(end)) != 0) {
            // No holes here: what an interrupted restore left must not stay.
            COFRE_TRY(write_at(fd, offset, bytes.first(end), path));
        }
        offset += end;
        bytes = bytes.subspan(end);
    }
    return {};
}

Result<std::size_t> read_at(int fd, std::uint64_t offset, std::span<std::byte> out, std::string_view path) {
    std::size_t done = 0;
    while (done < out.size()) {
        const ssize_t n = ::pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return Error::from_errno(errno, "read " + escape_for_display(path));
        if (n == 0) break;
        done += static_cast<std::size_t>(n);
    }
    return done;
}

Status rename_over(int folder, const std::string& from, const std::string& to, std::string_view path) {
    for (int i = 0; i < 2; ++i) {
        if (::renameat(folder, from.c_str(), folder, to.c_str()) == 0) return {};
        if (errno != EISDIR && errno != ENOTEMPTY && errno != EEXIST) break;
        if (::unlinkat(folder, to.c_str(), AT_REMOVEDIR) != 0) {
            return Error(ErrorCode::kConflict, escape_for_display(path) + ": a folder that is not empty has its name")
                .with_hint("move it away and restore again");
        }
    }
    return source::path_error(errno, "rename to", path);
}

Status link_over(const RestorePlace& place, std::string_view first_path, int folder, const std::string& name,
                 std::string_view path) {
    COFRE_ASSIGN(const auto first, source::locate(place.root(), first_path));
    const std::string other = std::string(kPartialPrefix) + crypto::random_hex(8);
    if (::linkat(first.folder.get(), first.name.c_str(), folder, other.c_str(), 0) != 0) {
        return source::path_error(errno, "link to " + escape_for_display(first_path) + " as", path);
    }
    auto renamed = rename_over(folder, other, name, path);
    // rename(2) leaves both names if they are one file already.
    ::unlinkat(folder, other.c_str(), 0);
    return renamed;
}

}  // namespace cofre::backup
