#include "backup/object_download.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <set>

#include "base/bounded_queue.h"
#include "base/guarded.h"
#include "base/task_group.h"
#include "base/utf8.h"
#include "codec/codec.h"
#include "crypto/digest.h"

namespace cofre::backup {
namespace {

Error differs(const objects::ManifestEntry& entry, std::string_view how) {
    return Error(ErrorCode::kCorruption, escape_for_display(entry.path) + ": the object " +
                                             escape_for_display(entry.stored.key) + " " + std::string(how))
        .with_hint("if a later run replaced it, restore that run's snapshot; otherwise the store has damaged it");
}

Status check_object(const objects::ManifestEntry& entry, const store::ObjectHead& head) {
    if (head.size == entry.stored.size) return {};
    return differs(entry,
                   "has " + std::to_string(head.size) + " bytes instead of " + std::to_string(entry.stored.size));
}

Result<store::ObjectKey> key_of(const objects::ManifestEntry& entry) {
    auto key = store::ObjectKey::parse(entry.stored.key);
    if (!key) return std::move(key).error().context("manifest entry " + escape_for_display(entry.path));
    return key;
}

/// Counts, hashes and bounds what comes out, before it goes on.
class CheckedSink {
public:
    CheckedSink(const objects::ManifestEntry& entry, const ByteSink& next) : entry_(entry), next_(next) {}

    Status take(std::span<const std::byte> bytes) {
        size_ += bytes.size();
        // A decompression bomb must not fill the disk before it is noticed.
        if (size_ > entry_.size) return differs(entry_, "holds more than the file did");
        hash_.update(bytes);
        return next_(bytes);
    }

    Status finish() {
        if (size_ != entry_.size || hash_.finish() != entry_.sha256) return differs(entry_, "is not what was stored");
        return {};
    }

private:
    const objects::ManifestEntry& entry_;
    const ByteSink& next_;
    crypto::Sha256 hash_;
    std::uint64_t size_ = 0;
};

std::unique_ptr<codec::StreamTransform> decoder_for(objects::Compression compression) {
    switch (compression) {
        case objects::Compression::kZstd: return codec::make_decoder(codec::Format::kZstd);
        case objects::Compression::kGzip: return codec::make_decoder(codec::Format::kGzip);
        case objects::Compression::kNone: break;
    }
    return nullptr;
}

/// Fetches ranges on several threads; one more hashes the file behind them, in
/// order, from the page cache.
class RangedDownload {
public:
    RangedDownload(store::ObjectStore& store, const objects::ManifestEntry& entry, const PendingFile& file,
                   const std::function<void(std::uint64_t)>& on_bytes)
        : store_(store),
          entry_(entry),
          file_(file),
          on_bytes_(on_bytes),
          count_((entry.size + kRangeBytes - 1) / kRangeBytes),
          finished_(static_cast<std::size_t>(count_)) {}

    Status run(const CallContext& ctx, const store::ObjectKey& key) {
        COFRE_ASSIGN(const auto head, store_.head(ctx, key));
        COFRE_TRY(check_object(entry_, head));
        COFRE_TRY(file_.reserve(entry_.size));
        TaskGroup group(ctx.stop);
        for (int i = 0; i < kRangeThreads; ++i) {
            group.spawn([&](const std::stop_token& stop) { return fetch({stop, ctx.deadline}, key); });
        }
        group.spawn([&](const std::stop_token& stop) { return hash_behind(stop); });
        return group.wait();
    }

private:
    std::uint64_t length_of(std::uint64_t index) const {
        return std::min(kRangeBytes, entry_.size - index * kRangeBytes);
    }

    Status fetch(const CallContext& ctx, const store::ObjectKey& key) {
        for (std::uint64_t index = next_.fetch_add(1); index < count_; index = next_.fetch_add(1)) {
            std::uint64_t offset = index * kRangeBytes;
            const store::ByteRange range{offset, length_of(index)};
            COFRE_TRY(store_.get(ctx, key, range, [&](std::span<const std::byte> bytes) -> Status {
                COFRE_TRY(writing_.with([&](Writing&) { return file_.write_at(offset, bytes); }));
                offset += bytes.size();
                on_bytes_(bytes.size());
                return {};
            }));
            COFRE_TRY(finished_.push(index, ctx.stop));
        }
        return {};
    }

    Status hash_behind(const std::stop_token& stop) {
        crypto::Sha256 hash;
        std::set<std::uint64_t> ready;
        const FileSource file(file_.fd(), entry_.size);
        for (std::uint64_t index = 0; index < count_; ++index) {
            while (!ready.contains(index)) {
                COFRE_ASSIGN(const auto arrived, finished_.pop(stop));
                if (arrived) ready.insert(*arrived);
            }
            ready.erase(index);
            COFRE_TRY(copy_bytes(SliceSource(file, index * kRangeBytes, length_of(index)),
                                 [&](std::span<const std::byte> bytes) -> Status {
                                     hash.update(bytes);
                                     return {};
                                 }));
        }
        if (hash.finish() != entry_.sha256) return differs(entry_, "is not what was stored");
        return {};
    }

    // The kernel lets one thread at a time write to a file, and those that wait
    // for it spin: with four of them that cost more than the copying itself.
    struct Writing {};

    store::ObjectStore& store_;
    const objects::ManifestEntry& entry_;
    const PendingFile& file_;
    Guarded<Writing> writing_;
    const std::function<void(std::uint64_t)>& on_bytes_;
    const std::uint64_t count_;
    std::atomic<std::uint64_t> next_{0};
    BoundedQueue<std::uint64_t> finished_;
};

}  // namespace

Status download_stream(const CallContext& ctx, store::ObjectStore& store, const objects::ManifestEntry& entry,
                       const ByteSink& sink) {
    COFRE_ASSIGN(const auto key, key_of(entry));
    CheckedSink checked(entry, sink);
    const ByteSink to_checked = [&](std::span<const std::byte> bytes) { return checked.take(bytes); };
    const auto decoder = decoder_for(entry.stored.compression);
    auto head = store.get(ctx, key, {}, [&](std::span<const std::byte> bytes) {
        return decoder ? decoder->write(bytes, to_checked) : checked.take(bytes);
    });
    if (!head) return std::move(head).error();
    COFRE_TRY(check_object(entry, *head));
    if (decoder) COFRE_TRY(decoder->finish(to_checked));
    return checked.finish();
}

Status download_file(const CallContext& ctx, store::ObjectStore& store, const objects::ManifestEntry& entry,
                     const PendingFile& file, const std::function<void(std::uint64_t)>& on_bytes) {
    const bool ranged = entry.stored.compression == objects::Compression::kNone && entry.size >= kRangedFrom;
    if (ranged) {
        COFRE_ASSIGN(const auto key, key_of(entry));
        return RangedDownload(store, entry, file, on_bytes).run(ctx, key);
    }
    std::uint64_t offset = 0;
    return download_stream(ctx, store, entry, [&](std::span<const std::byte> bytes) -> Status {
        COFRE_TRY(file.write_at(offset, bytes));
        offset += bytes.size();
        on_bytes(bytes.size());
        return {};
    });
}

}  // namespace cofre::backup
