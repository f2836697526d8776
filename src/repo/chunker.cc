#include "repo/chunker.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace cofre::repo {
namespace {

constexpr std::uint64_t kCutMask = (1ULL << static_cast<unsigned>(kChunkBits)) - 1;
constexpr unsigned kUsualShift = 53 - 8;

// A fingerprint depends on 64 bytes only, so several stretches are searched at
// once: each waits for its table while the others work. One alone runs at 0.4
// GB/s, four at 1.2, six at 1.4, eight no faster.
constexpr std::size_t kLanes = 6;
constexpr std::size_t kStretch = 4096;

constexpr std::size_t kReadBytes = 512UL * 1024;

std::uint64_t byte_at(const std::byte* data) {
    return std::to_integer<std::uint64_t>(*data);
}

/// With the usual degree the shift is a constant.
template <unsigned Shift>
class CutSearch {
public:
    explicit CutSearch(const ChunkTables& tables)
        : leaving_(tables.leaving().data()), reducing_(tables.reducing().data()), shift_(tables.shift()) {}

    /// The least cut length in (from, data.size()], where from >= kChunkWindow;
    /// 0: none.
    std::size_t find(std::span<const std::byte> data, std::size_t from) const {
        std::size_t at = from;
        while (data.size() - at >= kLanes * kStretch) {
            const std::size_t cut = search_lanes(data.data() + at);
            if (cut != 0) return at + cut;
            at += kLanes * kStretch;
        }
        std::uint64_t print = window_before(data.data() + at);
        for (; at < data.size(); ++at) {
            print = roll(print, data.data() + at);
            if ((print & kCutMask) == 0) return at + 1;
        }
        return 0;
    }

private:
    unsigned shift() const { return Shift != 0 ? Shift : shift_; }

    std::uint64_t append(std::uint64_t print, const std::byte* next) const {
        return (print << 8U) ^ reducing_[print >> shift()] ^ byte_at(next);
    }
    std::uint64_t roll(std::uint64_t print, const std::byte* next) const {
        return append(print, next) ^ leaving_[byte_at(next - kChunkWindow)];
    }

    /// The fingerprint of the kChunkWindow bytes before `end`.
    std::uint64_t window_before(const std::byte* end) const {
        std::uint64_t print = 0;
        for (const std::byte* next = end - kChunkWindow; next != end; ++next)
            print = append(print, next);
        return print;
    }

    /// As find(), in the kLanes * kStretch bytes at `data`.
    std::size_t search_lanes(const std::byte* data) const {
        return search_lanes(data, std::make_index_sequence<kLanes>());
    }

    /// Unrolled by the parameter pack, so that the fingerprints stay in registers.
    template <std::size_t... Lane>
    std::size_t search_lanes(const std::byte* data, std::index_sequence<Lane...> /*lanes*/) const {
        std::array<std::uint64_t, kLanes> prints{window_before(data + Lane * kStretch)...};
        std::array<std::size_t, kLanes> cuts{};
        for (std::size_t i = 0; i < kStretch; ++i) {
            ((prints[Lane] = roll(prints[Lane], data + Lane * kStretch + i)), ...);
            if ((((prints[Lane] & kCutMask) == 0) || ...)) [[unlikely]] {
                ((cuts[Lane] = first_of(cuts[Lane], prints[Lane], i)), ...);
                if (cuts[0] != 0) break;  // Nothing later can be the first.
            }
        }
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            if (cuts[lane] != 0) return lane * kStretch + cuts[lane];
        }
        return 0;
    }

    /// `known`, if the lane has a cut already; else i + 1 if there is one here.
    static std::size_t first_of(std::size_t known, std::uint64_t print, std::size_t i) {
        return known != 0 || (print & kCutMask) != 0 ? known : i + 1;
    }

    const std::uint64_t* leaving_;
    const std::uint64_t* reducing_;
    unsigned shift_;
};

}  // namespace

ChunkTables::ChunkTables(Polynomial polynomial) {
    const int degree = polynomial.degree();
    COFRE_CHECK(degree >= kMinChunkDegree && degree <= kMaxChunkDegree);
    shift_ = static_cast<unsigned>(degree) - 8;
    // A byte leaves when 64 more have come: times x^(8 * 64).
    Polynomial factor(1);
    for (std::size_t i = 0; i < kChunkWindow; ++i)
        factor = Polynomial(factor.bits() << 8U).mod(polynomial);
    for (std::uint64_t byte = 0; byte < 256; ++byte) {
        leaving_[byte] = Polynomial(byte).mod(polynomial).mul_mod(factor, polynomial).bits();
        const Polynomial above(byte << static_cast<unsigned>(degree));
        reducing_[byte] = above.mod(polynomial).bits() | above.bits();
    }
}

std::size_t first_chunk(const ChunkTables& tables, std::span<const std::byte> data, std::size_t searched) {
    const auto part = data.first(std::min(data.size(), kMaxChunk));
    // A cut at kMinChunk exactly is allowed: its fingerprint is of what ends there.
    // Nor is one at `searched` known: data.size() was the answer to both.
    const std::size_t from = std::max(searched, kMinChunk) - 1;
    if (part.size() <= from) return part.size();
    const std::size_t cut = tables.shift() == kUsualShift ? CutSearch<kUsualShift>(tables).find(part, from)
                                                          : CutSearch<0>(tables).find(part, from);
    return cut != 0 ? cut : part.size();
}

ChunkStream::ChunkStream(const ChunkTables& tables) : tables_(tables), buffer_(kMaxChunk) {
    buffer_.set_size(0);
}

void ChunkStream::start(Reader read) {
    read_ = std::move(read);
    buffer_.set_size(0);
    chunk_ = 0;
    at_end_ = false;
}

Status ChunkStream::fill() {
    const std::size_t used = buffer_.size();
    buffer_.set_size(std::min(used + kReadBytes, buffer_.capacity()));
    const auto room = buffer_.bytes().subspan(used);
    std::size_t got = 0;
    while (got < room.size() && !at_end_) {
        auto more = read_(room.subspan(got));
        if (!more) {
            at_end_ = true;
            buffer_.set_size(0);
            return std::move(more).error();
        }
        if (*more == 0) at_end_ = true;
        got += *more;
    }
    buffer_.set_size(used + got);
    return {};
}

Result<std::span<const std::byte>> ChunkStream::next() {
    const std::size_t rest = buffer_.size() - chunk_;
    if (chunk_ != 0 && rest != 0) std::memmove(buffer_.data(), buffer_.data() + chunk_, rest);
    buffer_.set_size(rest);
    chunk_ = 0;
    for (std::size_t searched = 0;;) {
        const std::size_t size = buffer_.size();
        const std::size_t cut = first_chunk(tables_, buffer_.bytes(), searched);
        if (cut < size || size == kMaxChunk || at_end_) {
            chunk_ = cut;
            return std::span<const std::byte>(buffer_.bytes().first(cut));
        }
        searched = size;
        COFRE_TRY(fill());
    }
}

}  // namespace cofre::repo
