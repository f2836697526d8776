#include "backup/target_folder.h"

#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/utf8.h"
#include "crypto/random.h"

namespace cofre::backup {
namespace {

constexpr mode_t kPrivateFolder = 0700;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

Error failed(const char* what, std::string_view path) {
    return Error::from_errno(errno, std::string(what) + " " + escape_for_display(path));
}

/// glibc 2.36 has no wrapper. Needs Linux 5.6; Debian 12 has 6.1.
UniqueFd open_beneath(int folder, const std::string& path, std::uint64_t flags) {
    open_how how{};
    how.flags = flags | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    return UniqueFd(static_cast<int>(::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how)));
}

std::array<timespec, 2> times_of(const objects::ManifestEntry& entry) {
    timespec t{};
    t.tv_sec = entry.mtime_ns / kNsPerSecond;
    t.tv_nsec = entry.mtime_ns % kNsPerSecond;
    if (t.tv_nsec < 0) {
        t.tv_nsec += kNsPerSecond;
        --t.tv_sec;
    }
    return {t, t};
}

/// Only root can give files away; for anybody else the restorer owns them.
bool may_set_owner() {
    return ::geteuid() == 0;
}

std::string proc_path(int fd) {
    return "/proc/self/fd/" + std::to_string(fd);
}

}  // namespace

Result<Overwrite> parse_overwrite(std::string_view text) {
    if (text == "always") return Overwrite::kAlways;
    if (text == "if-changed") return Overwrite::kIfChanged;
    if (text == "if-newer") return Overwrite::kIfNewer;
    if (text == "never") return Overwrite::kNever;
    return Error(ErrorCode::kInvalidArgument,
                 "overwrite: \"" + std::string(text) + "\" is not one of always, " + "if-changed, if-newer, never");
}

PendingFile::~PendingFile() {
    if (folder_ && !temp_name_.empty()) ::unlinkat(folder_.get(), temp_name_.c_str(), 0);
}

Status PendingFile::reserve(std::uint64_t size) const {
    while (::fallocate(file_.get(), 0, 0, static_cast<off_t>(size)) != 0) {
        if (errno == EINTR) continue;
        if (errno == EOPNOTSUPP || errno == ENOSYS) return {};
        return failed("reserve room for", name_);
    }
    return {};
}

Status PendingFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
        const ssize_t n = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return failed("write", name_);
        offset += static_cast<std::uint64_t>(n);
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return {};
}

Status PendingFile::commit(const objects::ManifestEntry& entry, bool suid) {
    if (may_set_owner() && ::fchown(file_.get(), entry.uid, entry.gid) != 0) return failed("set owner of", name_);
    if (::fchmod(file_.get(), entry.mode & (suid ? 07777U : 01777U)) != 0) return failed("set mode of", name_);
    if (::futimens(file_.get(), times_of(entry).data()) != 0) return failed("set time of", name_);
    if (temp_name_.empty()) {
        const auto self = proc_path(file_.get());
        if (::linkat(AT_FDCWD, self.c_str(), folder_.get(), name_.c_str(), AT_SYMLINK_FOLLOW) == 0) {
            return file_.close(name_);
        }
        if (errno != EEXIST) return failed("name", name_);
        temp_name_ = ".cofre-" + crypto::random_hex(8);
        if (::linkat(AT_FDCWD, self.c_str(), folder_.get(), temp_name_.c_str(), AT_SYMLINK_FOLLOW) != 0) {
            temp_name_.clear();
            return failed("name", name_);
        }
    }
    if (::renameat(folder_.get(), temp_name_.c_str(), folder_.get(), name_.c_str()) != 0) {
        if (errno == EISDIR) return Error(ErrorCode::kConflict, escape_for_display(name_) + ": a folder is in the way");
        return failed("rename to", name_);
    }
    temp_name_.clear();
    return file_.close(name_);
}

Result<TargetFolder> TargetFolder::open(const std::filesystem::path& path) {
    std::error_code problem;
    std::filesystem::create_directories(path, problem);
    if (problem) return Error::from_errno(problem.value(), "create target folder " + escape_for_display(path.native()));
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return failed("open target folder", path.native());
    return TargetFolder(path, std::move(fd));
}

Result<UniqueFd> TargetFolder::open_folder(std::string_view path) const {
    UniqueFd fd = open_beneath(fd_.get(), path.empty() ? "." : std::string(path), O_RDONLY | O_DIRECTORY);
    if (!fd) return failed("open folder", path);
    return fd;
}

Result<UniqueFd> TargetFolder::open_parent(std::string_view path, std::string& name) const {
    if (!objects::is_safe_relative_path(path)) {
        return Error(ErrorCode::kInvalidArgument, "refused path " + escape_for_display(path));
    }
    const auto slash = path.rfind('/');
    name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
    return open_folder(slash == std::string_view::npos ? std::string_view() : path.substr(0, slash));
}

Status TargetFolder::make_folder(std::string_view path, Overwrite overwrite) const {
    if (!objects::is_safe_relative_path(path)) {
        return Error(ErrorCode::kInvalidArgument, "refused path " + escape_for_display(path));
    }
    if (open_beneath(fd_.get(), std::string(path), O_RDONLY | O_DIRECTORY)) return {};
    for (std::size_t end = 0; end != std::string_view::npos;) {
        end = path.find('/', end + 1);
        const auto partial = path.substr(0, end);
        std::string name;
        COFRE_ASSIGN(const auto parent, open_parent(partial, name));
        if (::mkdirat(parent.get(), name.c_str(), kPrivateFolder) == 0) continue;
        if (errno != EEXIST) return failed("create folder", partial);
        struct stat info {};
        if (::fstatat(parent.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return failed("look at", partial);
        if (S_ISDIR(info.st_mode)) continue;
        if (overwrite == Overwrite::kNever) {
            return Error(ErrorCode::kConflict, escape_for_display(partial) + ": something else is in the way");
        }
        if (::unlinkat(parent.get(), name.c_str(), 0) != 0) return failed("replace", partial);
        if (::mkdirat(parent.get(), name.c_str(), kPrivateFolder) != 0) return failed("create folder", partial);
    }
    return {};
}

Result<bool> TargetFolder::wants(const objects::ManifestEntry& entry, std::string_view path,
                                 Overwrite overwrite) const {
    if (overwrite == Overwrite::kAlways) return true;
    std::string name;
    const auto parent = open_parent(path, name);
    if (!parent) return parent.error().code() == ErrorCode::kNotFound ? Result<bool>(true) : parent.error();
    struct stat info {};
    if (::fstatat(parent->get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return true;
        return failed("look at", path);
    }
    const std::int64_t mtime_ns = info.st_mtim.tv_sec * kNsPerSecond + info.st_mtim.tv_nsec;
    switch (overwrite) {
        case Overwrite::kAlways: return true;
        case Overwrite::kNever: return false;
        case Overwrite::kIfNewer: return entry.mtime_ns > mtime_ns;
        case Overwrite::kIfChanged:
            return !S_ISREG(info.st_mode) || static_cast<std::uint64_t>(info.st_size) != entry.size ||
                   mtime_ns != entry.mtime_ns;
    }
    return true;
}

Result<PendingFile> TargetFolder::create_file(std::string_view path) const {
    std::string name;
    COFRE_ASSIGN(auto parent, open_parent(path, name));
    UniqueFd file(::openat(parent.get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (file) return PendingFile(std::move(parent), std::move(file), std::move(name), {});
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT) return failed("create a file beside", path);
    std::string temp = ".cofre-" + crypto::random_hex(8);
    file = UniqueFd(::openat(parent.get(), temp.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) return failed("create", path);
    return PendingFile(std::move(parent), std::move(file), std::move(name), std::move(temp));
}

Status TargetFolder::make_symlink(const objects::ManifestEntry& entry, std::string_view path) const {
    std::string name;
    COFRE_ASSIGN(const auto parent, open_parent(path, name));
    const std::string temp = ".cofre-" + crypto::random_hex(8);
    if (::symlinkat(entry.link_target.c_str(), parent.get(), temp.c_str()) != 0) return failed("create link", path);
    if (may_set_owner()) {
        std::ignore = ::fchownat(parent.get(), temp.c_str(), entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW);
    }
    ::utimensat(parent.get(), temp.c_str(), times_of(entry).data(), AT_SYMLINK_NOFOLLOW);
    if (::renameat(parent.get(), temp.c_str(), parent.get(), name.c_str()) == 0) return {};
    auto error = failed("create link", path);
    ::unlinkat(parent.get(), temp.c_str(), 0);
    return error;
}

Status TargetFolder::set_folder_metadata(const objects::ManifestEntry& entry, std::string_view path) const {
    COFRE_ASSIGN(const auto folder, open_folder(path));
    if (may_set_owner() && ::fchown(folder.get(), entry.uid, entry.gid) != 0) return failed("set owner of", path);
    if (::fchmod(folder.get(), entry.mode & 07777U) != 0) return failed("set mode of", path);
    if (::futimens(folder.get(), times_of(entry).data()) != 0) return failed("set time of", path);
    return {};
}

Result<std::uint64_t> TargetFolder::free_bytes() const {
    struct statvfs info {};
    if (::fstatvfs(fd_.get(), &info) != 0) return failed("statvfs", path_.native());
    return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

Status TargetFolder::sync() const {
    if (::syncfs(fd_.get()) != 0) return failed("sync", path_.native());
    return {};
}

}  // namespace cofre::backup
