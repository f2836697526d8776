#pragma once

/// @file
/// Between files here and nodes of a repository's trees.

#include <string>

#include "repo/tree_node.h"
#include "source/file_metadata.h"

namespace cofre::source {

struct NodeRules {
    repo::Zone zone = repo::Zone::local();
    /// Else a node's time of access is that of modification, as in restic:
    /// reading a file would change its folder's tree.
    bool with_atime = false;
};

/// Without content and subtree; the content of a file is an empty list.
repo::Node to_node(const std::string& name, const FileMetadata& metadata, const NodeRules& rules);

/// kUnsupported: a type that cannot be created here.
Result<FileMetadata> to_metadata(const repo::Node& node);

}  // namespace cofre::source
