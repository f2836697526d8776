#include "repo/snapshot_copy.h"

#include <algorithm>
#include <utility>

#include "base/parallel.h"

namespace cofre::repo {
namespace {

std::string original_of(const ListedSnapshot& listed) {
    return listed.snapshot.original ? listed.snapshot.original->hex() : listed.id;
}

/// Places by pack and offset.
std::vector<std::pair<Id, std::vector<PackedBlob>>> group_by_pack(const BlobIndex& index,
                                                                  std::span<const std::uint32_t> ordinals) {
    std::vector<BlobPlace> places;
    for (const auto ordinal : ordinals)
        places.push_back(index.at(ordinal));
    std::sort(places.begin(), places.end(), [](const auto& a, const auto& b) {
        return std::pair(a.pack, a.blob.offset) < std::pair(b.pack, b.blob.offset);
    });
    std::vector<std::pair<Id, std::vector<PackedBlob>>> packs;
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (i == 0 || places[i].pack != places[i - 1].pack)
            packs.emplace_back(index.pack_id(places[i].pack), std::vector<PackedBlob>());
        packs.back().second.push_back(places[i].blob);
    }
    return packs;
}

}  // namespace

bool is_copy_of(const ListedSnapshot& source, const ListedSnapshot& target) {
    if (original_of(source) != original_of(target)) return false;
    const auto plain = [](Snapshot snapshot) {
        snapshot.parent.reset();
        snapshot.original.reset();
        // restic drops these on the way.
        snapshot.unknown_fields.clear();
        snapshot.summary.reset();
        return snapshot;
    };
    return plain(source.snapshot) == plain(target.snapshot);
}

SnapshotCopier::SnapshotCopier(const CallContext& ctx, Repository& source, Repository& target,
                               const BlobWriterOptions& options, OnStep on_step)
    : source_(source),
      target_(target),
      options_(options),
      on_step_(std::move(on_step)),
      seen_(source.with_index([](const BlobIndex& index) { return index.size(); })),
      writer_(ctx, target, options) {}

Result<Id> SnapshotCopier::copy(const CallContext& ctx, const ListedSnapshot& listed) {
    Snapshot snapshot = listed.snapshot;
    if (!snapshot.tree) return Error(ErrorCode::kCorruption, "snapshot " + listed.id + " has no tree");
    std::vector<std::uint32_t> needed;
    MarkOptions marking;
    marking.on_new = [&](std::uint32_t ordinal) { needed.push_back(ordinal); };
    marking.on_step = on_step_;
    // An error leaves marks of what was not copied: whoever goes on with another
    // snapshot must not trust them.
    BlobMarks before = seen_;
    auto copied = mark_used_blobs(ctx, source_, std::span(&*snapshot.tree, 1), seen_, marking);
    if (copied) copied = copy_blobs(ctx, std::move(needed));
    if (copied) copied = writer_.flush();
    if (!copied) {
        seen_ = std::move(before);
        return std::move(copied).error().context("copy snapshot " + listed.id.substr(0, 8));
    }
    snapshot.parent.reset();
    if (!snapshot.original) snapshot.original = *Id::parse(listed.id);
    if (options_.may_write) COFRE_TRY(options_.may_write());
    COFRE_ASSIGN(const Id id, target_.save_unpacked(ctx, FileKind::kSnapshot, encode_snapshot(snapshot)));
    COFRE_TRY(target_.store().sync(ctx));
    return id;
}

Status SnapshotCopier::copy_blobs(const CallContext& ctx, std::vector<std::uint32_t> ordinals) {
    std::uint64_t bytes_total = 0;
    const auto packs = source_.with_index([&](const BlobIndex& index) {
        std::erase_if(ordinals, [&](std::uint32_t ordinal) {
            const auto blob = index.at(ordinal).blob;
            return target_.with_index([&](const BlobIndex& there) { return there.contains(blob.type, blob.id); });
        });
        for (const auto ordinal : ordinals)
            bytes_total += index.at(ordinal).blob.length;
        return group_by_pack(index, ordinals);
    });
    Guarded<StepProgress> done(
        StepProgress{.step = "copy", .done = 0, .total = packs.size(), .bytes_done = 0, .bytes_total = bytes_total});
    const int threads = source_.options().connections;
    COFRE_TRY(parallel_for(ctx, packs.size(), threads, [&](const CallContext& inner, std::size_t i) -> Status {
        std::uint64_t bytes = 0;
        const auto& [pack, blobs] = packs[i];
        COFRE_TRY(source_.load_blobs(inner, pack, blobs,
                                     [&](const PackedBlob& blob, Result<std::span<const std::byte>> plain) -> Status {
                                         if (!plain) return std::move(plain).error();
                                         bytes += blob.length;
                                         auto saved = writer_.save(blob.type, *plain);
                                         if (!saved) return std::move(saved).error();
                                         return {};
                                     }));
        const auto now = done.with([&](StepProgress& progress) {
            ++progress.done;
            progress.bytes_done += bytes;
            return progress;
        });
        if (on_step_) on_step_(now);
        return {};
    }));
    totals_.blobs += ordinals.size();
    totals_.bytes += bytes_total;
    return {};
}

}  // namespace cofre::repo
