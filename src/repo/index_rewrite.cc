#include "repo/index_rewrite.h"

#include <algorithm>
#include <span>
#include <utility>

#include "repo/index_file.h"

namespace cofre::repo {
namespace {

// Files below half of the largest are worth putting together once there are
// so many; each time halves them at least, so that it comes to an end.
constexpr std::size_t kSmallIndexBlobs = kMaxIndexFileBlobs / 2;
constexpr std::size_t kManySmallFiles = 8;

constexpr std::size_t kRemoveBatch = 1000;  // As many as one request of S3 removes.

struct IndexFileLook {
    Id id;
    std::size_t blobs = 0;
    bool names_gone = false;
};

Result<IndexFileLook> look_at_file(const CallContext& ctx, Repository& repository, const Id& id,
                                   const std::unordered_set<Id, IdHash>& gone) {
    IndexFileLook look{id};
    COFRE_TRY(repository.read_index_file(ctx, id, [&](PackContent&& pack) -> Status {
        look.blobs += pack.blobs.size();
        look.names_gone = look.names_gone || gone.contains(pack.id);
        return {};
    }));
    return look;
}

Result<std::vector<Id>> files_to_rewrite(const CallContext& ctx, Repository& repository, const IndexRewrite& what) {
    COFRE_ASSIGN(const auto files, repository.list(ctx, FileKind::kIndex));
    std::vector<Id> rewritten;
    std::vector<Id> small;
    for (std::size_t i = 0; i < files.size(); ++i) {
        COFRE_ASSIGN(const auto look, look_at_file(ctx, repository, files[i].id, what.gone));
        if (look.names_gone) {
            rewritten.push_back(look.id);
        } else if (look.blobs < kSmallIndexBlobs) {
            small.push_back(look.id);
        }
        if (what.on_step) what.on_step({.step = "look at index files", .done = i + 1, .total = files.size()});
    }
    if (small.size() >= kManySmallFiles) rewritten.insert(rewritten.end(), small.begin(), small.end());
    return rewritten;
}

}  // namespace

Status IndexFileWriter::add(const CallContext& ctx, PackContent pack) {
    const auto [known, is_new] = added_.try_emplace(pack.id, pack.blobs.size());
    if (!is_new && known->second == pack.blobs.size()) return {};
    if (!packs_.empty() && blobs_ + pack.blobs.size() > kMaxIndexFileBlobs) COFRE_TRY(store(ctx));
    blobs_ += pack.blobs.size();
    packs_.push_back(std::move(pack));
    return {};
}

Status IndexFileWriter::store(const CallContext& ctx) {
    if (may_write_) COFRE_TRY(may_write_());
    COFRE_ASSIGN(const Id id, repository_.save_unpacked(ctx, FileKind::kIndex, encode_index(packs_)));
    written_.insert(id);
    packs_.clear();
    blobs_ = 0;
    return {};
}

Status IndexFileWriter::finish(const CallContext& ctx) {
    if (!packs_.empty()) COFRE_TRY(store(ctx));
    return repository_.store().sync(ctx);
}

Result<IndexRewriteResult> rewrite_index(const CallContext& ctx, Repository& repository, const IndexRewrite& what) {
    COFRE_ASSIGN(auto old_files, files_to_rewrite(ctx, repository, what));
    if (old_files.empty()) return IndexRewriteResult{};
    IndexFileWriter writer(repository, what.may_write);
    for (const auto& file : old_files) {
        COFRE_TRY(repository.read_index_file(ctx, file, [&](PackContent&& pack) -> Status {
            if (what.gone.contains(pack.id)) return {};
            return writer.add(ctx, std::move(pack));
        }));
    }
    COFRE_TRY(writer.finish(ctx));
    // The same content twice encrypts to another file, but nothing promises it.
    std::erase_if(old_files, [&](const Id& id) { return writer.written().contains(id); });
    COFRE_TRY(remove_files(ctx, repository, FileKind::kIndex, old_files, what.may_write, what.on_step));
    return IndexRewriteResult{writer.written().size(), old_files.size()};
}

Status remove_files(const CallContext& ctx, Repository& repository, FileKind kind, const std::vector<Id>& ids,
                    const std::function<Status()>& may_write, const OnStep& on_step) {
    const auto step = kind == FileKind::kPack ? "remove packs" : "remove old files";
    for (std::size_t first = 0; first < ids.size(); first += kRemoveBatch) {
        if (may_write) COFRE_TRY(may_write());
        const auto batch = std::span(ids).subspan(first, std::min(kRemoveBatch, ids.size() - first));
        std::vector<store::ObjectKey> keys;
        keys.reserve(batch.size());
        for (const auto& id : batch)
            keys.push_back(repository.layout().key(kind, id));
        auto removed = repository.store().remove_many(ctx, keys);
        if (!removed) return std::move(removed).error().context("remove " + std::string(to_string(kind)) + " files");
        if (!removed->empty()) {
            const auto& failure = removed->front();
            return Error(failure.error.code(), std::to_string(removed->size()) + " " + std::string(to_string(kind)) +
                                                   " files could not be removed, the first: " + failure.key.str() +
                                                   ": " + failure.error.message());
        }
        for (const auto& id : batch) {
            if (repository.cache() != nullptr) repository.cache()->remove(kind, id);
        }
        if (on_step) on_step({.step = step, .done = first + batch.size(), .total = ids.size()});
    }
    return {};
}

}  // namespace cofre::repo
