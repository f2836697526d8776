// The small files of a repository: Repository's second part.

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/encoding.h"
#include "base/log.h"
#include "base/parallel.h"
#include "codec/block_codec.h"
#include "repo/index_file.h"
#include "repo/object_bytes.h"
#include "repo/repository.h"

namespace cofre::repo {
namespace {

constexpr std::byte kCompressedMark{2};  // First byte of a small file that is compressed.
constexpr std::size_t kMaxStoredSmallFile = 512UL * 1024 * 1024;
constexpr std::size_t kAmbiguousShown = 4;

std::string file_name(FileKind kind, const Id& id) {
    return std::string(to_string(kind)) + " " + id.short_hex();
}

bool is_cached(FileKind kind) {
    return kind == FileKind::kIndex || kind == FileKind::kSnapshot;
}

Result<ByteBuffer> decode_small_file(std::span<const std::byte> plain, std::size_t max_bytes) {
    if (plain.empty()) return Error(ErrorCode::kCorruption, "it is empty");
    if (plain[0] == std::byte{'{'} || plain[0] == std::byte{'['}) {
        if (plain.size() > max_bytes) return Error(ErrorCode::kResourceExhausted, "it is longer than it may be");
        return ByteBuffer::copy_of(plain);
    }
    if (plain[0] != kCompressedMark) return Error(ErrorCode::kCorruption, "it is neither JSON nor compressed JSON");
    return codec::BlockDecompressor().decompress(plain.subspan(1), max_bytes);
}

Result<ByteBuffer> encode_small_file(std::string_view json, bool compress) {
    if (!compress) return ByteBuffer::copy_of(as_bytes(json));
    ByteBuffer out(1 + codec::BlockCompressor::bound(json.size()));
    out.data()[0] = kCompressedMark;
    codec::BlockCompressor compressor(codec::BlockLevel::kAuto);
    COFRE_ASSIGN(const auto size, compressor.compress(as_bytes(json), out.bytes().subspan(1)));
    out.set_size(1 + size);
    return out;
}

}  // namespace

Result<std::vector<FileInfo>> Repository::list(const CallContext& ctx, FileKind kind) {
    return list_files(ctx, store_, layout_, kind);
}

Result<ByteBuffer> Repository::fetch(const CallContext& ctx, FileKind kind, const Id& id, std::size_t max_bytes) {
    // A second time if the hash is wrong: the way may have damaged it.
    for (int i = 0; i < 2; ++i) {
        auto bytes = read_object(ctx, store_, layout_.key(kind, id), max_bytes);
        if (!bytes) return std::move(bytes).error().context(file_name(kind, id));
        if (Id::of(bytes->bytes()) == id) return bytes;
    }
    return Error(ErrorCode::kCorruption, file_name(kind, id) + ": the content does not hash to its name")
        .with_hint("run `cofre check` to see what else is damaged");
}

Result<ByteBuffer> Repository::fetch_cached(const CallContext& ctx, FileKind kind, const Id& id,
                                            std::size_t max_bytes) {
    const bool may_cache = cache_ != nullptr && (is_cached(kind) || kind == FileKind::kPack);
    if (may_cache) {
        if (auto bytes = cache_->get(kind, id); bytes && bytes->size() <= max_bytes) return *std::move(bytes);
    }
    COFRE_ASSIGN(auto bytes, fetch(ctx, kind, id, max_bytes));
    if (may_cache) cache_->put(kind, id, bytes.bytes());
    return bytes;
}

Result<ByteBuffer> Repository::load_unpacked(const CallContext& ctx, FileKind kind, const Id& id,
                                             std::size_t max_bytes) {
    COFRE_ASSIGN(auto bytes, fetch_cached(ctx, kind, id, kMaxStoredSmallFile));
    auto box = make_box();
    auto plain = box.open(bytes.bytes());
    if (!plain) return std::move(plain).error().context(file_name(kind, id));
    auto json = decode_small_file(*plain, max_bytes);
    if (!json) return std::move(json).error().context(file_name(kind, id));
    return json;
}

Result<Id> Repository::save_unpacked(const CallContext& ctx, FileKind kind, std::string_view json) {
    COFRE_ASSIGN(const auto plain, encode_small_file(json, config_.version >= 2));
    const auto bytes = seal_copy(make_box(), plain.bytes());
    const auto digest = crypto::sha256(bytes.bytes());
    const Id id(digest);
    if (is_cached(kind)) COFRE_TRY(store_.sync(ctx));
    store::PutOptions options;
    // Locks are replaced every few minutes: a bucket that retains objects must not keep them.
    if (kind == FileKind::kLock) options.lifespan = store::Lifespan::kPassing;
    options.sha256 = digest;
    // An index, snapshot or lock that a power cut has emptied would stop everybody.
    options.power_safe = true;
    auto stored = store_.put(ctx, layout_.key(kind, id), SpanSource(bytes.bytes()), options);
    if (!stored) return std::move(stored).error().context("write " + std::string(to_string(kind)));
    if (cache_ != nullptr && is_cached(kind)) cache_->put(kind, id, bytes.bytes());
    return id;
}

Status Repository::remove(const CallContext& ctx, FileKind kind, const Id& id) {
    auto removed = store_.remove(ctx, layout_.key(kind, id));
    if (!removed) return std::move(removed).error().context("remove " + file_name(kind, id));
    if (cache_ != nullptr) cache_->remove(kind, id);
    return {};
}

Result<Id> Repository::find(const CallContext& ctx, FileKind kind, std::string_view prefix) {
    const bool is_hex = !prefix.empty() && prefix.size() <= 2 * Id::kSize &&
                        prefix.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if (!is_hex) {
        return Error(ErrorCode::kInvalidArgument, "\"" + std::string(prefix) + "\" is not the beginning of an id")
            .with_hint("ids are written with 0-9 and a-f");
    }
    COFRE_ASSIGN(const auto files, list(ctx, kind));
    std::vector<Id> found;
    for (const auto& file : files) {
        if (file.id.hex().starts_with(prefix)) found.push_back(file.id);
    }
    if (found.size() == 1) return found.front();
    const std::string what = std::string(to_string(kind));
    if (found.empty()) return Error(ErrorCode::kNotFound, "no " + what + " begins with " + std::string(prefix));
    std::string names;
    for (std::size_t i = 0; i < std::min(found.size(), kAmbiguousShown); ++i)
        names += (i == 0 ? "" : ", ") + found[i].hex().substr(0, std::min(2 * Id::kSize, prefix.size() + 8));
    if (found.size() > kAmbiguousShown) names += ", ...";
    return Error(ErrorCode::kConflict,
                 std::to_string(found.size()) + " " + what + "s begin with " + std::string(prefix) + ": " + names)
        .with_hint("give more digits");
}

Status Repository::read_index_file(const CallContext& ctx, const Id& id,
                                   const std::function<Status(PackContent&&)>& visit) {
    COFRE_ASSIGN(auto json, load_unpacked(ctx, FileKind::kIndex, id, kMaxIndexFileBytes));
    auto decoded = decode_index(json, visit);
    if (!decoded) return std::move(decoded).error().context(file_name(FileKind::kIndex, id));
    return {};
}

Status Repository::load_index_file(const CallContext& ctx, const Id& id, Guarded<BlobIndex>& into) {
    std::vector<PackContent> packs;
    COFRE_TRY(read_index_file(ctx, id, [&](PackContent&& pack) -> Status {
        packs.push_back(std::move(pack));
        return {};
    }));
    into.with([&](BlobIndex& index) {
        for (const auto& pack : packs)
            index.insert(pack);
    });
    return {};
}

Status Repository::load_index(const CallContext& ctx, const std::function<void(const IndexProgress&)>& progress) {
    COFRE_ASSIGN(const auto files, list(ctx, FileKind::kIndex));
    if (cache_ != nullptr) {
        std::unordered_set<Id, IdHash> live;
        for (const auto& file : files)
            live.insert(file.id);
        cache_->retain(FileKind::kIndex, live);
    }
    Guarded<BlobIndex> loaded;
    Guarded<std::size_t> done;
    COFRE_TRY(parallel_for(ctx, files.size(), options_.connections, [&](const CallContext& inner, std::size_t i) {
        auto read = load_index_file(inner, files[i].id, loaded);
        if (!read || !progress) return read;
        const std::size_t blobs = loaded.with([](const BlobIndex& index) { return index.size(); });
        done.with([&](std::size_t& count) { progress({++count, files.size(), blobs}); });
        return read;
    }));
    loaded.with([&](BlobIndex& fresh) { index_.with([&](BlobIndex& index) { index = std::move(fresh); }); });
    return {};
}

void Repository::replace_index(BlobIndex fresh) {
    index_.with([&](BlobIndex& index) { index = std::move(fresh); });
}

void Repository::remove_from_index(const std::unordered_set<Id, IdHash>& packs) {
    index_.with([&](BlobIndex& index) {
        index.remove_packs([&](PackNumber pack) { return packs.contains(index.pack_id(pack)); });
    });
}

void Repository::add_to_index(const PackContent& pack) {
    index_.with([&](BlobIndex& index) { index.insert(pack); });
}

}  // namespace cofre::repo
