#include "repo/object_bytes.h"

#include <algorithm>
#include <cstring>

namespace cofre::repo {
namespace {

constexpr std::size_t kFirstRead = 64UL * 1024;

}  // namespace

Result<ByteBuffer> read_object(const CallContext& ctx, store::ObjectStore& store, const store::ObjectKey& key,
                               std::size_t max_bytes) {
    ByteBuffer out(std::min(kFirstRead, max_bytes));
    out.set_size(0);
    const auto got = store.get(ctx, key, {}, [&](std::span<const std::byte> more) -> Status {
        const std::size_t size = out.size() + more.size();
        if (size > max_bytes) return Error(ErrorCode::kResourceExhausted, key.str() + " is longer than it may be");
        if (size > out.capacity()) out.reserve(std::min(std::max(size, out.capacity() * 2), max_bytes));
        out.append(more);
        return {};
    });
    if (!got) return got.error();
    return out;
}

Status read_object_range(const CallContext& ctx, store::ObjectStore& store, const store::ObjectKey& key,
                         std::uint64_t offset, std::size_t length, ByteBuffer& out) {
    if (out.capacity() < length) out = ByteBuffer(length);
    out.set_size(0);
    const auto got = store.get(ctx, key, {offset, length}, [&](std::span<const std::byte> more) -> Status {
        if (more.size() > length - out.size()) return Error(ErrorCode::kInternal, "the store sent more than was asked");
        out.append(more);
        return {};
    });
    if (!got) return got.error();
    if (out.size() != length) return Error(ErrorCode::kInvalidArgument, key.str() + " is shorter than expected");
    return {};
}

Result<std::vector<FileInfo>> list_files(const CallContext& ctx, store::ObjectStore& store, const Layout& layout,
                                         FileKind kind) {
    std::vector<FileInfo> out;
    const store::ListOptions options{.prefix = layout.folder(kind)};
    auto listed = store.list(ctx, options, [&](const store::ObjectInfo& info) -> Status {
        if (const auto id = layout.id_of(kind, info.key.str())) out.push_back({*id, info.size, info.last_modified});
        return {};
    });
    if (!listed) return std::move(listed).error().context("list " + layout.folder(kind));
    return out;
}

Status put_if_absent(const CallContext& ctx, store::ObjectStore& store, const store::ObjectKey& key,
                     std::span<const std::byte> bytes) {
    const SpanSource body(bytes);
    auto stored = store.put(ctx, key, body, {.if_absent = true, .power_safe = true});
    if (!stored && stored.error().code() == ErrorCode::kUnsupported) {
        const auto head = store.head(ctx, key);
        if (head) return Error(ErrorCode::kConflict, key.str() + " exists already");
        if (head.error().code() != ErrorCode::kNotFound) return head.error();
        stored = store.put(ctx, key, body, {.power_safe = true});
    }
    if (!stored) return std::move(stored).error();
    return {};
}

ByteBuffer seal_copy(crypto::SealedBox box, std::span<const std::byte> plain) {
    ByteBuffer out(plain.size() + crypto::SealedBox::kOverhead);
    if (!plain.empty()) std::memcpy(out.data() + crypto::SealedBox::kIvSize, plain.data(), plain.size());
    box.seal(out.bytes());
    return out;
}

}  // namespace cofre::repo
