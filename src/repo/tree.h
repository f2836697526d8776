#pragma once

/// @file
/// A folder's entries as one blob: {"nodes":[...]} and a newline, names strictly
/// ascending by their bytes.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "repo/tree_node.h"

namespace cofre::repo {

/// Puts a tree together. Memory: the text so far. Not thread-safe.
class TreeEncoder {
public:
    TreeEncoder();

    /// kInvalidArgument: the name is not above the last one's.
    Status add(const Node& node);

    /// Bytes so far.
    std::size_t size() const { return text_.size(); }

    /// The whole text; the encoder is then as new.
    std::string finish();

private:
    std::string text_;
    std::string last_name_;
    bool is_empty_ = true;
};

/// The largest tree that is read: a folder of about three million entries.
inline constexpr std::size_t kMaxTreeBytes = std::size_t{1} << 30U;

struct TreeDecodeOptions {
    std::size_t max_bytes = kMaxTreeBytes;
    /// Takes names in any order, for looking at what is broken.
    bool allow_disorder = false;
};

/// Takes trees apart, node by node, from text that anybody may have written.
/// Not thread-safe: one for each thread, used again and again. Memory: about
/// seven bytes for each byte of the largest text so far, plus one node. There
/// is no recursion over the text.
class TreeDecoder {
public:
    explicit TreeDecoder(const TreeDecodeOptions& options = {});
    TreeDecoder(TreeDecoder&&) noexcept;
    TreeDecoder& operator=(TreeDecoder&&) noexcept;
    ~TreeDecoder();

    /// Calls `visit` for each node, which it may move from. An error of `visit`
    /// ends the decoding and is returned. kCorruption: not a tree, a field of
    /// another type than restic's, or names not ascending; nodes before the
    /// fault have been visited. kResourceExhausted: larger than allowed.
    Status decode(std::string_view text, const std::function<Status(Node&)>& visit);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// All nodes of a tree. Errors as above.
Result<std::vector<Node>> decode_tree(std::string_view text, const TreeDecodeOptions& options = {});

/// Whether decoding and encoding gives the same bytes. If not, restic refuses
/// to rewrite the tree ("cannot encode tree without losing information"); what
/// we would lose is the place of unknown fields and the form of numbers, escapes
/// and times, never a value. Errors of decode().
Result<bool> is_canonical_tree(std::string_view text);

}  // namespace cofre::repo
