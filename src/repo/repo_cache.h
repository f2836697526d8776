#pragma once

/// @file
/// Files of a repository kept on the local disk, so that they are fetched once.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <unordered_set>

#include "base/byte_buffer.h"
#include "base/guarded.h"
#include "base/result.h"
#include "repo/repo_id.h"
#include "repo/repo_layout.h"

namespace cofre::repo {

/// <root>/<repository id>/{index,snapshots,data}: encrypted files as they lie in
/// the store. A cache: it may be deleted at any time, by anybody; a file that
/// does not hash to its name is removed and counts as absent; no failure of it
/// fails the caller (the first is logged). Files are 0600, folders 0700.
///
/// Thread-safe, also among processes: files appear whole, by rename.
class RepoCache {
public:
    /// `$XDG_CACHE_HOME/cofre`, or `~/.cache/cofre`. nullopt: neither is set.
    static std::optional<std::filesystem::path> default_root();

    /// nullptr, with a warning in the log, when the folder cannot be made.
    static std::unique_ptr<RepoCache> open(const std::filesystem::path& root, const Id& repository,
                                           std::uint64_t max_bytes);

    ~RepoCache();
    RepoCache(const RepoCache&) = delete;
    RepoCache& operator=(const RepoCache&) = delete;

    /// The whole file, checked against its id.
    std::optional<ByteBuffer> get(FileKind kind, const Id& id);
    /// A part, not checked: for blobs, whose own MAC and hash are.
    std::optional<ByteBuffer> get_range(FileKind kind, const Id& id, std::uint64_t offset, std::size_t length);
    void put(FileKind kind, const Id& id, std::span<const std::byte> bytes);
    void remove(FileKind kind, const Id& id);

    /// Removes cached files of `kind` that `live` does not name, if the store no
    /// longer has them. Call with a complete listing only.
    void retain(FileKind kind, const std::unordered_set<Id, IdHash>& live);

    /// Evicts what was used longest ago until the rest fits max_bytes. Done by
    /// put() after each 256 MiB, and at the end.
    void trim();

    const std::filesystem::path& folder() const { return folder_; }

private:
    RepoCache(std::filesystem::path folder, std::uint64_t max_bytes);
    std::filesystem::path file_path(FileKind kind, const Id& id) const;
    Status write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);
    void warn_once(const Error& error);

    std::filesystem::path folder_;
    std::uint64_t max_bytes_;
    struct State {
        std::uint64_t put_since_trim = 0;
        bool has_warned = false;
    };
    Guarded<State> state_;
};

}  // namespace cofre::repo
