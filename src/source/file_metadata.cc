#include "source/file_metadata.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/utf8.h"
#include "source/file_status.h"
#include "source/proc_path.h"

namespace cofre::source {
namespace {

FileTime to_file_time(const timespec& time) {
    return {time.tv_sec, static_cast<std::uint32_t>(time.tv_nsec)};
}

// Calls `read(buffer, size)` with a buffer that grows until it is large enough,
// since what is read may grow in between. 0, or errno; the kernel's limits end
// the loop.
template <typename Read>
int read_growing(std::string& out, const Read& read) {
    out.resize(256);
    for (;;) {
        const ssize_t used = read(out.data(), out.size());
        if (used >= 0) {
            out.resize(static_cast<std::size_t>(used));
            return 0;
        }
        if (errno != ERANGE) return errno;
        const ssize_t needed = read(nullptr, 0);
        out.resize(needed > 0 ? static_cast<std::size_t>(needed) : out.size() * 2);
    }
}

bool is_unsupported(const int errnum) {
    return errnum == ENOTSUP || errnum == ENOSYS;
}

std::vector<std::string> split_at_nuls(std::string_view list) {
    std::vector<std::string> names;
    while (!list.empty()) {
        const auto end = list.find('\0');
        names.emplace_back(list.substr(0, end));
        list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    }
    return names;
}

Error attribute_error(int errnum, const std::string& doing, std::string_view path) {
    return Error::from_errno(errnum, doing + ' ' + escape_for_display(path));
}

// `place` is a path whose last part is not followed.
std::vector<FileAttribute> read_attributes(const std::string& place, std::string_view path,
                                           std::vector<Error>& warnings) {
    std::string list;
    const int list_error = read_growing(
        list, [&place](char* buffer, std::size_t size) { return ::llistxattr(place.c_str(), buffer, size); });
    if (list_error != 0) {
        if (!is_unsupported(list_error)) warnings.push_back(attribute_error(list_error, "list attributes of", path));
        return {};
    }
    std::vector<FileAttribute> attributes;
    for (std::string& name : split_at_nuls(list)) {
        std::string value;
        const int error = read_growing(value, [&](char* buffer, std::size_t size) {
            return ::lgetxattr(place.c_str(), name.c_str(), buffer, size);
        });
        if (error == 0) {
            attributes.push_back({std::move(name), std::move(value)});
        } else if (error != ENODATA && !is_unsupported(error)) {  // ENODATA: removed since it was listed.
            warnings.push_back(attribute_error(error, "read attribute " + escape_for_display(name) + " of", path));
        }
    }
    return attributes;
}

}  // namespace

FileKind to_file_kind(mode_t mode) {
    switch (mode & S_IFMT) {
        case S_IFDIR: return FileKind::kDirectory;
        case S_IFLNK: return FileKind::kSymlink;
        case S_IFBLK: return FileKind::kBlockDevice;
        case S_IFCHR: return FileKind::kCharDevice;
        case S_IFIFO: return FileKind::kFifo;
        case S_IFSOCK: return FileKind::kSocket;
        default: return FileKind::kRegular;
    }
}

FileMetadata to_metadata(const struct stat& status) {
    FileMetadata metadata;
    metadata.kind = to_file_kind(status.st_mode);
    metadata.permissions = status.st_mode & 07777U;
    metadata.mtime = to_file_time(status.st_mtim);
    metadata.atime = to_file_time(status.st_atim);
    metadata.ctime = to_file_time(status.st_ctim);
    metadata.uid = status.st_uid;
    metadata.gid = status.st_gid;
    metadata.inode = status.st_ino;
    metadata.device = status.st_dev;
    metadata.links = status.st_nlink;
    if (metadata.kind == FileKind::kRegular) metadata.size = static_cast<std::uint64_t>(status.st_size);
    const bool is_device = metadata.kind == FileKind::kBlockDevice || metadata.kind == FileKind::kCharDevice;
    if (is_device) metadata.node_device = status.st_rdev;
    return metadata;
}

Status complete_metadata(int folder, const std::string& name, std::string_view path, OwnerNames& owners,
                         FileMetadata& metadata, std::vector<Error>& warnings) {
    metadata.user = owners.user(metadata.uid);
    metadata.group = owners.group(metadata.gid);
    if (metadata.kind == FileKind::kSymlink) {
        COFRE_ASSIGN(metadata.link_target, read_link_at(folder, name, path));
    }
    metadata.attributes = read_attributes(proc_path(folder) + '/' + name, path, warnings);
    return {};
}

}  // namespace cofre::source
