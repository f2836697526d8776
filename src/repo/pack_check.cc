#include "repo/pack_check.h"

#include <algorithm>
#include <utility>

#include "crypto/digest.h"
#include "repo/pack_format.h"

namespace cofre::repo {
namespace {

/// Cuts the stream of a pack's bytes into boxes and judges each.
class PackStream {
public:
    PackStream(Repository& repository, std::vector<PackedBlob> blobs)
        : decoder_(repository.make_decoder()), blobs_(std::move(blobs)) {}

    void feed(std::span<const std::byte> bytes) {
        hash_.update(bytes);
        while (!bytes.empty()) {
            skip_impossible();
            const bool at_end = next_ == blobs_.size();
            const std::uint64_t wanted = at_end                             ? bytes.size()
                                         : position_ < blobs_[next_].offset ? blobs_[next_].offset - position_
                                                                            : blobs_[next_].length - box_.size();
            const auto part = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(wanted, bytes.size())));
            if (!at_end && position_ >= blobs_[next_].offset) take(part);
            position_ += part.size();
            bytes = bytes.subspan(part.size());
        }
    }

    /// After the last byte.
    void finish(const Id& pack, PackVerdict& verdict) {
        for (; next_ < blobs_.size(); ++next_)
            fail(blobs_[next_], "lies beyond the end of the pack");
        if (Id(hash_.finish()) != pack) verdict.problems.emplace_back("the content does not hash to its name");
        std::move(problems_.begin(), problems_.end(), std::back_inserter(verdict.problems));
        verdict.damaged = std::move(damaged_);
        verdict.bytes = position_;
    }

private:
    /// Lies before where we are (it overlaps the one before), or is too large.
    void skip_impossible() {
        while (next_ < blobs_.size() && box_.size() == 0) {
            const auto& blob = blobs_[next_];
            if (blob.offset >= position_ && blob.length <= kMaxBlobBytes) return;
            fail(blob, blob.offset < position_ ? "overlaps the one before it" : "is larger than any blob may be");
            ++next_;
        }
    }

    void take(std::span<const std::byte> part) {
        const auto& blob = blobs_[next_];
        if (box_.size() + part.size() > box_.capacity()) {
            box_.reserve(std::min<std::size_t>(blob.length, std::max(box_.capacity() * 2, box_.size() + part.size())));
        }
        box_.append(part);
        if (box_.size() < blob.length) return;
        if (auto plain = decoder_.decode(blob, box_.bytes()); !plain) fail(blob, plain.error().message());
        box_.set_size(0);
        ++next_;
    }

    void fail(const PackedBlob& blob, std::string_view why) {
        problems_.push_back(std::string(to_string(blob.type)) + " blob " + blob.id.hex() + ": " + std::string(why));
        damaged_.push_back(blob);
    }

    BlobDecoder decoder_;
    std::vector<PackedBlob> blobs_;
    std::size_t next_ = 0;
    std::uint64_t position_ = 0;
    ByteBuffer box_;  // What has come of blobs_[next_].
    crypto::Sha256 hash_;
    std::vector<std::string> problems_;
    std::vector<PackedBlob> damaged_;
};

bool by_offset(const PackedBlob& a, const PackedBlob& b) {
    return std::pair(a.offset, a.id) < std::pair(b.offset, b.id);
}

/// What the pack says it holds; else, with a problem, what the index says.
Result<std::vector<PackedBlob>> blobs_to_check(const CallContext& ctx, Repository& repository, const Id& pack,
                                               std::uint64_t size, std::vector<PackedBlob> indexed,
                                               PackVerdict& verdict) {
    auto header = repository.read_pack_header(ctx, pack, size);
    if (!header) {
        if (header.error().code() != ErrorCode::kCorruption) return std::move(header).error();
        verdict.problems.push_back(header.error().message());
        return indexed;
    }
    std::sort(header->begin(), header->end(), by_offset);
    for (const auto& blob : indexed) {
        if (!std::binary_search(header->begin(), header->end(), blob, by_offset)) {
            verdict.problems.push_back("the index has " + std::string(to_string(blob.type)) + " blob " + blob.id.hex() +
                                       ", the header of the pack has not");
        }
    }
    if (!indexed.empty() && indexed.size() < header->size()) {
        verdict.problems.push_back("its header has " + std::to_string(header->size() - indexed.size()) +
                                   " blobs that the index has not");
    }
    return header;
}

Result<PackVerdict> read_once(const CallContext& ctx, Repository& repository, const Id& pack, std::uint64_t size,
                              const std::vector<PackedBlob>& indexed) {
    PackVerdict verdict;
    COFRE_ASSIGN(auto blobs, blobs_to_check(ctx, repository, pack, size, indexed, verdict));
    PackStream stream(repository, std::move(blobs));
    const auto key = repository.layout().key(FileKind::kPack, pack);
    auto got = repository.store().get(ctx, key, {}, [&](std::span<const std::byte> bytes) -> Status {
        stream.feed(bytes);
        return {};
    });
    if (!got) return std::move(got).error();
    stream.finish(pack, verdict);
    if (verdict.bytes != size) {
        verdict.problems.push_back("it has " + std::to_string(verdict.bytes) + " bytes, the listing said " +
                                   std::to_string(size));
    }
    return verdict;
}

}  // namespace

std::uint64_t packed_size(std::span<const PackedBlob> blobs) {
    std::uint64_t size = crypto::SealedBox::kOverhead + kPackTrailerBytes;
    for (const auto& blob : blobs)
        size += blob.length + (blob.uncompressed_length != 0 ? kCompressedPackEntryBytes : kPackEntryBytes);
    return size;
}

Result<PackVerdict> check_pack(const CallContext& ctx, Repository& repository, const Id& pack, std::uint64_t size,
                               std::span<const PackedBlob> indexed) {
    std::vector<PackedBlob> expected(indexed.begin(), indexed.end());
    std::sort(expected.begin(), expected.end(), by_offset);
    for (int attempt = 1;; ++attempt) {
        auto verdict = read_once(ctx, repository, pack, size, expected);
        if (!verdict && verdict.error().code() == ErrorCode::kNotFound) {
            return PackVerdict{{"it is not there"}, std::move(expected), 0};
        }
        if (!verdict || verdict->problems.empty() || attempt == 2) return verdict;
    }
}

}  // namespace cofre::repo
