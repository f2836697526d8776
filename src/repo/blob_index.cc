#include "repo/blob_index.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace cofre::repo {
namespace {

constexpr std::uint32_t kTreeBit = 1U << 31U;
constexpr std::size_t kFirstSlots = 1024;

}  // namespace

struct BlobIndex::Entry {
    Id id;
    std::uint32_t pack_and_type;
    std::uint32_t offset;
    std::uint32_t length;
    std::uint32_t uncompressed_length;

    PackNumber pack() const { return pack_and_type & ~kTreeBit; }
    BlobType type() const { return (pack_and_type & kTreeBit) != 0 ? BlobType::kTree : BlobType::kData; }
    bool is(BlobType wanted, const Id& wanted_id) const { return id == wanted_id && type() == wanted; }
    PackedBlob blob() const { return {id, type(), offset, length, uncompressed_length}; }
};

BlobIndex::BlobIndex() : slots_(kFirstSlots, kEmpty) {
    static_assert(sizeof(Entry) == 48);
}
BlobIndex::BlobIndex(BlobIndex&&) noexcept = default;
BlobIndex& BlobIndex::operator=(BlobIndex&&) noexcept = default;
BlobIndex::~BlobIndex() = default;

const BlobIndex::Entry& BlobIndex::entry(std::uint32_t number) const {
    return blocks_[number >> kBlockBits][number & ((1U << kBlockBits) - 1)];
}

std::size_t BlobIndex::home_slot(const Id& id) const {
    // Multiplying maps a uniform hash to any number of slots without a division.
    return static_cast<std::size_t>(((id.prefix64() >> 32U) * slots_.size()) >> 32U);
}

PackNumber BlobIndex::add_pack(const Id& pack) {
    const auto [found, is_new] = pack_numbers_.try_emplace(pack, static_cast<PackNumber>(packs_.size()));
    if (is_new) {
        COFRE_CHECK(packs_.size() < kTreeBit);
        packs_.push_back(pack);
    }
    return found->second;
}

std::optional<PackNumber> BlobIndex::find_pack(const Id& pack) const {
    const auto found = pack_numbers_.find(pack);
    if (found == pack_numbers_.end()) return std::nullopt;
    return found->second;
}

void BlobIndex::insert(PackNumber pack, const PackedBlob& blob) {
    COFRE_CHECK(count_ < kEmpty - 1);
    if ((count_ + 1) * 4 > slots_.size() * 3) grow();
    std::size_t slot = home_slot(blob.id);
    for (; slots_[slot] != kEmpty; slot = slot + 1 == slots_.size() ? 0 : slot + 1) {
        const Entry& there = entry(slots_[slot]);
        if (there.is(blob.type, blob.id) && there.pack() == pack && there.offset == blob.offset) return;
    }
    if ((count_ >> kBlockBits) == blocks_.size()) {
        blocks_.push_back(std::make_unique_for_overwrite<Entry[]>(1U << kBlockBits));
    }
    blocks_[count_ >> kBlockBits][count_ & ((1U << kBlockBits) - 1)] = {
        blob.id, pack | (blob.type == BlobType::kTree ? kTreeBit : 0), blob.offset, blob.length,
        blob.uncompressed_length};
    slots_[slot] = static_cast<std::uint32_t>(count_);
    ++count_;
}

void BlobIndex::insert(const PackContent& pack) {
    const PackNumber number = add_pack(pack.id);
    for (const auto& blob : pack.blobs)
        insert(number, blob);
}

void BlobIndex::grow() {
    fill_slots(std::max(kFirstSlots, count_ * 2 + kFirstSlots));
}

void BlobIndex::fill_slots(std::size_t slots) {
    std::vector<std::uint32_t>().swap(slots_);  // Not needed to fill the new one: no peak of both.
    slots_.assign(slots, kEmpty);
    for (std::uint32_t number = 0; number < count_; ++number) {
        std::size_t slot = home_slot(entry(number).id);
        while (slots_[slot] != kEmpty)
            slot = slot + 1 == slots_.size() ? 0 : slot + 1;
        slots_[slot] = number;
    }
}

std::optional<std::uint32_t> BlobIndex::ordinal(BlobType type, const Id& id) const {
    for (std::size_t slot = home_slot(id); slots_[slot] != kEmpty; slot = slot + 1 == slots_.size() ? 0 : slot + 1) {
        if (entry(slots_[slot]).is(type, id)) return slots_[slot];
    }
    return std::nullopt;
}

BlobPlace BlobIndex::at(std::uint32_t ordinal) const {
    const Entry& there = entry(ordinal);
    return {there.pack(), there.blob()};
}

std::optional<BlobPlace> BlobIndex::find(BlobType type, const Id& id) const {
    const auto number = ordinal(type, id);
    if (!number) return std::nullopt;
    return at(*number);
}

std::vector<BlobPlace> BlobIndex::find_all(BlobType type, const Id& id) const {
    std::vector<BlobPlace> out;
    for (std::size_t slot = home_slot(id); slots_[slot] != kEmpty; slot = slot + 1 == slots_.size() ? 0 : slot + 1) {
        if (entry(slots_[slot]).is(type, id)) out.push_back(at(slots_[slot]));
    }
    return out;
}

std::vector<std::uint32_t> BlobIndex::ordinals(BlobType type, const Id& id) const {
    std::vector<std::uint32_t> out;
    for (std::size_t slot = home_slot(id); slots_[slot] != kEmpty; slot = slot + 1 == slots_.size() ? 0 : slot + 1) {
        if (entry(slots_[slot]).is(type, id)) out.push_back(slots_[slot]);
    }
    return out;
}

void BlobIndex::remove_packs(const std::function<bool(PackNumber)>& is_gone) {
    constexpr std::uint32_t kMask = (1U << kBlockBits) - 1;
    std::uint32_t kept = 0;
    for (std::uint32_t number = 0; number < count_; ++number) {
        const Entry there = entry(number);
        if (is_gone(there.pack())) continue;
        blocks_[kept >> kBlockBits][kept & kMask] = there;
        ++kept;
    }
    count_ = kept;
    blocks_.resize((count_ + kMask) >> kBlockBits);
    fill_slots(slots_.size());
}

std::size_t BlobIndex::memory_bytes() const {
    constexpr std::size_t kPackBytes = 2 * sizeof(Id) + 32;  // Vector and map.
    return (blocks_.size() << kBlockBits) * sizeof(Entry) + slots_.size() * sizeof(std::uint32_t) +
           packs_.size() * kPackBytes;
}

void BlobIndex::for_each(const std::function<void(const BlobPlace&)>& visit) const {
    for (std::uint32_t number = 0; number < count_; ++number)
        visit(at(number));
}

PackOrder::PackOrder(const BlobIndex& index) : first_(index.pack_count() + 1, 0), order_(index.size()) {
    // Counting sort by pack.
    for (std::uint32_t number = 0; number < index.size(); ++number)
        ++first_[index.entry(number).pack() + 1];
    for (std::size_t i = 1; i < first_.size(); ++i)
        first_[i] += first_[i - 1];
    std::vector<std::uint32_t> next = first_;
    for (std::uint32_t number = 0; number < index.size(); ++number)
        order_[next[index.entry(number).pack()]++] = number;
}

std::vector<PackedBlob> PackOrder::blobs(const BlobIndex& index, PackNumber pack) const {
    std::vector<PackedBlob> out;
    for (const auto number : ordinals(pack))
        out.push_back(index.entry(number).blob());
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
    return out;
}

void BlobIndex::for_each_pack(const std::function<void(PackNumber, std::span<const PackedBlob>)>& visit) const {
    const PackOrder order(*this);
    for (PackNumber pack = 0; pack < packs_.size(); ++pack)
        visit(pack, order.blobs(*this, pack));
}

}  // namespace cofre::repo
