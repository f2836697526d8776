#include "repo/testing/maintained_repository.h"

#include "base/encoding.h"
#include "repo/tree.h"

namespace cofre::repo::testing {

DyingStore::Fate DyingStore::next_write() {
    return state_.with([&](State& state) {
        if (state.is_dead) return Fate::kDead;
        if (++state.writes < dies_at_) return Fate::kLive;
        state.is_dead = true;
        return Fate::kDying;
    });
}

namespace {
Error dead_store() {
    return Error(ErrorCode::kUnavailable, "the store is dead");
}
}  // namespace

Result<store::PutReceipt> DyingStore::put(const CallContext& ctx, const store::ObjectKey& key, const ByteSource& body,
                                          const store::PutOptions& options) {
    const Fate fate = next_write();
    if (fate == Fate::kLive) return ForwardingStore::put(ctx, key, body, options);
    if (fate == Fate::kDying && after_) {
        EXPECT_TRUE(ForwardingStore::put(ctx, key, body, options));
    }
    return dead_store();
}

Result<store::ObjectHead> DyingStore::get(const CallContext& ctx, const store::ObjectKey& key, store::ByteRange range,
                                          const ByteSink& sink) {
    if (is_dead()) return dead_store();
    return ForwardingStore::get(ctx, key, range, sink);
}

Status DyingStore::remove(const CallContext& ctx, const store::ObjectKey& key) {
    const Fate fate = next_write();
    if (fate == Fate::kLive) return ForwardingStore::remove(ctx, key);
    if (fate == Fate::kDying && after_) {
        EXPECT_TRUE(ForwardingStore::remove(ctx, key));
    }
    return dead_store();
}

Result<std::vector<store::RemoveFailure>> DyingStore::remove_many(const CallContext& ctx,
                                                                  std::span<const store::ObjectKey> keys) {
    const Fate fate = next_write();
    if (fate == Fate::kLive) return ForwardingStore::remove_many(ctx, keys);
    if (fate == Fate::kDying) {
        const auto some = after_ ? keys : keys.first(keys.size() / 2);
        EXPECT_TRUE(ForwardingStore::remove_many(ctx, some));
    }
    return dead_store();
}

Status DyingStore::list(const CallContext& ctx, const store::ListOptions& options, const Visitor& visit) {
    if (is_dead()) return dead_store();
    return ForwardingStore::list(ctx, options, visit);
}

MaintainedRepository::Kept MaintainedRepository::save_snapshot(Repository& repo, const Files& files, int hour,
                                                               const std::string& host) {
    BlobWriter writer(ctx_, repo, {.workers = 1, .uploads = 1});
    TreeEncoder folder;
    for (const auto& [name, text] : files) {
        Node node;
        node.name = name;
        node.mode = 0644;
        node.size = text.size();
        node.content.emplace();
        if (!text.empty()) node.content->push_back(writer.save(BlobType::kData, as_bytes(text))->id);
        EXPECT_TRUE(folder.add(node));
    }
    Node entry;
    entry.name = "d";
    entry.type = NodeType::kDirectory;
    entry.mode = 0x80000000U | 0755U;
    entry.subtree = writer.save(BlobType::kTree, as_bytes(folder.finish()))->id;
    TreeEncoder root;
    EXPECT_TRUE(root.add(entry));
    Snapshot snapshot;
    snapshot.tree = writer.save(BlobType::kTree, as_bytes(root.finish()))->id;
    EXPECT_TRUE(writer.flush());
    snapshot.time = ZonedTime{.seconds = 1'790'000'000 + hour * 3600};
    snapshot.paths = {"/d"};
    snapshot.hostname = host;
    const auto id = repo.save_unpacked(ctx_, FileKind::kSnapshot, encode_snapshot(snapshot));
    EXPECT_TRUE(id);
    return {*id, files};
}

void MaintainedRepository::clear_store() {
    for (const auto& key : keys_below(""))
        EXPECT_TRUE(store_.remove(ctx_, *store::ObjectKey::parse(key)));
}

std::string MaintainedRepository::judge(Repository& repo, const Kept& kept) {
    const auto json = repo.load_unpacked(ctx_, FileKind::kSnapshot, kept.id);
    if (!json) return json.error().message();
    const auto snapshot = decode_snapshot(json->text());
    const auto root = repo.load_blob(ctx_, BlobType::kTree, *snapshot->tree);
    if (!root) return root.error().message();
    const auto top = decode_tree(root->text());
    const auto folder = repo.load_blob(ctx_, BlobType::kTree, *top->at(0).subtree);
    if (!folder) return folder.error().message();
    Files files;
    const auto nodes = decode_tree(folder->text());
    for (const auto& node : *nodes) {
        std::string text;
        for (const auto& id : *node.content) {
            const auto blob = repo.load_blob(ctx_, BlobType::kData, id);
            if (!blob) return node.name + ": " + blob.error().message();
            text += blob->text();
        }
        files.emplace(node.name, text);
    }
    return files == kept.files ? "" : "other files than went in";
}

}  // namespace cofre::repo::testing
