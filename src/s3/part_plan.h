#pragma once

/// @file
/// Private to s3: how large the parts of an object are. Pure. Source: Amazon
/// S3 User Guide, "Multipart upload limits".

#include <cstdint>
#include <optional>

#include "s3/provider_profile.h"

namespace cofre::s3 {

/// Size of every part but the last for an object of `object_size` bytes:
/// `wanted`, or as much more as max_parts asks for, in whole MiB.
std::uint64_t part_size_for(std::uint64_t object_size, std::uint64_t wanted, const ProviderProfile& profile);

/// For an object of unknown length: parts begin at `wanted` and grow with what
/// has been sent, as late as possible, so that max_parts reach 5 TiB. Where all
/// parts must be equal they do not grow.
class GrowingParts {
public:
    GrowingParts(std::uint64_t wanted, const ProviderProfile& profile);

    /// Size of part `number` (from 1) when `sent` bytes precede it; nullopt:
    /// the provider takes no more parts.
    std::optional<std::uint64_t> size_of(int number, std::uint64_t sent) const;

private:
    std::uint64_t first_;
    int max_parts_;
    std::uint64_t divisor_ = 0;  // A part is this fraction of what precedes it; 0: no growth.
};

}  // namespace cofre::s3
