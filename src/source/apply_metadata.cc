#include "source/apply_metadata.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "base/utf8.h"
#include "source/beneath.h"
#include "source/proc_path.h"

namespace cofre::source {
namespace {

constexpr std::uint32_t kSpecialBits = S_ISUID | S_ISGID;
constexpr std::size_t kMaxNameRecord = std::size_t{1} << 20U;

// getpwnam_r(3) and getgrnam_r(3) differ in their types only.
template <typename Record, typename Id, typename Lookup>
Id find_id(const std::string& name, Id fallback, Id Record::*id, Lookup lookup) {
    if (name.empty()) return fallback;
    for (std::vector<char> buffer(1024); buffer.size() <= kMaxNameRecord; buffer.resize(buffer.size() * 2)) {
        Record record{};
        Record* found = nullptr;
        const int error = lookup(name.c_str(), &record, buffer.data(), buffer.size(), &found);
        if (error == ERANGE) continue;
        return found == nullptr ? fallback : record.*id;
    }
    return fallback;
}

// One existing file and what was refused of it.
class Applier {
public:
    Applier(int fd, std::string_view path, const FileMetadata& metadata, const ApplyOptions& options,
            std::vector<Error>& warnings)
        : fd_(fd), path_(path), metadata_(metadata), options_(options), warnings_(warnings) {}

    // The order is the contract of apply_metadata().
    void run() {
        apply_owner();
        if (options_.attributes) apply_attributes();
        apply_times();
        apply_permissions();
    }

private:
    void warn(const std::string& doing) {
        warnings_.push_back(Error::from_errno(errno, doing + ' ' + escape_for_display(path_)));
    }

    void apply_owner() {
        if (options_.owner == OwnerRule::kKeep) {
            is_owner_set_ = false;
            return;
        }
        uid_t uid = metadata_.uid;
        gid_t gid = metadata_.gid;
        if (options_.owner == OwnerRule::kByName) {
            uid = find_id(metadata_.user, uid, &passwd::pw_uid, ::getpwnam_r);
            gid = find_id(metadata_.group, gid, &::group::gr_gid, ::getgrnam_r);
        }
        is_owner_set_ = ::fchownat(fd_, "", uid, gid, AT_EMPTY_PATH) == 0;
        if (!is_owner_set_) warn("set owner of");
    }

    void apply_attributes() {
        const std::string place = proc_path(fd_);
        for (const FileAttribute& attribute : metadata_.attributes) {
            const int result = ::setxattr(place.c_str(), attribute.name.c_str(), attribute.value.data(),
                                          attribute.value.size(), /*flags=*/0);
            if (result != 0) warn("set attribute " + escape_for_display(attribute.name) + " of");
        }
    }

    void apply_times() {
        const std::array<timespec, 2> times = {{{metadata_.atime.seconds, metadata_.atime.nanoseconds},
                                                {metadata_.mtime.seconds, metadata_.mtime.nanoseconds}}};
        if (::utimensat(fd_, "", times.data(), AT_EMPTY_PATH) == 0) return;
        // Kernels before 5.8 refuse the empty path.
        if (errno == EINVAL && ::utimensat(AT_FDCWD, proc_path(fd_).c_str(), times.data(), 0) == 0) return;
        warn("set times of");
    }

    void apply_permissions() {
        if (metadata_.kind == FileKind::kSymlink) return;  // Linux has none.
        std::uint32_t mode = metadata_.permissions;
        const bool is_folder = metadata_.kind == FileKind::kDirectory;
        if (!is_folder && (!options_.suid || !is_owner_set_)) mode &= ~kSpecialBits;
        if (::fchmodat(AT_FDCWD, proc_path(fd_).c_str(), mode, 0) != 0) warn("set permissions of");
    }

    int fd_;
    std::string_view path_;
    const FileMetadata& metadata_;
    const ApplyOptions& options_;
    std::vector<Error>& warnings_;
    bool is_owner_set_ = true;
};

mode_t kind_bits(FileKind kind) {
    switch (kind) {
        case FileKind::kBlockDevice: return S_IFBLK;
        case FileKind::kCharDevice: return S_IFCHR;
        case FileKind::kFifo: return S_IFIFO;
        case FileKind::kSocket: return S_IFSOCK;
        default: return 0;
    }
}

// 0 or errno.
int create_once(int folder, const char* name, const FileMetadata& metadata) {
    const int result =
        metadata.kind == FileKind::kSymlink
            ? ::symlinkat(metadata.link_target.c_str(), folder, name)
            : ::mknodat(folder, name, kind_bits(metadata.kind) | S_IRUSR | S_IWUSR, metadata.node_device);
    return result == 0 ? 0 : errno;
}

Status replace_with_special(int folder, const std::string& name, std::string_view path, const FileMetadata& metadata) {
    constexpr int kMaxTries = 100;
    for (int i = 0; i < kMaxTries; ++i) {
        const std::string other = ".cofre-new-" + std::to_string(::getpid()) + "-" + std::to_string(i);
        const int error = create_once(folder, other.c_str(), metadata);
        if (error == EEXIST) continue;
        if (error != 0) return path_error(error, "create", path);
        if (::renameat(folder, other.c_str(), folder, name.c_str()) == 0) return {};
        const int rename_error = errno;
        ::unlinkat(folder, other.c_str(), 0);
        return path_error(rename_error, "replace", path);
    }
    return path_error(EEXIST, "create", path);
}

}  // namespace

Status apply_metadata(int folder, const std::string& name, std::string_view path, const FileMetadata& metadata,
                      const ApplyOptions& options, std::vector<Error>& warnings) {
    const UniqueFd handle(::openat(folder, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!handle || ::fstat(handle.get(), &status) != 0) return path_error(errno, "open", path);
    if (to_file_kind(status.st_mode) != metadata.kind) return path_error(ELOOP, "set metadata of", path);
    Applier(handle.get(), path, metadata, options, warnings).run();
    return {};
}

Status create_special_file(int folder, const std::string& name, std::string_view path, const FileMetadata& metadata) {
    if (metadata.kind == FileKind::kRegular || metadata.kind == FileKind::kDirectory) {
        return Error(ErrorCode::kInvalidArgument, "create " + escape_for_display(path) + ": no special file");
    }
    const int error = create_once(folder, name.c_str(), metadata);
    if (error == EEXIST) return replace_with_special(folder, name, path, metadata);
    if (error != 0) return path_error(error, "create", path);
    return {};
}

}  // namespace cofre::source
