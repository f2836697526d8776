#pragma once

/// @file
/// Walking the trees of snapshots. Trees are loaded ahead on several threads;
/// what the caller sees comes on its own thread and in order.

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "repo/repository.h"
#include "repo/tree.h"

namespace cofre::repo {

/// The nodes of one folder. kNotFound: the tree is not in the index.
/// kCorruption: as Repository::load_blob and TreeDecoder.
Result<std::vector<Node>> load_tree(const CallContext& ctx, Repository& repo, const Id& tree);

struct TreeWalkOptions {
    int threads = 0;  ///< That load and decode trees; 0: the repository's connections.
};

/// Paths begin with '/' and are relative to the root of the walk. Names are as
/// the tree has them, and may be hostile: check_restorable_name().
struct TreeWalkEvents {
    /// Every entry, in ascending order of names within a folder, and each folder
    /// before what it holds; false leaves out what it holds. The node may be
    /// moved from, unless it is a folder that is entered and left.
    std::function<Result<bool>(const std::string& path, Node& node)> visit;
    /// Optional: a folder, after what it holds, unless it was not entered or its
    /// tree could not be read.
    std::function<Status(const std::string& path, Node& node)> leave;
    /// Optional: all of a folder at once, after its visit and before those of
    /// what it holds. The root's path is empty.
    std::function<Status(const std::string& path, std::span<const Node> nodes)> open;
    /// A tree that cannot be read; an error that this returns ends the walk. If
    /// absent, the first such tree does. Not called for a stop.
    std::function<Status(const std::string& path, const Error& error)> on_error;
};

/// Threads: as many as `options` says. Memory: the nodes of the folders from the
/// root to the current one, and of at most four folders ahead for each thread.
/// kCancelled, kDeadlineExceeded: by `ctx`. kUnsupported: folders more than
/// 65 536 deep.
Status walk_tree(const CallContext& ctx, Repository& repo, const Id& root, const TreeWalkOptions& options,
                 const TreeWalkEvents& events);

/// Every tree that can be reached from `roots`, each once however many folders
/// share it, in no order: for what counts or marks. `visit` runs on several
/// threads at once, and its nodes may be moved from; it gets the error of a tree
/// that cannot be read, and may go on. Memory: the ids of the trees, and one
/// folder for each thread.
using TreeVisitor = std::function<Status(const Id& tree, Result<std::span<Node>> nodes)>;
Status visit_trees(const CallContext& ctx, Repository& repo, std::span<const Id> roots, const TreeWalkOptions& options,
                   const TreeVisitor& visit);

/// What lies at `path` below the tree `root`: '/'-separated, empty parts and "."
/// do not count. kNotFound: nothing. kInvalidArgument: a part of it is no folder.
Result<Node> find_node(const CallContext& ctx, Repository& repo, const Id& root, std::string_view path);

/// The tree of the folder at `path`, and `root` itself if it is empty. Errors as
/// above; kInvalidArgument: it is no folder.
Result<Id> find_folder(const CallContext& ctx, Repository& repo, const Id& root, std::string_view path);

}  // namespace cofre::repo
