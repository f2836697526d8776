#include "backup/restore_fetch_plan.h"

#include <algorithm>
#include <tuple>

namespace cofre::backup {
namespace {

/// Of a pack at most so much is one thread's task.
constexpr std::uint64_t kTaskBytes = std::uint64_t{4} << 20U;

}  // namespace

void RestoreFetchPlan::add_file(const repo::BlobIndex& index, std::uint32_t file, std::span<const repo::Id> content,
                                const std::vector<bool>& is_present) {
    std::uint64_t offset = 0;
    for (std::size_t n = 0; n < content.size(); ++n) {
        const auto ordinal = index.ordinal(repo::BlobType::kData, content[n]);
        const auto place = index.at(*ordinal);
        if (is_present.empty() || !is_present[n]) {
            const auto [rank, is_new] = ranks_.emplace(place.pack, static_cast<std::uint32_t>(packs_.size()));
            if (is_new) packs_.push_back(index.pack_id(place.pack));
            uses_.push_back({rank->second, place.blob.offset, *ordinal, file, offset});
            bytes_ += place.blob.plain_length();
        }
        offset += place.blob.plain_length();
    }
}

void RestoreFetchPlan::finish() {
    std::sort(uses_.begin(), uses_.end(), [](const BlobUse& a, const BlobUse& b) {
        return std::tie(a.pack_rank, a.offset_in_pack, a.file, a.offset) <
               std::tie(b.pack_rank, b.offset_in_pack, b.file, b.offset);
    });
    for (std::size_t first = 0; first < uses_.size();) {
        std::size_t end = first + 1;
        while (end < uses_.size() && uses_[end].pack_rank == uses_[first].pack_rank &&
               (uses_[end].offset_in_pack - uses_[first].offset_in_pack < kTaskBytes ||
                uses_[end].offset_in_pack == uses_[end - 1].offset_in_pack)) {
            ++end;
        }
        tasks_.push_back({packs_[uses_[first].pack_rank], std::span(uses_).subspan(first, end - first)});
        first = end;
    }
}

}  // namespace cofre::backup
