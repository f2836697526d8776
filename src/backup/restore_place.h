#pragma once

/// @file
/// Names below the folder that a snapshot is restored into, and the files that
/// grow there. Paths are relative to it, and empty for itself.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <sys/stat.h>

#include "base/file.h"
#include "base/result.h"

namespace cofre::backup {

/// What partial files are called before they get their names.
inline constexpr std::string_view kPartialPrefix = ".cofre-partial-";

/// Every path is resolved beneath one descriptor without following symbolic
/// links (source/beneath.h). Thread-safe.
class RestorePlace {
public:
    /// Creates the folder if it is absent, unless `dry_run`: then nothing is
    /// there, and open_folder() finds nothing.
    static Result<RestorePlace> open(const std::filesystem::path& path, bool dry_run);

    /// kNotFound: it is not there. kConflict: it, or a part of the way, is no folder.
    Result<UniqueFd> open_folder(std::string_view path) const;
    Result<std::uint64_t> free_bytes() const;
    Status sync() const;
    int root() const { return root_.get(); }
    bool exists() const { return static_cast<bool>(root_); }

private:
    explicit RestorePlace(UniqueFd root) : root_(std::move(root)) {}
    UniqueFd root_;
};

/// stat(2) of `name` itself; nullopt: nothing is there.
Result<std::optional<struct stat>> status_of(int folder, const std::string& name, std::string_view path);

/// Makes a folder (0700), or opens up one of ours that is there. A file or link
/// in the way is replaced if `may_replace`. True: it was not there before.
Result<bool> make_folder_in(int folder, const std::string& name, std::string_view path, bool may_replace);

/// A new, private, empty file in the place of whatever has the name.
Result<UniqueFd> create_partial(int folder, const std::string& name);

/// One that is there from before: regular, ours, without other names. Anything
/// else is kConflict, and create_partial() replaces it.
Result<UniqueFd> open_partial(int folder, const std::string& name);

/// Gives the file its length and, unless `sparse`, its room on the disk.
/// kResourceExhausted: there is not enough.
Status give_size(int fd, std::uint64_t size, bool sparse, std::string_view path);

Status write_at(int fd, std::uint64_t offset, std::span<const std::byte> bytes, std::string_view path);

/// The same, but blocks of zeros become holes.
Status write_sparse(int fd, std::uint64_t offset, std::span<const std::byte> bytes, std::string_view path);

/// How much of `out` there was to read.
Result<std::size_t> read_at(int fd, std::uint64_t offset, std::span<std::byte> out, std::string_view path);

/// Renames within a folder, replacing a file, a link or an empty folder.
/// kConflict: a folder that is not empty has the name.
Status rename_over(int folder, const std::string& from, const std::string& to, std::string_view path);

/// Makes `name` another name of `first_path`, replacing as rename_over().
Status link_over(const RestorePlace& place, std::string_view first_path, int folder, const std::string& name,
                 std::string_view path);

}  // namespace cofre::backup
