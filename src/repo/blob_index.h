#pragma once

/// @file
/// Where every blob of a repository lies, in memory.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "repo/blob.h"
#include "repo/repo_id.h"

namespace cofre::repo {

/// A pack's place in this index; not stable between runs.
using PackNumber = std::uint32_t;

struct BlobPlace {
    PackNumber pack = 0;
    PackedBlob blob;
};

/// 48 bytes for each blob, plus 5 to 8 for the hash table, plus about 80 for
/// each pack (of ten or more blobs): 55 to 60 bytes in all. Growing never copies the entries,
/// so the peak is what it holds.
///
/// One blob may lie in several packs: all places are kept. A place told twice is
/// kept once. Not thread-safe: many readers or one writer.
class BlobIndex {
public:
    BlobIndex();
    BlobIndex(BlobIndex&&) noexcept;
    BlobIndex& operator=(BlobIndex&&) noexcept;
    ~BlobIndex();

    /// The number of a pack, new or known.
    PackNumber add_pack(const Id& pack);
    const Id& pack_id(PackNumber pack) const { return packs_[pack]; }
    std::optional<PackNumber> find_pack(const Id& pack) const;
    std::size_t pack_count() const { return packs_.size(); }

    /// At most 2^31 packs and 2^32 - 2 blobs (checked).
    void insert(PackNumber pack, const PackedBlob& blob);
    void insert(const PackContent& pack);

    bool contains(BlobType type, const Id& id) const { return find(type, id).has_value(); }
    /// Any one place.
    std::optional<BlobPlace> find(BlobType type, const Id& id) const;
    /// All of them, for when the first turns out damaged.
    std::vector<BlobPlace> find_all(BlobType type, const Id& id) const;

    std::size_t size() const { return count_; }
    std::size_t memory_bytes() const;

    /// In order of insertion.
    void for_each(const std::function<void(const BlobPlace&)>& visit) const;
    /// Pack by pack, blobs by offset. Needs 4 bytes for each blob meanwhile.
    void for_each_pack(const std::function<void(PackNumber, std::span<const PackedBlob>)>& visit) const;

    /// A dense number in [0, size()) of a place of the blob, the same as long as
    /// the index is not changed: for a bitmap of what was seen.
    std::optional<std::uint32_t> ordinal(BlobType type, const Id& id) const;
    BlobPlace at(std::uint32_t ordinal) const;
    /// The numbers of all places of a blob; the first is ordinal()'s.
    std::vector<std::uint32_t> ordinals(BlobType type, const Id& id) const;

    /// Forgets every place in a pack for which `is_gone` is true. Ordinals
    /// change; pack numbers do not. In place: needs no more memory.
    void remove_packs(const std::function<bool(PackNumber)>& is_gone);

private:
    friend class PackOrder;
    struct Entry;
    static constexpr std::uint32_t kEmpty = 0xffffffff;
    static constexpr std::size_t kBlockBits = 14;  // Entries of a block: 768 KiB.

    const Entry& entry(std::uint32_t number) const;
    std::size_t home_slot(const Id& id) const;
    void grow();
    void fill_slots(std::size_t slots);

    std::vector<std::unique_ptr<Entry[]>> blocks_;
    std::vector<std::uint32_t> slots_;  // Open addressing, linear probing; load at most 3/4.
    std::size_t count_ = 0;
    std::vector<Id> packs_;
    std::unordered_map<Id, PackNumber, IdHash> pack_numbers_;
};

/// The places of each pack, for an index that does not change meanwhile. 4
/// bytes for each blob and each pack.
class PackOrder {
public:
    explicit PackOrder(const BlobIndex& index);
    /// Ordinals, in no order.
    std::span<const std::uint32_t> ordinals(PackNumber pack) const {
        return std::span(order_).subspan(first_[pack], first_[pack + 1] - first_[pack]);
    }
    /// By offset.
    std::vector<PackedBlob> blobs(const BlobIndex& index, PackNumber pack) const;

private:
    std::vector<std::uint32_t> first_;  // Of each pack, and the end.
    std::vector<std::uint32_t> order_;
};

}  // namespace cofre::repo
