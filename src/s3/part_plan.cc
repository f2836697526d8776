#include "s3/part_plan.h"

#include <algorithm>
#include <cmath>

namespace cofre::s3 {
namespace {

constexpr std::uint64_t kMaxObject = 5ULL << 40U;
constexpr std::uint64_t kMaxPart = 5_GiB;

std::uint64_t round_up_to_mib(std::uint64_t bytes) {
    return (bytes + 1_MiB - 1) / 1_MiB * 1_MiB;
}

// Parts of `first` bytes until `divisor` of them are sent, then parts of
// sent / divisor: each of these multiplies the sum by 1 + 1/divisor.
double reach(double first, double divisor, double max_parts) {
    return first * divisor * std::exp((max_parts - divisor) / divisor);
}

}  // namespace

std::uint64_t part_size_for(std::uint64_t object_size, std::uint64_t wanted, const ProviderProfile& profile) {
    const std::uint64_t least = std::max(wanted, profile.min_part_size);
    const auto parts = static_cast<std::uint64_t>(profile.max_parts);
    const std::uint64_t needed = (object_size + parts - 1) / parts;
    return needed <= least ? least : round_up_to_mib(needed);
}

GrowingParts::GrowingParts(std::uint64_t wanted, const ProviderProfile& profile)
    : first_(std::max(wanted, profile.min_part_size)), max_parts_(profile.max_parts) {
    if (profile.equal_parts) return;
    // The largest divisor that still reaches the greatest object: parts, and
    // with them buffers, stay small for as long as they can.
    const auto limit = static_cast<double>(max_parts_);
    auto divisor = limit / 2;
    while (divisor > 8 && reach(static_cast<double>(first_), divisor, limit) < 1.1 * static_cast<double>(kMaxObject)) {
        divisor *= 0.95;
    }
    divisor_ = static_cast<std::uint64_t>(divisor);
}

std::optional<std::uint64_t> GrowingParts::size_of(int number, std::uint64_t sent) const {
    if (number > max_parts_) return std::nullopt;
    if (divisor_ == 0 || sent / divisor_ <= first_) return first_;
    return std::min(round_up_to_mib(sent / divisor_), kMaxPart);
}

}  // namespace cofre::s3
