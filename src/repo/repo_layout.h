#pragma once

/// @file
/// Where a repository's files lie: kinds of files and their keys.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "repo/repo_id.h"
#include "store/object_store.h"

namespace cofre::repo {

enum class FileKind : std::uint8_t { kConfig, kKey, kPack, kIndex, kSnapshot, kLock };

/// "pack", "index", ...: for messages.
std::string_view to_string(FileKind kind);

/// Source: restic's design document, "Repository Layout". Immutable, so
/// thread-safe.
class Layout {
public:
    /// `prefix` is "" or a folder; a missing '/' at its end is added.
    /// kInvalidArgument: too long, or not a key's beginning.
    static Result<Layout> create(std::string prefix);

    const std::string& prefix() const { return prefix_; }

    store::ObjectKey config_key() const;
    /// data/ab/abcd... for packs, <folder>/<id> for the rest. Not for kConfig.
    store::ObjectKey key(FileKind kind, const Id& id) const;

    /// What every key of a kind begins with, e.g. "prefix/index/".
    std::string folder(FileKind kind) const;

    /// The id that `key` names, if it is a file of `kind`; nullopt for a foreign
    /// file, which readers must leave alone.
    std::optional<Id> id_of(FileKind kind, std::string_view key) const;

private:
    explicit Layout(std::string prefix) : prefix_(std::move(prefix)) {}
    std::string prefix_;
};

}  // namespace cofre::repo
