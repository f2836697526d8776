#pragma once

/// @file
/// Where a restore writes: never outside one folder.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "objects/manifest.h"

namespace cofre::backup {

enum class Overwrite : std::uint8_t {
    kAlways,     ///< Replace whatever is there.
    kIfChanged,  ///< Replace a file whose size or mtime differs.
    kIfNewer,    ///< Replace a file that is older than the one restored.
    kNever,
};
Result<Overwrite> parse_overwrite(std::string_view text);

/// A file that grows unseen: it has no name until commit() gives it one, so a
/// killed restore leaves nothing behind. Destroying it discards it. Writing may
/// be done by several threads at different offsets.
class PendingFile {
public:
    PendingFile(PendingFile&&) noexcept = default;
    PendingFile& operator=(PendingFile&&) noexcept = default;
    ~PendingFile();

    int fd() const { return file_.get(); }
    /// Room on the disk for `size` bytes, so that a full one is noticed before
    /// anything is fetched. Does nothing where the file system cannot.
    Status reserve(std::uint64_t size) const;
    Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) const;

    /// Sets owner (where permitted), mode and time, and gives the file its name,
    /// replacing what has it. Set-user-ID and set-group-ID bits are dropped
    /// unless `suid`: whoever can write to the bucket could plant them.
    /// kConflict: a folder has the name.
    Status commit(const objects::ManifestEntry& entry, bool suid);

private:
    friend class TargetFolder;
    PendingFile(UniqueFd folder, UniqueFd file, std::string name, std::string temp_name)
        : folder_(std::move(folder)),
          file_(std::move(file)),
          name_(std::move(name)),
          temp_name_(std::move(temp_name)) {}

    UniqueFd folder_;
    UniqueFd file_;
    std::string name_;
    std::string temp_name_;  ///< Only where the file system has no unnamed files.
};

/// Every path is resolved from the folder's descriptor with RESOLVE_BENEATH and
/// RESOLVE_NO_SYMLINKS (openat2(2)): a symbolic link on the way, or "..", is an
/// error and not a way out. Thread-safe.
class TargetFolder {
public:
    /// Creates `path` if it is absent. kPermissionDenied, kResourceExhausted.
    static Result<TargetFolder> open(const std::filesystem::path& path);

    const std::filesystem::path& path() const { return path_; }

    /// Makes the folder and those above it (0700 until set_folder_metadata()). A
    /// file or link in the way is replaced, unless `overwrite` is kNever.
    Status make_folder(std::string_view path, Overwrite overwrite) const;

    /// False: what is there is to be kept.
    Result<bool> wants(const objects::ManifestEntry& entry, std::string_view path, Overwrite overwrite) const;

    Result<PendingFile> create_file(std::string_view path) const;
    Status make_symlink(const objects::ManifestEntry& entry, std::string_view path) const;
    Status set_folder_metadata(const objects::ManifestEntry& entry, std::string_view path) const;

    /// Free bytes for us, from statvfs(3).
    Result<std::uint64_t> free_bytes() const;
    /// syncfs(2).
    Status sync() const;

private:
    TargetFolder(std::filesystem::path path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
    Result<UniqueFd> open_folder(std::string_view path) const;
    Result<UniqueFd> open_parent(std::string_view path, std::string& name) const;

    std::filesystem::path path_;
    UniqueFd fd_;
};

}  // namespace cofre::backup
