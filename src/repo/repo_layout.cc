#include "repo/repo_layout.h"

#include <utility>

#include "base/check.h"

namespace cofre::repo {
namespace {

std::string_view folder_name(FileKind kind) {
    switch (kind) {
        case FileKind::kConfig: return "config";
        case FileKind::kKey: return "keys/";
        case FileKind::kPack: return "data/";
        case FileKind::kIndex: return "index/";
        case FileKind::kSnapshot: return "snapshots/";
        case FileKind::kLock: return "locks/";
    }
    return "";
}

store::ObjectKey key_of(const std::string& text) {
    auto key = store::ObjectKey::parse(text);
    COFRE_CHECK(key);  // The prefix was checked by Layout's constructor's caller, the rest is ASCII.
    return *std::move(key);
}

}  // namespace

std::string_view to_string(FileKind kind) {
    switch (kind) {
        case FileKind::kConfig: return "config";
        case FileKind::kKey: return "key";
        case FileKind::kPack: return "pack";
        case FileKind::kIndex: return "index";
        case FileKind::kSnapshot: return "snapshot";
        case FileKind::kLock: return "lock";
    }
    return "file";
}

Result<Layout> Layout::create(std::string prefix) {
    if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
    // The longest key of a repository must still be one.
    const auto longest = store::ObjectKey::parse(prefix + "snapshots/" + std::string(2 * Id::kSize, '0'));
    if (!longest) return Error(longest.error()).context("prefix of the repository");
    return Layout(std::move(prefix));
}

store::ObjectKey Layout::config_key() const {
    return key_of(prefix_ + "config");
}

store::ObjectKey Layout::key(FileKind kind, const Id& id) const {
    COFRE_CHECK(kind != FileKind::kConfig);
    const std::string name = id.hex();
    if (kind == FileKind::kPack) return key_of(folder(kind) + name.substr(0, 2) + "/" + name);
    return key_of(folder(kind) + name);
}

std::string Layout::folder(FileKind kind) const {
    return prefix_ + std::string(folder_name(kind));
}

std::optional<Id> Layout::id_of(FileKind kind, std::string_view key) const {
    const std::string start = folder(kind);
    if (!key.starts_with(start)) return std::nullopt;
    key.remove_prefix(start.size());
    Id id;
    if (kind != FileKind::kPack) return Id::parse_into(key, id) ? std::optional(id) : std::nullopt;
    if (key.size() != 3 + 2 * Id::kSize || key[2] != '/' || key.substr(0, 2) != key.substr(3, 2)) return std::nullopt;
    return Id::parse_into(key.substr(3), id) ? std::optional(id) : std::nullopt;
}

}  // namespace cofre::repo
