#pragma once

/// @file
/// One folder of the snapshot before, so that what has not changed is not read.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "repo/repository.h"
#include "repo/tree_node.h"

namespace cofre::backup {

/// What is kept of a node: what decides whether a file is the same, and what it
/// was made of.
struct PreviousEntry {
    std::string name;
    repo::NodeType type = repo::NodeType::kFile;
    repo::ZonedTime mtime;
    repo::ZonedTime ctime;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::vector<repo::Id> content;
    std::optional<repo::Id> subtree;
};

struct SameFileRules {
    bool ignore_inode = false;
    bool ignore_ctime = false;
};

/// restic's rule: a file of the same size, mtime, ctime and inode is the same.
bool is_same_file(const PreviousEntry& before, const repo::Node& now, const SameFileRules& rules);

/// The entries of a tree, asked for in ascending order of names. Memory: its
/// entries. Not thread-safe.
class PreviousTree {
public:
    PreviousTree() = default;  ///< Nothing was there.

    /// Errors of Repository::load_blob and TreeDecoder.
    static Result<PreviousTree> load(const CallContext& ctx, repo::Repository& repository, const repo::Id& tree);

    /// nullptr: it was not there. Good until the tree dies. Looks forward from
    /// the last name asked for.
    const PreviousEntry* find(std::string_view name);

private:
    std::vector<PreviousEntry> entries_;
    std::size_t at_ = 0;
};

}  // namespace cofre::backup
