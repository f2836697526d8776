#pragma once

/// @file
/// Descriptors and whole small files, without exceptions.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <sys/types.h>

#include "base/result.h"

namespace cofre {

/// Owns a file descriptor. -1 is "none".
class UniqueFd {
public:
    explicit UniqueFd(int fd = -1) : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~UniqueFd();

    int get() const { return fd_; }
    /// For who else will close it.
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }
    explicit operator bool() const { return fd_ >= 0; }

    /// Closes now and reports what close(2) says: after writing, the last
    /// chance to learn of EIO or EDQUOT. EINTR counts as closed (Linux).
    Status close(std::string_view what);

private:
    int fd_;
};

/// Reads a whole file of at most `max_bytes`, such as a config or key file.
/// kNotFound, kPermissionDenied: from open(2). kResourceExhausted: it is longer.
Result<std::string> read_small_file(const std::filesystem::path& path, std::size_t max_bytes);

/// Writes all of `data`, through EINTR and short writes. `what` names the file.
Status write_all(int fd, std::span<const std::byte> data, std::string_view what);

/// Replaces `path` as a whole: a temporary file beside it with `mode`, fsync,
/// rename, fsync of the folder. After an error the old file is untouched and
/// the temporary one is gone, unless only the last step failed: then the new
/// file is there, but may not outlive a power cut. kResourceExhausted: disk full.
Status write_file_atomic(const std::filesystem::path& path, std::string_view content, mode_t mode = 0600);

/// Makes the names inside a folder durable.
Status sync_directory(const std::filesystem::path& path);

/// A private folder (0700) under $TMPDIR or /tmp, removed with all it holds
/// when the object dies. Errors of removal are ignored.
class TempDir {
public:
    static Result<TempDir> create(std::string_view prefix);
    TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    TempDir& operator=(TempDir&& other) noexcept {
        std::swap(path_, other.path_);
        return *this;
    }
    ~TempDir();

    const std::filesystem::path& path() const { return path_; }

private:
    explicit TempDir(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

}  // namespace cofre
