#include "backup/previous_tree.h"

#include <utility>

#include "repo/tree.h"

namespace cofre::backup {
namespace {

bool is_same_instant(const repo::ZonedTime& a, const repo::ZonedTime& b) {
    return a.seconds == b.seconds && a.nanoseconds == b.nanoseconds;
}

}  // namespace

bool is_same_file(const PreviousEntry& before, const repo::Node& now, const SameFileRules& rules) {
    if (before.type != repo::NodeType::kFile || now.type != repo::NodeType::kFile) return false;
    if (before.size != now.size || !is_same_instant(before.mtime, now.mtime)) return false;
    if (!rules.ignore_ctime && !is_same_instant(before.ctime, now.ctime)) return false;
    return rules.ignore_inode || before.inode == now.inode;
}

Result<PreviousTree> PreviousTree::load(const CallContext& ctx, repo::Repository& repository, const repo::Id& tree) {
    COFRE_ASSIGN(const auto text, repository.load_blob(ctx, repo::BlobType::kTree, tree));
    PreviousTree out;
    repo::TreeDecoder decoder;
    COFRE_TRY(decoder.decode(text.text(), [&out](repo::Node& node) -> Status {
        PreviousEntry entry{.name = std::move(node.name),
                            .type = node.type,
                            .mtime = node.mtime,
                            .ctime = node.ctime,
                            .inode = node.inode,
                            .size = node.size,
                            .content = {},
                            .subtree = node.subtree};
        if (node.content) entry.content = *std::move(node.content);
        out.entries_.push_back(std::move(entry));
        return {};
    }));
    return out;
}

const PreviousEntry* PreviousTree::find(std::string_view name) {
    while (at_ < entries_.size() && entries_[at_].name < name)
        ++at_;
    return at_ < entries_.size() && entries_[at_].name == name ? &entries_[at_] : nullptr;
}

}  // namespace cofre::backup
