#pragma once

/// @file
/// Content-defined chunks, cut where restic cuts them, so that data backed up
/// by one program is found again by the other. Source: restic's design
/// document; a Rabin fingerprint over a window of 64 bytes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "repo/polynomial.h"

namespace cofre::repo {

constexpr std::size_t kChunkWindow = 64;
constexpr std::size_t kMinChunk = 512UL * 1024;
constexpr std::size_t kMaxChunk = 8UL * 1024 * 1024;
constexpr int kChunkBits = 20;  ///< On average a cut each 1 MiB after the minimum.

/// The tables of one polynomial, 4 KiB. Immutable: share one among all threads.
class ChunkTables {
public:
    /// `polynomial` has degree 9 to 55 (53 in a repository).
    explicit ChunkTables(Polynomial polynomial);

private:
    friend std::size_t first_chunk(const ChunkTables&, std::span<const std::byte>);
    std::array<std::uint64_t, 256> leaving_{};   // What the byte that leaves the window contributed.
    std::array<std::uint64_t, 256> reducing_{};  // Clears the bits above the degree, and reduces.
    unsigned shift_ = 0;                         // The degree less 8.
};

/// The length of the first chunk of `data`: where the fingerprint says cut, but
/// at least kMinChunk and at most kMaxChunk bytes; the whole of `data` when no
/// cut is found. So it is final when `data` has kMaxChunk bytes, or is all that
/// is left of the stream; a shorter result than data.size() is always final.
///
/// No state, no copy: the caller's buffer is the only one. Above 1 GB/s.
std::size_t first_chunk(const ChunkTables& tables, std::span<const std::byte> data);

}  // namespace cofre::repo
