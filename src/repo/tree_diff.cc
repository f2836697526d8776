#include "repo/tree_diff.h"

#include <unordered_set>
#include <utility>
#include <vector>

#include "repo/tree_walk.h"

namespace cofre::repo {
namespace {

/// Blobs by type.
struct BlobSets {
    std::unordered_set<Id, IdHash> data;
    std::unordered_set<Id, IdHash> trees;

    void add(const Node& node) {
        if (node.content) data.insert(node.content->begin(), node.content->end());
        if (node.subtree) trees.insert(*node.subtree);
    }
};

void count_node(const Node& node, DiffCounts& counts) {
    if (node.type == NodeType::kFile) {
        ++counts.files;
    } else if (node.type == NodeType::kDirectory) {
        ++counts.folders;
    } else {
        ++counts.others;
    }
}

class Differ {
public:
    Differ(const CallContext& ctx, Repository& repo, bool with_metadata, const DiffVisitor& visit)
        : ctx_(ctx), repo_(repo), with_metadata_(with_metadata), visit_(visit) {}

    Result<TreeDiff> run(const Id& before, const Id& after) {
        before_.trees.insert(before);
        after_.trees.insert(after);
        COFRE_TRY(compare({before, after, ""}));
        // Depth first, and in order: the last one pushed comes next.
        while (!pending_.empty()) {
            auto next = std::move(pending_.back());
            pending_.pop_back();
            COFRE_TRY(next());
        }
        count_blobs(before_, after_, diff_.removed);
        count_blobs(after_, before_, diff_.added);
        return diff_;
    }

private:
    struct Pair {
        Id before;
        Id after;
        std::string path;
    };
    using Step = std::function<Status()>;

    /// Plans the folder's entries as steps, so that depth costs no stack.
    Status compare(const Pair& pair) {
        COFRE_ASSIGN(auto before, load_tree(ctx_, repo_, pair.before));
        COFRE_ASSIGN(auto after, load_tree(ctx_, repo_, pair.after));
        std::vector<Step> steps;
        std::size_t a = 0;
        std::size_t b = 0;
        while (a < before.size() || b < after.size()) {
            const bool only_before = b == after.size() || (a < before.size() && before[a].name < after[b].name);
            const bool only_after = a == before.size() || (b < after.size() && after[b].name < before[a].name);
            if (only_before) {
                steps.push_back(side_step("-", std::move(before[a++]), pair.path, before_, diff_.removed));
            } else if (only_after) {
                steps.push_back(side_step("+", std::move(after[b++]), pair.path, after_, diff_.added));
            } else {
                steps.push_back(both_step(std::move(before[a++]), std::move(after[b++]), pair.path));
            }
        }
        push(std::move(steps));
        return {};
    }

    void push(std::vector<Step> steps) {
        while (!steps.empty()) {
            pending_.push_back(std::move(steps.back()));
            steps.pop_back();
        }
    }

    Step side_step(const char* modifier, Node node, const std::string& above, BlobSets& blobs, DiffCounts& counts) {
        return [this, modifier, node = std::move(node), above, &blobs, &counts]() -> Status {
            const std::string path = above + '/' + node.name;
            const bool is_folder = node.type == NodeType::kDirectory;
            COFRE_TRY(visit_(modifier, is_folder ? path + '/' : path));
            count_node(node, counts);
            blobs.add(node);
            if (!is_folder || !node.subtree) return {};
            COFRE_ASSIGN(auto nodes, load_tree(ctx_, repo_, *node.subtree));
            std::vector<Step> steps;
            steps.reserve(nodes.size());
            for (Node& below : nodes)
                steps.push_back(side_step(modifier, std::move(below), path, blobs, counts));
            push(std::move(steps));
            return {};
        };
    }

    Step both_step(Node before, Node after, const std::string& above) {
        return [this, before = std::move(before), after = std::move(after), above]() mutable -> Status {
            before_.add(before);
            after_.add(after);
            const std::string path = above + '/' + after.name;
            const auto modifier = modifier_of(before, after);
            const bool is_folder = after.type == NodeType::kDirectory;
            if (!modifier.empty()) COFRE_TRY(visit_(modifier, is_folder ? path + '/' : path));
            if (!before.subtree || !after.subtree) return {};
            if (*before.subtree != *after.subtree) return compare({*before.subtree, *after.subtree, path});
            return mark_common(*after.subtree);
        };
    }

    std::string modifier_of(Node& before, Node& after) {
        std::string modifier;
        if (before.type != after.type) modifier += 'T';
        const bool are_files = before.type == NodeType::kFile && after.type == NodeType::kFile;
        if (are_files && before.content != after.content) {
            modifier += 'M';
            ++diff_.changed_files;
            before.content.reset();
            after.content.reset();
            if (before == after) modifier += '?';
        } else if (with_metadata_ && before != after) {
            modifier += 'U';
        }
        return modifier;
    }

    /// What both have in a tree that they share is neither added nor removed,
    /// even if one of them has it in another place alone.
    Status mark_common(const Id& tree) {
        if (!common_.insert(tree).second) return {};
        const Id roots[] = {tree};
        return visit_trees(ctx_, repo_, roots, {}, [this](const Id& id, Result<std::span<Node>> nodes) -> Status {
            if (!nodes) return std::move(nodes).error();
            both_.with([&](BlobSets& blobs) {
                blobs.trees.insert(id);
                for (const Node& node : *nodes)
                    blobs.add(node);
            });
            return {};
        });
    }

    /// What is in `blobs` and nowhere else.
    void count_blobs(const BlobSets& blobs, const BlobSets& others, DiffCounts& counts) {
        const auto size_of = [this](BlobType type, const Id& id) -> std::uint64_t {
            const auto place = repo_.with_index([&](const BlobIndex& index) { return index.find(type, id); });
            return place ? place->blob.plain_length() : 0;
        };
        both_.with([&](const BlobSets& both) {
            for (const Id& id : blobs.data) {
                if (others.data.contains(id) || both.data.contains(id)) continue;
                ++counts.data_blobs;
                counts.bytes += size_of(BlobType::kData, id);
            }
            for (const Id& id : blobs.trees) {
                if (others.trees.contains(id) || both.trees.contains(id)) continue;
                ++counts.tree_blobs;
                counts.bytes += size_of(BlobType::kTree, id);
            }
        });
    }

    const CallContext& ctx_;
    Repository& repo_;
    bool with_metadata_;
    const DiffVisitor& visit_;
    TreeDiff diff_;
    BlobSets before_;
    BlobSets after_;
    Guarded<BlobSets> both_;
    std::unordered_set<Id, IdHash> common_;
    std::vector<Step> pending_;
};

}  // namespace

Result<TreeDiff> diff_trees(const CallContext& ctx, Repository& repo, const Id& before, const Id& after,
                            bool with_metadata, const DiffVisitor& visit) {
    return Differ(ctx, repo, with_metadata, visit).run(before, after);
}

}  // namespace cofre::repo
