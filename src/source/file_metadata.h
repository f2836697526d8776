#pragma once

/// @file
/// All that a file system keeps of a file besides its content.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

#include "base/result.h"
#include "source/owner_names.h"

namespace cofre::source {

enum class FileKind : std::uint8_t { kRegular, kDirectory, kSymlink, kBlockDevice, kCharDevice, kFifo, kSocket };

/// As stat(2) has it: any 64-bit second, also before 1970.
struct FileTime {
    std::int64_t seconds = 0;
    std::uint32_t nanoseconds = 0;
    friend bool operator==(const FileTime&, const FileTime&) = default;
};

struct FileAttribute {
    std::string name;   ///< "user.comment", "system.posix_acl_access", ...
    std::string value;  ///< Bytes.
    friend bool operator==(const FileAttribute&, const FileAttribute&) = default;
};

struct FileMetadata {
    FileKind kind = FileKind::kRegular;
    std::uint32_t permissions = 0;  ///< 07777: with setuid, setgid and sticky.
    FileTime mtime;
    FileTime atime;
    FileTime ctime;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string user;  ///< Empty if the id has no name.
    std::string group;
    std::uint64_t inode = 0;
    std::uint64_t device = 0;  ///< st_dev
    std::uint64_t links = 0;
    std::uint64_t size = 0;         ///< Of regular files; 0 else.
    std::uint64_t node_device = 0;  ///< st_rdev of devices; 0 else.
    std::string link_target;        ///< Of links: bytes of any length.
    /// In the order of listxattr(2). Access control lists are among them.
    std::vector<FileAttribute> attributes;
};

FileKind to_file_kind(mode_t mode);

/// From stat(2), without names, target and attributes.
FileMetadata to_metadata(const struct stat& status);

/// Adds what stat(2) does not say of `name` in `folder`: names of the owners,
/// target of a link, attributes. Attributes that cannot be read are left out
/// and told in `warnings`; `path` is for messages. No link is followed and
/// nothing is opened, so that neither FIFO nor device can block or act.
/// kConflict: `name` was a link and is none any more. Memory: at most 64 KiB for
/// each attribute (the kernel's limit). Needs /proc.
Status complete_metadata(int folder, const std::string& name, std::string_view path, OwnerNames& owners,
                         FileMetadata& metadata, std::vector<Error>& warnings);

}  // namespace cofre::source
