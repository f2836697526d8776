#pragma once

/// @file
/// Trees written anew with some entries left out or changed.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "repo/blob_writer.h"
#include "repo/repository.h"
#include "repo/tree_node.h"

namespace cofre::repo {

enum class NodeVerdict : std::uint8_t { kKeep, kDrop, kChanged };

struct TreeRules {
    /// `path`: from the root of the snapshot, beginning with '/', bytes. May
    /// change the node, and then says kChanged; the subtree is looked at next,
    /// unless the node is dropped.
    std::function<Result<NodeVerdict>(const std::string& path, Node& node)> judge;
    /// A tree that is missing or damaged becomes an empty one. Absent: its error
    /// is returned.
    std::function<void(const std::string& path, const Error& error)> on_unreadable;
    /// Refuse (kUnsupported) to write a tree anew whose text we would not give
    /// back byte for byte: a newer program put something in it.
    bool must_be_canonical = true;
};

struct RewrittenTree {
    Id id;                    ///< As before if nothing changed.
    std::uint64_t files = 0;  ///< What is left, all folders together.
    std::uint64_t bytes = 0;
    std::uint64_t entries = 0;
};

/// A tree of which nothing changed is not written, and keeps its id. Results
/// are remembered by path and tree, at most 2^20 of them. Not thread-safe.
///
/// Memory: the entries of one folder and of those above it, and about 100 MB
/// for what is remembered. No recursion: trees may be as deep as they like.
class TreeRewriter {
public:
    /// `writer` may be null: then nothing is written, and ids are what they
    /// would be. Both must outlive it.
    TreeRewriter(Repository& repository, BlobWriter* writer, TreeRules rules)
        : repository_(repository), writer_(writer), rules_(std::move(rules)) {}

    /// nullopt: the root itself is missing or damaged, and on_unreadable was
    /// told. Errors: of `judge`, of the store, kCorruption.
    Result<std::optional<RewrittenTree>> rewrite(const CallContext& ctx, const Id& root);

private:
    struct Frame;
    Result<Frame> enter(const CallContext& ctx, const Id& tree, std::string path);
    Status step(const CallContext& ctx, std::vector<Frame>& stack);
    Result<RewrittenTree> leave(const CallContext& ctx, Frame& frame);
    Status check_canonical(const CallContext& ctx, const Frame& frame);
    static void take_result(Frame& parent, const RewrittenTree& child);

    Repository& repository_;
    BlobWriter* writer_;
    TreeRules rules_;
    std::unordered_map<Id, RewrittenTree, IdHash> known_;  // By the hash of path and tree.
};

}  // namespace cofre::repo
