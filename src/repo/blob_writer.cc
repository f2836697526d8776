#include "repo/blob_writer.h"

#include <algorithm>
#include <array>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/bounded_queue.h"
#include "base/guarded.h"
#include "base/semaphore.h"
#include "base/task_group.h"
#include "repo/index_file.h"
#include "repo/pack_builder.h"

namespace cofre::repo {
namespace {

constexpr std::uint64_t kBytesInFlight = 8ULL << 20U;
constexpr std::size_t kMaxQueuedBlobs = 4096;  // Small ones: so many of them that a worker never waits.
constexpr std::uint64_t kSmallestCharge = 512;
constexpr std::chrono::minutes kLongestUnindexed{10};  // As restic: what a crash may cost.
constexpr std::uint64_t kSmallestPack = 4ULL << 20U;
constexpr std::uint64_t kLargestPack = 128ULL << 20U;
constexpr int kMostWorkers = 64;

std::size_t upload_count(Repository& repository, int wanted) {
    return static_cast<std::size_t>(std::max(1, wanted > 0 ? wanted : repository.store().useful_transfers()));
}

std::size_t type_index(BlobType type) {
    return type == BlobType::kTree ? 1 : 0;
}

int worker_count(int wanted) {
    if (wanted > 0) return std::min(wanted, kMostWorkers);
    return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMostWorkers);
}

struct BlobJob {
    BlobType type = BlobType::kData;
    Id id;
    ByteBuffer plain;
    Semaphore::Hold hold;  // Until the blob lies in an open pack.
};

struct PackJob {
    FinishedPack pack;
    Semaphore::Hold hold;  // Until it is stored.
};

/// Stored packs that no index file names yet.
struct Unindexed {
    std::vector<PackContent> packs;
    std::size_t blobs = 0;
    std::chrono::steady_clock::time_point since;
};

}  // namespace

struct BlobWriter::Impl {
    using Pending = std::array<std::unordered_set<Id, IdHash>, 2>;
    using OpenPacks = std::array<std::optional<PackBuilder>, 2>;

    Impl(const CallContext& context, Repository& repo, const BlobWriterOptions& wanted);

    Result<SavedBlob> save(BlobType type, std::span<const std::byte> bytes);
    Status flush();

    bool claim(BlobType type, const Id& id);
    bool is_indexed(BlobType type, const Id& id) const {
        return repository.with_index([&](const BlobIndex& index) { return index.contains(type, id); });
    }
    BlobCompression compression_of(BlobType type) const;

    Status work(const std::stop_token& token);
    Status pack_blob(const BlobEncoder::Encoded& encoded, crypto::SealedBox& box, const std::stop_token& token);
    Status close_pack(PackBuilder builder, crypto::SealedBox& box, const std::stop_token& token);
    Status upload(const std::stop_token& token);
    Status store_pack(const CallContext& inner, FinishedPack pack);
    Status note_stored(const CallContext& inner, PackContent content);
    Status write_index(const CallContext& inner, std::vector<PackContent> packs);

    /// Keeps the first failure and stops the writer. To be called while what failed still holds its
    /// place in flight: flush() takes free places for success. So exceptions end before it.
    Status note_failure(Status done);
    Status pack_job(const BlobJob& job, BlobEncoder& encoder, crypto::SealedBox& box, const std::stop_token& token);
    Status failure() const;
    Error failure_or(const Error& other) const;

    CallContext ctx;
    Repository& repository;
    BlobWriterOptions options;
    Guarded<std::optional<Error>> first_error;
    std::stop_source stopping;
    std::stop_callback<std::function<void()>> on_stop;

    Semaphore bytes_in_flight{kBytesInFlight};
    Semaphore packs_in_flight;
    Guarded<Pending> pending;
    Guarded<OpenPacks> open_packs;
    Guarded<std::vector<ByteBuffer>> spare_buffers;
    Guarded<Unindexed> unindexed;
    Guarded<BlobWriterTotals> totals;
    BoundedQueue<BlobJob> blobs{kMaxQueuedBlobs};
    BoundedQueue<PackJob> packs;
    TaskGroup threads;  // Last: joined before the rest dies.
};

BlobWriter::Impl::Impl(const CallContext& context, Repository& repo, const BlobWriterOptions& wanted)
    : ctx(context),
      repository(repo),
      options(wanted),
      on_stop(context.stop, [this] { stopping.request_stop(); }),
      packs_in_flight(upload_count(repo, wanted.uploads)),
      packs(upload_count(repo, wanted.uploads)),
      threads(stopping.get_token()) {
    options.pack_bytes = std::clamp(options.pack_bytes, kSmallestPack, kLargestPack);
    unindexed.with([&](Unindexed& state) { state.since = repository.clock().now(); });
    for (int i = 0; i < worker_count(options.workers); ++i)
        threads.spawn(
            [this](const std::stop_token& token) { return note_failure(run_guarded([&] { return work(token); })); });
    for (std::size_t i = 0; i < upload_count(repo, wanted.uploads); ++i)
        threads.spawn(
            [this](const std::stop_token& token) { return note_failure(run_guarded([&] { return upload(token); })); });
}

Status BlobWriter::Impl::note_failure(Status done) {
    if (done) return done;
    first_error.with([&](std::optional<Error>& first) {
        if (!first) first = done.error();
    });
    stopping.request_stop();
    return done;
}

Status BlobWriter::Impl::failure() const {
    return first_error.with([](const std::optional<Error>& first) -> Status {
        if (first) return *first;
        return {};
    });
}

/// What went wrong first tells more than the stop that it caused.
Error BlobWriter::Impl::failure_or(const Error& other) const {
    const auto first = failure();
    return first ? other : first.error();
}

bool BlobWriter::Impl::claim(BlobType type, const Id& id) {
    if (is_indexed(type, id)) return false;
    if (!pending.with([&](Pending& ids) { return ids[type_index(type)].insert(id).second; })) return false;
    // It may have moved from pending to the index between the two looks.
    if (!is_indexed(type, id)) return true;
    pending.with([&](Pending& ids) { ids[type_index(type)].erase(id); });
    return false;
}

Result<SavedBlob> BlobWriter::Impl::save(BlobType type, std::span<const std::byte> bytes) {
    if (bytes.empty() || bytes.size() > kMaxBlobBytes) {
        return Error(ErrorCode::kInvalidArgument, "a blob must have between 1 byte and 1 GiB");
    }
    COFRE_TRY(failure());
    const Id id = Id::of(bytes);
    const bool is_new = claim(type, id);
    totals.with([&](BlobWriterTotals& sum) {
        ++sum.blobs_seen;
        sum.bytes_seen += bytes.size();
        sum.blobs_new += is_new ? 1 : 0;
        sum.bytes_new += is_new ? bytes.size() : 0;
    });
    if (!is_new) return SavedBlob{id, false};
    auto hold = bytes_in_flight.acquire(std::max<std::uint64_t>(bytes.size(), kSmallestCharge), stopping.get_token());
    if (!hold) return failure_or(hold.error());
    BlobJob job{type, id, ByteBuffer::copy_of(bytes), *std::move(hold)};
    auto queued = blobs.push(std::move(job), stopping.get_token());
    if (!queued) return failure_or(queued.error());
    return SavedBlob{id, true};
}

BlobCompression BlobWriter::Impl::compression_of(BlobType type) const {
    if (repository.config().version < 2) return BlobCompression::kNever;
    if (type == BlobType::kTree || options.compress_all) return BlobCompression::kAlways;
    return repository.options().compression == Compression::kOff ? BlobCompression::kNever : BlobCompression::kWorth;
}

Status BlobWriter::Impl::work(const std::stop_token& token) {
    auto encoder = repository.make_encoder(options.verify);
    auto box = repository.make_box();
    for (;;) {
        COFRE_ASSIGN(auto job, blobs.pop(token));
        if (!job) return {};
        COFRE_TRY(note_failure(run_guarded([&] { return pack_job(*job, encoder, box, token); })));
    }
}

Status BlobWriter::Impl::pack_job(const BlobJob& job, BlobEncoder& encoder, crypto::SealedBox& box,
                                  const std::stop_token& token) {
    COFRE_ASSIGN(const auto encoded, encoder.encode(job.type, job.id, job.plain.bytes(), compression_of(job.type)));
    return pack_blob(encoded, box, token);
}

Status BlobWriter::Impl::pack_blob(const BlobEncoder::Encoded& encoded, crypto::SealedBox& box,
                                   const std::stop_token& token) {
    auto full = open_packs.with([&](OpenPacks& open) -> std::optional<PackBuilder> {
        auto& builder = open[type_index(encoded.blob.type)];
        if (!builder) {
            ByteBuffer buffer = spare_buffers.with([](std::vector<ByteBuffer>& spare) {
                if (spare.empty()) return ByteBuffer();
                ByteBuffer out = std::move(spare.back());
                spare.pop_back();
                return out;
            });
            builder.emplace(options.pack_bytes, std::move(buffer));
        }
        builder->append(encoded.blob, encoded.box);
        if (!builder->is_full()) return std::nullopt;
        return std::exchange(builder, std::nullopt);
    });
    if (!full) return {};
    return close_pack(*std::move(full), box, token);
}

Status BlobWriter::Impl::close_pack(PackBuilder builder, crypto::SealedBox& box, const std::stop_token& token) {
    COFRE_ASSIGN(auto hold, packs_in_flight.acquire(1, token));
    return packs.push({std::move(builder).finish(box), std::move(hold)}, token);
}

Status BlobWriter::Impl::upload(const std::stop_token& token) {
    const CallContext inner{token, ctx.deadline};
    for (;;) {
        COFRE_ASSIGN(auto job, packs.pop(token));
        if (!job) return {};
        COFRE_TRY(note_failure(run_guarded([&] { return store_pack(inner, std::move(job->pack)); })));
    }
}

Status BlobWriter::Impl::store_pack(const CallContext& inner, FinishedPack pack) {
    if (options.may_write) COFRE_TRY(options.may_write());
    store::PutOptions put;
    put.sha256 = pack.sha256;
    const auto key = repository.layout().key(FileKind::kPack, pack.content.id);
    auto stored = repository.store().put(inner, key, SpanSource(pack.bytes.bytes()), put);
    if (!stored) return std::move(stored).error().context("write pack " + pack.content.id.short_hex());
    totals.with([&](BlobWriterTotals& sum) {
        ++sum.packs;
        sum.bytes_packed += pack.bytes.size();
    });
    spare_buffers.with([&](std::vector<ByteBuffer>& spare) { spare.push_back(std::move(pack.bytes)); });
    return note_stored(inner, std::move(pack.content));
}

Status BlobWriter::Impl::note_stored(const CallContext& inner, PackContent content) {
    repository.add_to_index(content);
    pending.with([&](Pending& ids) {
        for (const auto& blob : content.blobs)
            ids[type_index(blob.type)].erase(blob.id);
    });
    const auto now = repository.clock().now();
    auto due = unindexed.with([&](Unindexed& state) {
        std::vector<PackContent> out;
        state.blobs += content.blobs.size();
        state.packs.push_back(std::move(content));
        if (state.blobs < kMaxIndexFileBlobs && now - state.since < kLongestUnindexed) return out;
        out.swap(state.packs);
        state.blobs = 0;
        state.since = now;
        return out;
    });
    return write_index(inner, std::move(due));
}

Status BlobWriter::Impl::write_index(const CallContext& inner, std::vector<PackContent> packs_to_name) {
    std::size_t first = 0;
    while (first < packs_to_name.size()) {
        std::size_t blob_count = 0;
        std::size_t end = first;
        while (end < packs_to_name.size() &&
               (end == first || blob_count + packs_to_name[end].blobs.size() <= kMaxIndexFileBlobs)) {
            blob_count += packs_to_name[end].blobs.size();
            ++end;
        }
        if (options.may_write) COFRE_TRY(options.may_write());
        const auto json = encode_index(std::span(packs_to_name).subspan(first, end - first));
        auto saved = repository.save_unpacked(inner, FileKind::kIndex, json);
        if (!saved) return std::move(saved).error();
        first = end;
    }
    return {};
}

Status BlobWriter::Impl::flush() {
    const auto token = stopping.get_token();
    const CallContext inner{token, ctx.deadline};
    {
        // All of them free: every blob lies in a pack.
        auto all = bytes_in_flight.acquire(kBytesInFlight, token);
        if (!all) return failure_or(all.error());
    }
    auto box = repository.make_box();
    auto open = open_packs.with([](OpenPacks& packs_open) { return std::exchange(packs_open, {}); });
    for (auto& builder : open) {
        if (!builder) continue;
        auto closed = close_pack(*std::move(builder), box, token);
        if (!closed) return failure_or(closed.error());
    }
    {
        auto all = packs_in_flight.acquire(packs_in_flight.capacity(), token);
        if (!all) return failure_or(all.error());
    }
    COFRE_TRY(failure());
    auto rest = unindexed.with([&](Unindexed& state) {
        state.blobs = 0;
        state.since = repository.clock().now();
        return std::exchange(state.packs, {});
    });
    COFRE_TRY(write_index(inner, std::move(rest)));
    return repository.store().sync(inner);
}

BlobWriter::BlobWriter(const CallContext& ctx, Repository& repository, const BlobWriterOptions& options)
    : impl_(std::make_unique<Impl>(ctx, repository, options)) {}

BlobWriter::~BlobWriter() {
    impl_->stopping.request_stop();
}

Result<SavedBlob> BlobWriter::save(BlobType type, std::span<const std::byte> bytes) {
    return impl_->save(type, bytes);
}

Status BlobWriter::flush() {
    return impl_->flush();
}

BlobWriterTotals BlobWriter::totals() const {
    return impl_->totals.with([](const BlobWriterTotals& sum) { return sum; });
}

}  // namespace cofre::repo
