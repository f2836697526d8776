#include "repo/pack_builder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "repo/pack_format.h"

namespace cofre::repo {
namespace {

// Room for the blob that crosses the target, and for a header. Pages that are
// not touched cost nothing.
constexpr std::size_t kBeyondTarget = 9UL * 1024 * 1024;

// A header of the longest entries stays below its limit.
constexpr std::size_t kMaxPackBlobs = kMaxPackHeaderBytes / kCompressedPackEntryBytes / 2;

}  // namespace

PackBuilder::PackBuilder(std::uint64_t pack_bytes, ByteBuffer buffer)
    : pack_bytes_(pack_bytes), bytes_(std::move(buffer)) {
    bytes_.set_size(0);
    if (bytes_.capacity() < pack_bytes + kBeyondTarget) bytes_ = ByteBuffer(pack_bytes + kBeyondTarget);
    bytes_.set_size(0);
}

bool PackBuilder::is_full() const {
    return bytes_.size() >= pack_bytes_ || content_.blobs.size() >= kMaxPackBlobs;
}

void PackBuilder::append(PackedBlob blob, std::span<const std::byte> box) {
    blob.offset = static_cast<std::uint32_t>(bytes_.size());
    if (bytes_.capacity() - bytes_.size() < box.size()) bytes_.reserve(bytes_.size() + box.size() + kBeyondTarget);
    bytes_.append(box);
    hash_.update(box);
    content_.blobs.push_back(blob);
}

FinishedPack PackBuilder::finish(crypto::SealedBox& box) && {
    const auto header = encode_pack_header(content_.blobs);
    const std::size_t length = header.size() + crypto::SealedBox::kOverhead;
    const std::size_t start = bytes_.size();
    bytes_.reserve(start + length + kPackTrailerBytes);
    bytes_.set_size(start + length + kPackTrailerBytes);
    const auto sealed = bytes_.bytes().subspan(start, length);
    std::memcpy(sealed.data() + crypto::SealedBox::kIvSize, header.data(), header.size());
    box.seal(sealed);
    for (std::size_t i = 0; i < kPackTrailerBytes; ++i)
        bytes_.data()[start + length + i] = static_cast<std::byte>(length >> (8 * i));
    hash_.update(bytes_.bytes().subspan(start));
    FinishedPack out;
    out.sha256 = hash_.finish();
    content_.id = Id(out.sha256);
    out.content = std::move(content_);
    out.bytes = std::move(bytes_);
    return out;
}

}  // namespace cofre::repo
