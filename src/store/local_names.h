#pragma once

/// @file
/// Keys as paths below a folder, and back. Pure; private to store.
///
/// Each '/' of a key separates two names, except one that would leave an empty
/// name: at the start, at the end and after another '/'. Such a '/' is written
/// as %2F. A name "." or ".." is written with %2E, and a '%' that two
/// hexadecimal digits follow with %25; every other byte stands for itself.
///
///     a/b.txt -> a/b.txt      a/ -> a%2F      a//b -> a/%2F/b
///     ../x    -> %2E%2E/x     /  -> %2F       100%41 -> 100%2541
///
/// Sorted by the part of the key that they stand for (a folder's ends in '/'),
/// the names of one folder come in the order of their keys.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/object_store.h"

namespace cofre::store {

/// Where writes are prepared; no key's path begins with it.
inline constexpr std::string_view kTemporaryFolder = ".cofre-tmp";

struct LocalPath {
    std::string folder;  ///< Relative to the root; empty for the root itself.
    std::string name;    ///< Of the file.
};

/// kUnsupported: a name above 255 bytes, or inside kTemporaryFolder.
Result<LocalPath> to_local_path(const ObjectKey& key);

enum class NameKind { kFile, kFolder };

/// The part of a key that a name stands for, such as "b.txt" or "a/". Nothing
/// if no key leads to this name.
std::optional<std::string> to_key_part(std::string_view name, NameKind kind);

/// `folder`/`name`, or `name` alone in the root.
std::string join_path(const std::string& folder, std::string_view name);

}  // namespace cofre::store
