#include "repo/snapshot_rewrite.h"

#include <algorithm>
#include <utility>

namespace cofre::repo {

SnapshotRewriter::SnapshotRewriter(const CallContext& ctx, Repository& repository, SnapshotEdit edit)
    : repository_(repository),
      edit_(std::move(edit)),
      writer_(),
      trees_(repository,
             edit_.dry_run
                 ? nullptr
                 : &writer_.emplace(ctx, repository,
                                    BlobWriterOptions{.workers = 1, .uploads = 1, .may_write = edit_.may_write}),
             edit_.rules) {}

Result<RewriteOutcome> SnapshotRewriter::lose(const CallContext& ctx, const ListedSnapshot& listed) {
    RewriteOutcome outcome{.kind = RewriteOutcome::Kind::kLost};
    outcome.is_removed = edit_.forget_lost;
    if (!edit_.forget_lost || edit_.dry_run) return outcome;
    if (edit_.may_write) COFRE_TRY(edit_.may_write());
    COFRE_TRY(repository_.remove(ctx, FileKind::kSnapshot, *Id::parse(listed.id)));
    return outcome;
}

Snapshot SnapshotRewriter::changed(const ListedSnapshot& listed, const RewrittenTree& tree) const {
    Snapshot out = listed.snapshot;
    out.tree = tree.id;
    out.original = *Id::parse(listed.id);
    if (edit_.hostname) out.hostname = *edit_.hostname;
    if (edit_.time) out.time = *edit_.time;
    if (out.summary) {
        out.summary->total_files_processed = tree.files;
        out.summary->total_bytes_processed = tree.bytes;
    }
    const bool has_tag = std::find(out.tags.begin(), out.tags.end(), edit_.tag) != out.tags.end();
    if (!edit_.forget && !edit_.tag.empty() && !has_tag) out.tags.push_back(edit_.tag);
    return out;
}

Result<RewriteOutcome> SnapshotRewriter::rewrite(const CallContext& ctx, const ListedSnapshot& listed) {
    const std::string name = "snapshot " + listed.id.substr(0, 8);
    if (!listed.snapshot.tree) return lose(ctx, listed);
    auto tree = trees_.rewrite(ctx, *listed.snapshot.tree);
    if (!tree) return std::move(tree).error().context(name);
    if (!*tree) return lose(ctx, listed);
    RewriteOutcome outcome{.tree = **tree};
    if (outcome.tree.id == *listed.snapshot.tree && !edit_.hostname && !edit_.time) return outcome;
    if (outcome.tree.entries == 0) {
        return Error(ErrorCode::kInvalidArgument, name + ": nothing of it would be left")
            .with_hint("remove it with `cofre forget " + listed.id.substr(0, 8) + "` if that is meant");
    }
    outcome.kind = RewriteOutcome::Kind::kRewritten;
    outcome.is_removed = edit_.forget;
    if (edit_.dry_run) return outcome;
    COFRE_TRY(writer_->flush());
    if (edit_.may_write) COFRE_TRY(edit_.may_write());
    const auto json = encode_snapshot(changed(listed, outcome.tree));
    COFRE_ASSIGN(outcome.new_id, repository_.save_unpacked(ctx, FileKind::kSnapshot, json));
    // Durable before the old one goes.
    COFRE_TRY(repository_.store().sync(ctx));
    if (edit_.forget) COFRE_TRY(repository_.remove(ctx, FileKind::kSnapshot, *Id::parse(listed.id)));
    return outcome;
}

TreeRules repair_rules(Repository& repository, const std::function<void(const RepairedEntry&)>& on_repaired) {
    TreeRules rules;
    rules.must_be_canonical = false;  // No value is lost; some bytes of form may be.
    rules.on_unreadable = [on_repaired](const std::string& path, const Error& error) {
        on_repaired({path, "is empty now: " + error.message()});
    };
    rules.judge = [on_repaired, &repository](const std::string& path, Node& node) -> Result<NodeVerdict> {
        if (node.type == NodeType::kDirectory && !node.subtree) {
            on_repaired({path, "left out: a folder without a tree"});
            return NodeVerdict::kDrop;
        }
        if (node.type != NodeType::kFile) return NodeVerdict::kKeep;
        if (!node.content) {
            on_repaired({path, "left out: a file without content"});
            return NodeVerdict::kDrop;
        }
        std::vector<Id> there;
        std::uint64_t size = 0;
        repository.with_index([&](const BlobIndex& index) {
            for (const auto& id : *node.content) {
                const auto place = index.find(BlobType::kData, id);
                if (!place) continue;
                there.push_back(id);
                size += place->blob.plain_length();
            }
        });
        if (there.size() == node.content->size()) return NodeVerdict::kKeep;
        on_repaired({path, std::to_string(node.content->size() - there.size()) + " of " +
                               std::to_string(node.content->size()) + " parts are missing: " + std::to_string(size) +
                               " of " + std::to_string(node.size) + " bytes are left"});
        node.content = std::move(there);
        node.size = size;
        return NodeVerdict::kChanged;
    };
    return rules;
}

}  // namespace cofre::repo
