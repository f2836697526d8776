#include "repo/tree_rewrite.h"

#include <utility>

#include "base/encoding.h"
#include "base/utf8.h"
#include "crypto/digest.h"
#include "repo/tree.h"

namespace cofre::repo {
namespace {

constexpr std::size_t kMostKnownTrees = std::size_t{1} << 20U;

bool is_tree_damage(const Error& error) {
    return error.code() == ErrorCode::kCorruption || error.code() == ErrorCode::kNotFound ||
           error.code() == ErrorCode::kResourceExhausted;
}

Id known_key(const std::string& path, const Id& tree) {
    crypto::Sha256 hash;
    hash.update(tree.bytes());
    hash.update(path);
    return Id(hash.finish());
}

}  // namespace

/// One folder under way.
struct TreeRewriter::Frame {
    std::string path;  // Without a slash at its end; empty for the root.
    Id tree;
    std::vector<Node> nodes;
    std::vector<bool> dropped;
    std::size_t next = 0;
    bool is_changed = false;
    bool is_lost = false;  // It could not be read.
    RewrittenTree sum;
};

Result<TreeRewriter::Frame> TreeRewriter::enter(const CallContext& ctx, const Id& tree, std::string path) {
    Frame frame;
    frame.path = std::move(path);
    frame.tree = tree;
    auto text = repository_.load_blob(ctx, BlobType::kTree, tree);
    auto nodes = text ? decode_tree(text->text()) : Result<std::vector<Node>>(text.error());
    if (nodes) {
        frame.nodes = *std::move(nodes);
    } else {
        if (!rules_.on_unreadable || !is_tree_damage(nodes.error())) {
            return std::move(nodes).error().context("\"" + escape_for_display(frame.path) + "/\"");
        }
        rules_.on_unreadable(frame.path + "/", nodes.error());
        frame.is_changed = true;
        frame.is_lost = true;
    }
    frame.dropped.resize(frame.nodes.size());
    return frame;
}

/// The next entry of the folder on top.
Status TreeRewriter::step(const CallContext& ctx, std::vector<Frame>& stack) {
    Frame& frame = stack.back();
    const std::size_t at = frame.next++;
    Node& node = frame.nodes[at];
    std::string path = frame.path + "/" + node.name;
    auto verdict = rules_.judge(path, node);
    if (!verdict) return std::move(verdict).error().context("\"" + escape_for_display(path) + "\"");
    frame.is_changed = frame.is_changed || *verdict != NodeVerdict::kKeep;
    if (*verdict == NodeVerdict::kDrop) {
        frame.dropped[at] = true;
        return {};
    }
    ++frame.sum.entries;
    if (node.type == NodeType::kFile) {
        ++frame.sum.files;
        frame.sum.bytes += node.size;
    }
    if (!node.subtree) return {};
    if (const auto known = known_.find(known_key(path, *node.subtree)); known != known_.end()) {
        take_result(frame, known->second);
        return {};
    }
    COFRE_ASSIGN(auto child, enter(ctx, *node.subtree, std::move(path)));
    stack.push_back(std::move(child));  // `frame` and `node` are gone.
    return {};
}

/// `child` belongs to the entry that was looked at last.
void TreeRewriter::take_result(Frame& parent, const RewrittenTree& child) {
    Node& node = parent.nodes[parent.next - 1];
    parent.is_changed = parent.is_changed || node.subtree != child.id;
    node.subtree = child.id;
    parent.sum.files += child.files;
    parent.sum.bytes += child.bytes;
    parent.sum.entries += child.entries;
}

Status TreeRewriter::check_canonical(const CallContext& ctx, const Frame& frame) {
    if (!rules_.must_be_canonical || frame.is_lost) return {};
    COFRE_ASSIGN(const auto text, repository_.load_blob(ctx, BlobType::kTree, frame.tree));
    COFRE_ASSIGN(const bool is_canonical, is_canonical_tree(text.text()));
    if (is_canonical) return {};
    return Error(ErrorCode::kUnsupported, "\"" + escape_for_display(frame.path) + "/\": tree " +
                                              frame.tree.short_hex() +
                                              " cannot be written anew without losing information")
        .with_hint("a newer program wrote it: rewrite the snapshot with that program");
}

/// All entries of the folder have been looked at.
Result<RewrittenTree> TreeRewriter::leave(const CallContext& ctx, Frame& frame) {
    frame.sum.id = frame.tree;
    if (!frame.is_changed) return frame.sum;
    COFRE_TRY(check_canonical(ctx, frame));
    TreeEncoder encoder;
    for (std::size_t i = 0; i < frame.nodes.size(); ++i) {
        if (!frame.dropped[i]) COFRE_TRY(encoder.add(frame.nodes[i]));
    }
    const std::string text = encoder.finish();
    frame.sum.id = Id::of(as_bytes(text));
    if (writer_ != nullptr) {
        auto saved = writer_->save(BlobType::kTree, as_bytes(text));
        if (!saved) return std::move(saved).error();
    }
    return frame.sum;
}

Result<std::optional<RewrittenTree>> TreeRewriter::rewrite(const CallContext& ctx, const Id& root) {
    std::vector<Frame> stack;
    COFRE_ASSIGN(auto top, enter(ctx, root, {}));
    if (top.is_lost) return std::optional<RewrittenTree>();
    stack.push_back(std::move(top));
    for (;;) {
        if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "rewrite");
        if (stack.back().next < stack.back().nodes.size()) {
            COFRE_TRY(step(ctx, stack));
            continue;
        }
        COFRE_ASSIGN(const auto done, leave(ctx, stack.back()));
        if (known_.size() >= kMostKnownTrees) known_.clear();
        known_.emplace(known_key(stack.back().path, stack.back().tree), done);
        stack.pop_back();
        if (stack.empty()) return std::optional(done);
        take_result(stack.back(), done);
    }
}

}  // namespace cofre::repo
