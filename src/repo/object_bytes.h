#pragma once

/// @file
/// Objects as buffers: what Repository stands on.

#include <cstdint>
#include <span>
#include <vector>

#include "base/byte_buffer.h"
#include "base/call_context.h"
#include "base/result.h"
#include "crypto/sealed_box.h"
#include "repo/repo_layout.h"
#include "store/object_store.h"

namespace cofre::repo {

/// One file of a listing.
struct FileInfo {
    Id id;
    std::uint64_t size = 0;
    WallTime last_modified{};
};

/// A whole object. kResourceExhausted: longer than `max_bytes`, of which no more
/// is ever held.
Result<ByteBuffer> read_object(const CallContext& ctx, store::ObjectStore& store, const store::ObjectKey& key,
                               std::size_t max_bytes);

/// Exactly `length` bytes into `out` from its start; `out` is made larger if need be.
/// kInvalidArgument: the object is shorter.
Status read_object_range(const CallContext& ctx, store::ObjectStore& store, const store::ObjectKey& key,
                         std::uint64_t offset, std::size_t length, ByteBuffer& out);

/// Ids in ascending order; foreign files are passed over.
Result<std::vector<FileInfo>> list_files(const CallContext& ctx, store::ObjectStore& store, const Layout& layout,
                                         FileKind kind);

/// kConflict: it exists. A store that cannot say so in one step is asked first.
Status put_if_absent(const CallContext& ctx, store::ObjectStore& store, const store::ObjectKey& key,
                     std::span<const std::byte> bytes);

ByteBuffer seal_copy(crypto::SealedBox box, std::span<const std::byte> plain);

}  // namespace cofre::repo
