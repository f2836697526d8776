#pragma once

/// @file
/// Trees put together from the leaves up while files are still being read.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "backup/previous_tree.h"
#include "base/guarded.h"
#include "base/result.h"
#include "repo/tree.h"

namespace cofre::backup {

/// A folder whose tree is not finished. Entries get a place in ascending order
/// of names (add_place) and are settled in any order, on any thread; when the
/// last one is settled after close(), the tree is saved and settles its place in
/// the folder above, and so on up.
///
/// Memory: the text so far, and the nodes that stand after the first place that
/// is not settled.
class TreeFolder {
public:
    /// Called once, with the tree's text; gives its id.
    using SaveTree = std::function<Result<repo::Id>(const TreeFolder& folder, std::string_view text)>;

    /// The root of all: settle() of its last place leaves the id in root_id().
    explicit TreeFolder(SaveTree save) : save_(std::move(save)) {}
    /// `node`: the folder's own, without its subtree, for `place` of `above`.
    TreeFolder(std::shared_ptr<TreeFolder> above, std::size_t place, repo::Node node)
        : save_(above->save_), above_(std::move(above)), place_(place), node_(std::move(node)) {}

    std::size_t add_place();
    /// nullopt: there is nothing to be stored there after all.
    Status settle(std::size_t place, std::optional<repo::Node> node);
    /// No more places will come.
    Status close();

    /// What was in the snapshot before. For the thread that walks.
    PreviousTree previous;
    std::optional<PreviousEntry> previous_self;

    const repo::Node& node() const { return node_; }
    bool is_root() const { return above_ == nullptr; }
    std::optional<repo::Id> root_id() const;

private:
    struct State {
        repo::TreeEncoder encoder;
        struct Place {
            bool is_settled = false;
            std::optional<repo::Node> node;
        };
        std::deque<Place> waiting;
        std::size_t first = 0;  ///< The number of waiting.front().
        bool is_closed = false;
        std::optional<repo::Id> root_id;
    };

    /// The text, if that was the last place.
    Result<std::optional<std::string>> advance(State& state) const;
    Status finish(std::optional<std::string> text);

    SaveTree save_;
    std::shared_ptr<TreeFolder> above_;
    std::size_t place_ = 0;
    repo::Node node_;
    Guarded<State> state_;
};

}  // namespace cofre::backup
