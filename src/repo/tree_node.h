#pragma once

/// @file
/// One entry of a tree: a file, a folder or something else, with all that
/// restic keeps of it. Source: restic, internal/data/node.go, and measurements
/// of what restic 0.14 writes.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "repo/repo_id.h"
#include "repo/zoned_time.h"

namespace cofre::repo {

enum class NodeType : std::uint8_t {
    kFile,
    kDirectory,
    kSymlink,
    kBlockDevice,
    kCharDevice,
    kFifo,
    kSocket,
    kIrregular,
    kOther,  ///< Of a version to come: Node::other_type.
};

/// "file", "dir", "symlink", "dev", "chardev", "fifo", "socket", "irregular".
std::string_view to_string(NodeType type);

struct ExtendedAttribute {
    std::string name;                  ///< Well-formed UTF-8: JSON holds no other.
    std::optional<std::string> value;  ///< Bytes. Some writers put null for an empty one.
    friend bool operator==(const ExtendedAttribute&, const ExtendedAttribute&) = default;
};

/// A field that this version does not know: kept, and written after those it
/// knows, so that writing a tree or snapshot again loses nothing.
struct UnknownField {
    std::string name;
    std::string json;  ///< The value as it stood.
    friend bool operator==(const UnknownField&, const UnknownField&) = default;
};

/// Fields in the order in which they are written; those that are empty or 0 are
/// left out, but for name, type, times, uid, gid and content.
struct Node {
    std::string name;  ///< Bytes.
    NodeType type = NodeType::kFile;
    std::string other_type;  ///< kOther only.
    std::uint32_t mode = 0;  ///< Go's FileMode: file_mode.h.
    ZonedTime mtime = kZeroTime;
    ZonedTime atime = kZeroTime;
    ZonedTime ctime = kZeroTime;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string user;
    std::string group;
    std::uint64_t inode = 0;
    std::uint64_t device_id = 0;  ///< st_dev: with inode and links > 1, which names are one file.
    std::uint64_t size = 0;
    std::uint64_t links = 0;
    std::string link_target;  ///< Bytes.
    std::vector<ExtendedAttribute> extended_attributes;
    std::string generic_attributes;  ///< A JSON object as it stood: attributes of other systems.
    std::uint64_t device = 0;        ///< st_rdev of a device.
    /// Data blobs, in order. Files have a list, be it empty; others have none.
    std::optional<std::vector<Id>> content;
    std::optional<Id> subtree;  ///< Folders only.
    std::string error;
    std::vector<UnknownField> unknown_fields;

    friend bool operator==(const Node&, const Node&) = default;
};

/// The node as JSON, byte for byte as restic's. Never fails: names and link
/// targets may hold any bytes.
void append_node(std::string& out, const Node& node);

/// kCorruption: a name that would lead out of the folder it is restored into:
/// empty, ".", "..", or with '/' or NUL in it. Trees may hold such names; they
/// can be listed, and nothing more.
Status check_restorable_name(std::string_view name);

}  // namespace cofre::repo
