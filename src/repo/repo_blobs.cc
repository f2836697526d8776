// Reading blobs: Repository's third part.

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "repo/object_bytes.h"
#include "repo/pack_format.h"
#include "repo/repository.h"

namespace cofre::repo {
namespace {

// Fetched together: neighbours whose gap costs less than another request, up to
// what is worth holding.
constexpr std::uint64_t kLargestGap = 128ULL * 1024;
constexpr std::uint64_t kLargestGroup = 8ULL * 1024 * 1024;

// Tree packs up to this size go to the cache as a whole: the next tree is
// nearly always in the same pack.
constexpr std::size_t kMaxCachedPack = 64UL * 1024 * 1024;

// A first read of a header that holds about 800 blobs: one request for most packs.
constexpr std::size_t kHeaderGuess = 32UL * 1024;

Error in_pack(Error error, const Id& pack) {
    return std::move(error).context("pack " + pack.short_hex());
}

/// What the store says of a range that is not there is, of a pack, damage.
Error range_failure(Error error, const Id& pack) {
    if (error.code() == ErrorCode::kInvalidArgument) {
        return Error(ErrorCode::kCorruption, "pack " + pack.short_hex() + ": shorter than the index says");
    }
    return in_pack(std::move(error), pack);
}

/// Failures that another copy of the blob may make good.
bool may_try_another_copy(const Error& error) {
    return error.code() == ErrorCode::kCorruption || error.code() == ErrorCode::kNotFound;
}

std::size_t group_end(std::span<const PackedBlob> blobs, std::size_t first) {
    const std::uint64_t start = blobs[first].offset;
    std::size_t last = first;
    while (last + 1 < blobs.size()) {
        const std::uint64_t end = std::uint64_t{blobs[last].offset} + blobs[last].length;
        const auto& next = blobs[last + 1];
        if (next.offset < end || next.offset - end > kLargestGap) break;
        if (std::uint64_t{next.offset} + next.length - start > kLargestGroup) break;
        ++last;
    }
    return last + 1;
}

}  // namespace

Result<ByteBuffer> Repository::read_box(const CallContext& ctx, const Id& pack, const PackedBlob& blob) {
    if (cache_ != nullptr && blob.type == BlobType::kTree) {
        if (auto bytes = cache_->get_range(FileKind::kPack, pack, blob.offset, blob.length)) return *std::move(bytes);
        auto& stripe = pack_fetches_[pack.prefix64() % kPackStripes];
        stripe.with([&](int&) {  // Who waited finds it in the cache. A failure shows below.
            if (!cache_->get_range(FileKind::kPack, pack, blob.offset, blob.length)) {
                [[maybe_unused]] const auto fetched = fetch_cached(ctx, FileKind::kPack, pack, kMaxCachedPack);
            }
        });
        if (auto bytes = cache_->get_range(FileKind::kPack, pack, blob.offset, blob.length)) return *std::move(bytes);
    }
    ByteBuffer box;
    auto read = read_object_range(ctx, store_, layout_.key(FileKind::kPack, pack), blob.offset, blob.length, box);
    if (!read) return range_failure(std::move(read).error(), pack);
    return box;
}

Result<ByteBuffer> Repository::load_copy(const CallContext& ctx, const Id& pack, const PackedBlob& blob) {
    COFRE_ASSIGN(auto box, read_box(ctx, pack, blob));
    auto decoder = make_decoder();
    auto plain = decoder.decode(blob, box.bytes());
    if (plain) return ByteBuffer::copy_of(*plain);
    if (cache_ != nullptr && blob.type == BlobType::kTree) cache_->remove(FileKind::kPack, pack);
    // Once more, past the cache: the way may have damaged it.
    auto read = read_object_range(ctx, store_, layout_.key(FileKind::kPack, pack), blob.offset, blob.length, box);
    if (!read) return range_failure(std::move(read).error(), pack);
    auto again = decoder.decode(blob, box.bytes());
    if (!again) return in_pack(std::move(again).error(), pack).with_hint("run `cofre check --read-data`");
    return ByteBuffer::copy_of(*again);
}

Result<ByteBuffer> Repository::load_other_copy(const CallContext& ctx, const Id& bad_pack, const PackedBlob& blob,
                                               Error first) {
    std::vector<std::pair<Id, PackedBlob>> places;
    with_index([&](const BlobIndex& index) {
        for (const auto& place : index.find_all(blob.type, blob.id))
            places.emplace_back(index.pack_id(place.pack), place.blob);
    });
    for (const auto& [pack, place] : places) {
        if (pack == bad_pack) continue;
        auto copy = load_copy(ctx, pack, place);
        if (!copy) continue;
        log_warning("repo", first.message() + "; another copy, in pack " + pack.short_hex() + ", is good");
        return copy;
    }
    return first;
}

Result<ByteBuffer> Repository::load_blob(const CallContext& ctx, BlobType type, const Id& id) {
    const auto found = with_index([&](const BlobIndex& index) -> std::optional<std::pair<Id, PackedBlob>> {
        const auto place = index.find(type, id);
        if (!place) return std::nullopt;
        return std::pair(index.pack_id(place->pack), place->blob);
    });
    if (!found) {
        return Error(ErrorCode::kNotFound,
                     std::string(to_string(type)) + " blob " + id.short_hex() + " is not in the index")
            .with_hint("run `cofre check`; if an index file is lost, it can be built again from the packs");
    }
    auto plain = load_copy(ctx, found->first, found->second);
    if (plain || !may_try_another_copy(plain.error())) return plain;
    return load_other_copy(ctx, found->first, found->second, std::move(plain).error());
}

Status Repository::visit_group(const CallContext& ctx, const Id& pack, std::span<const PackedBlob> group,
                               BlobDecoder& decoder, ByteBuffer& buffer, const BlobVisitor& visit) {
    const std::uint64_t start = group.front().offset;
    const std::size_t length = group.back().offset + std::size_t{group.back().length} - start;
    auto read = read_object_range(ctx, store_, layout_.key(FileKind::kPack, pack), start, length, buffer);
    if (!read && read.error().code() != ErrorCode::kInvalidArgument && read.error().code() != ErrorCode::kNotFound) {
        return in_pack(std::move(read).error(), pack);
    }
    for (const auto& blob : group) {
        if (read) {
            auto plain = decoder.decode(blob, buffer.bytes().subspan(blob.offset - start, blob.length));
            if (plain) {
                COFRE_TRY(visit(blob, *plain));
                continue;
            }
        }
        auto copy = load_copy(ctx, pack, blob);
        if (!copy && may_try_another_copy(copy.error())) {
            copy = load_other_copy(ctx, pack, blob, std::move(copy).error());
        }
        if (copy) {
            COFRE_TRY(visit(blob, std::span<const std::byte>(copy->bytes())));
        } else {
            COFRE_TRY(visit(blob, std::move(copy).error()));
        }
    }
    return {};
}

Status Repository::load_blobs(const CallContext& ctx, const Id& pack, std::span<const PackedBlob> blobs,
                              const BlobVisitor& visit) {
    auto decoder = make_decoder();
    ByteBuffer buffer;
    for (std::size_t first = 0; first < blobs.size();) {
        const std::size_t end = group_end(blobs, first);
        COFRE_TRY(visit_group(ctx, pack, blobs.subspan(first, end - first), decoder, buffer, visit));
        first = end;
    }
    return {};
}

Result<std::vector<PackedBlob>> Repository::read_pack_header(const CallContext& ctx, const Id& pack,
                                                             std::uint64_t size) {
    auto box = make_box();
    ByteBuffer tail;
    std::size_t wanted = kHeaderGuess;
    for (;;) {
        const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, size));
        auto read = read_object_range(ctx, store_, layout_.key(FileKind::kPack, pack), size - length, length, tail);
        if (!read) return range_failure(std::move(read).error(), pack);
        auto header = read_pack_tail(box, tail.bytes(), size);
        if (!header) return in_pack(std::move(header).error(), pack);
        if (header->needed_tail == 0) return std::move(header->blobs);
        wanted = header->needed_tail;
    }
}

}  // namespace cofre::repo
