#include "repo/tree_walk.h"

#include <algorithm>
#include <list>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>

#include "base/bounded_queue.h"
#include "base/guarded.h"
#include "base/parallel.h"
#include "base/task_group.h"
#include "base/utf8.h"

namespace cofre::repo {
namespace {

constexpr std::size_t kMaxDepth = 65'536;
constexpr std::size_t kAheadForEachThread = 4;

bool is_about_the_call(const Error& error) {
    return error.code() == ErrorCode::kCancelled || error.code() == ErrorCode::kDeadlineExceeded;
}

int walk_threads(const Repository& repo, const TreeWalkOptions& options) {
    return std::max(1, options.threads > 0 ? options.threads : repo.options().connections);
}

Result<std::vector<Node>> load_nodes(const CallContext& ctx, Repository& repo, const Id& tree, TreeDecoder& decoder) {
    COFRE_ASSIGN(const auto text, repo.load_blob(ctx, BlobType::kTree, tree));
    std::vector<Node> nodes;
    auto decoded = decoder.decode(text.text(), [&](Node& node) -> Status {
        nodes.push_back(std::move(node));
        return {};
    });
    if (!decoded) return std::move(decoded).error().context("tree " + tree.short_hex());
    return nodes;
}

/// A folder that will be walked: known to be there, perhaps asked for, perhaps
/// loaded.
struct Upcoming {
    Upcoming(const Id& id, std::size_t its_depth) : tree(id), depth(its_depth) {}
    Id tree;
    std::size_t depth;
    bool is_requested = false;
    std::optional<Result<std::vector<Node>>> nodes;
    BoundedQueue<Result<std::vector<Node>>> answer{1};
};

/// Folders in the order in which they will be walked. All but loading happens on
/// the walk's thread.
class TreesAhead {
public:
    TreesAhead(const CallContext& ctx, Repository& repo, int threads)
        : ctx_(ctx),
          most_ahead_(static_cast<std::size_t>(threads) * kAheadForEachThread),
          requests_(most_ahead_),
          group_(ctx.stop) {
        for (int i = 0; i < threads; ++i) {
            group_.spawn([this, &repo](const std::stop_token& stop) { return serve(repo, stop); });
        }
    }

    void push_front(const Id& tree, std::size_t depth) {
        upcoming_.push_front(std::make_shared<Upcoming>(tree, depth));
    }

    /// The nodes of the first folder, which is then no longer upcoming; those it
    /// holds take its place.
    Result<std::vector<Node>> take_front() {
        COFRE_TRY(look_ahead());
        const auto first = upcoming_.front();
        if (!first->nodes) {
            COFRE_ASSIGN(auto answer, first->answer.pop(ctx_.stop));
            accept(upcoming_.begin(), *std::move(answer));
        }
        pop_front();
        return *std::move(first->nodes);
    }

    /// Forgets the first folder and all it holds.
    void skip_front() {
        const std::size_t depth = upcoming_.front()->depth;
        do {
            pop_front();
        } while (!upcoming_.empty() && upcoming_.front()->depth > depth);
    }

private:
    using List = std::list<std::shared_ptr<Upcoming>>;  // Shared with the thread that loads it.

    void accept(List::iterator at, Result<std::vector<Node>> nodes) {
        Upcoming& folder = **at;
        folder.nodes.emplace(std::move(nodes));
        if (!*folder.nodes) return;
        const auto after = std::next(at);
        for (const Node& node : **folder.nodes) {
            if (node.type == NodeType::kDirectory && node.subtree) {
                upcoming_.insert(after, std::make_shared<Upcoming>(*node.subtree, folder.depth + 1));
            }
        }
    }

    void pop_front() {
        if (upcoming_.front()->is_requested) --ahead_;
        upcoming_.pop_front();
    }

    /// Takes what has been loaded, and asks for more. The first is asked for
    /// however many there are: the walk waits for it.
    Status look_ahead() {
        std::size_t looked_at = 0;
        for (auto it = upcoming_.begin(); it != upcoming_.end() && looked_at < most_ahead_; ++it, ++looked_at) {
            Upcoming& folder = **it;
            if (!folder.is_requested) {
                if (ahead_ >= most_ahead_ && looked_at > 0) return {};
                folder.is_requested = true;
                ++ahead_;
                COFRE_TRY(requests_.push(*it, ctx_.stop));
            } else if (!folder.nodes) {
                if (auto answer = folder.answer.try_pop()) accept(it, *std::move(answer));
            }
        }
        return {};
    }

    Status serve(Repository& repo, const std::stop_token& stop) {
        TreeDecoder decoder;
        for (;;) {
            COFRE_ASSIGN(auto request, requests_.pop(stop));
            if (!request) return {};
            auto nodes = load_nodes({stop, ctx_.deadline}, repo, (*request)->tree, decoder);
            COFRE_TRY((*request)->answer.push(std::move(nodes), stop));
        }
    }

    const CallContext& ctx_;
    const std::size_t most_ahead_;
    List upcoming_;
    std::size_t ahead_ = 0;  ///< Asked for, and neither walked nor skipped.
    BoundedQueue<std::shared_ptr<Upcoming>> requests_;
    TaskGroup group_;  // Last: its threads use the rest.
};

class Walk {
public:
    Walk(const CallContext& ctx, Repository& repo, int threads, const TreeWalkEvents& events)
        : ctx_(ctx), events_(events), ahead_(ctx, repo, threads) {}

    Status run(const Id& root) {
        ahead_.push_front(root, 0);
        COFRE_TRY(enter());
        while (!folders_.empty()) {
            if (ctx_.stop.stop_requested()) return Error(ErrorCode::kCancelled, "walk of a snapshot");
            Folder& folder = folders_.back();
            path_.resize(folder.path_length);
            if (folder.next == folder.nodes.size()) {
                COFRE_TRY(leave());
            } else {
                COFRE_TRY(step(folder.nodes[folder.next++]));
            }
        }
        return {};
    }

private:
    struct Folder {
        std::vector<Node> nodes;
        std::size_t next = 0;
        std::size_t path_length = 0;
    };

    Status step(Node& node) {
        path_ += '/';
        path_ += node.name;
        const bool is_folder = node.type == NodeType::kDirectory;
        const bool has_tree = is_folder && node.subtree.has_value();
        COFRE_ASSIGN(const bool wanted, events_.visit(path_, node));
        if (has_tree) {
            if (wanted) return enter();
            ahead_.skip_front();
        } else if (is_folder && wanted) {
            return report(Error(ErrorCode::kCorruption, "it is a folder without a tree"));
        }
        return {};
    }

    /// The folder at path_, whose tree is the first upcoming one.
    Status enter() {
        if (folders_.size() == kMaxDepth) {
            return Error(ErrorCode::kUnsupported, "the snapshot has folders more than 65536 deep");
        }
        auto nodes = ahead_.take_front();
        if (!nodes) {
            if (is_about_the_call(nodes.error())) return std::move(nodes).error();
            return report(std::move(nodes).error());
        }
        folders_.push_back({.nodes = *std::move(nodes), .next = 0, .path_length = path_.size()});
        return events_.open ? events_.open(path_, folders_.back().nodes) : Status();
    }

    Status leave() {
        folders_.pop_back();
        if (folders_.empty() || !events_.leave) return {};
        Folder& above = folders_.back();
        return events_.leave(path_, above.nodes[above.next - 1]);
    }

    Status report(Error error) {
        if (events_.on_error) return events_.on_error(path_, error);
        return std::move(error).context(path_.empty() ? "the root folder" : "folder " + escape_for_display(path_));
    }

    const CallContext& ctx_;
    const TreeWalkEvents& events_;
    std::string path_;
    std::vector<Folder> folders_;
    TreesAhead ahead_;
};

std::vector<std::string_view> parts_of(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const auto slash = std::min(path.find('/'), path.size());
        const auto part = path.substr(0, slash);
        if (!part.empty() && part != ".") parts.push_back(part);
        path.remove_prefix(std::min(slash + 1, path.size()));
    }
    return parts;
}

}  // namespace

Result<std::vector<Node>> load_tree(const CallContext& ctx, Repository& repo, const Id& tree) {
    TreeDecoder decoder;
    return load_nodes(ctx, repo, tree, decoder);
}

Status walk_tree(const CallContext& ctx, Repository& repo, const Id& root, const TreeWalkOptions& options,
                 const TreeWalkEvents& events) {
    return Walk(ctx, repo, walk_threads(repo, options), events).run(root);
}

Status visit_trees(const CallContext& ctx, Repository& repo, std::span<const Id> roots, const TreeWalkOptions& options,
                   const TreeVisitor& visit) {
    using IdSet = std::unordered_set<Id, IdHash>;
    Guarded<IdSet> seen;
    std::vector<Id> level;
    for (const Id& root : roots) {
        if (seen.with([&](IdSet& ids) { return ids.insert(root).second; })) level.push_back(root);
    }
    while (!level.empty()) {
        Guarded<std::vector<Id>> below;
        const auto one = [&](const CallContext& one_ctx, std::size_t i) -> Status {
            auto nodes = load_tree(one_ctx, repo, level[i]);
            if (!nodes) {
                if (is_about_the_call(nodes.error())) return std::move(nodes).error();
                return visit(level[i], std::move(nodes).error());
            }
            std::vector<Id> found;
            for (const Node& node : *nodes) {
                if (node.type == NodeType::kDirectory && node.subtree) found.push_back(*node.subtree);
            }
            seen.with([&](IdSet& ids) { std::erase_if(found, [&](const Id& id) { return !ids.insert(id).second; }); });
            below.with([&](std::vector<Id>& ids) { ids.insert(ids.end(), found.begin(), found.end()); });
            return visit(level[i], std::span<Node>(*nodes));
        };
        COFRE_TRY(parallel_for(ctx, level.size(), walk_threads(repo, options), one));
        level = below.with([](std::vector<Id>& ids) { return std::move(ids); });
    }
    return {};
}

Result<Node> find_node(const CallContext& ctx, Repository& repo, const Id& root, std::string_view path) {
    const auto parts = parts_of(path);
    if (parts.empty()) return Error(ErrorCode::kInvalidArgument, "the path is empty");
    Id tree = root;
    for (std::size_t i = 0;; ++i) {
        COFRE_ASSIGN(auto nodes, load_tree(ctx, repo, tree));
        const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const Node& n) { return n.name == parts[i]; });
        if (found == nodes.end()) {
            return Error(ErrorCode::kNotFound, "path " + escape_for_display(path) + ": the snapshot has no \"" +
                                                   escape_for_display(parts[i]) + "\" there")
                .with_hint("list what is there with `cofre ls`");
        }
        if (i + 1 == parts.size()) return std::move(*found);
        if (found->type != NodeType::kDirectory || !found->subtree) {
            return Error(ErrorCode::kInvalidArgument, "path " + escape_for_display(path) + ": \"" +
                                                          escape_for_display(parts[i]) + "\" is not a folder");
        }
        tree = *found->subtree;
    }
}

Result<Id> find_folder(const CallContext& ctx, Repository& repo, const Id& root, std::string_view path) {
    if (parts_of(path).empty()) return root;
    COFRE_ASSIGN(const auto node, find_node(ctx, repo, root, path));
    if (node.type != NodeType::kDirectory || !node.subtree) {
        return Error(ErrorCode::kInvalidArgument, "path " + escape_for_display(path) + ": is not a folder")
            .with_hint("name the folder that holds it, and choose in it with --include");
    }
    return *node.subtree;
}

}  // namespace cofre::repo
