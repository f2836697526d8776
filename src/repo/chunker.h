#pragma once

/// @file
/// Content-defined chunks, cut where restic cuts them, so that data backed up
/// by one program is found again by the other. Source: restic's design
/// document; a Rabin fingerprint over a window of 64 bytes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "base/byte_buffer.h"
#include "base/result.h"
#include "repo/polynomial.h"

namespace cofre::repo {

constexpr std::size_t kChunkWindow = 64;
constexpr std::size_t kMinChunk = 512UL * 1024;
constexpr std::size_t kMaxChunk = 8UL * 1024 * 1024;
constexpr int kChunkBits = 20;  ///< On average a cut each 1 MiB after the minimum.

constexpr int kMinChunkDegree = 9;
constexpr int kMaxChunkDegree = 55;

/// The tables of one polynomial, 4 KiB. Immutable: share one among all threads.
class ChunkTables {
public:
    /// The degree is between the limits above; 53 in practice.
    explicit ChunkTables(Polynomial polynomial);

    /// What the byte that leaves the window adds to the fingerprint after the
    /// next byte has come.
    const std::array<std::uint64_t, 256>& leaving() const { return leaving_; }
    /// By the top eight bits before a shift: clears them after it, and reduces.
    const std::array<std::uint64_t, 256>& reducing() const { return reducing_; }
    /// The degree less 8.
    unsigned shift() const { return shift_; }

private:
    std::array<std::uint64_t, 256> leaving_{};
    std::array<std::uint64_t, 256> reducing_{};
    unsigned shift_ = 0;
};

/// The length of the first chunk of `data`: where the fingerprint says cut, but
/// at least kMinChunk and at most kMaxChunk bytes; data.size() when there is no
/// cut in it yet. That is final if data.size() is kMaxChunk or all that is left;
/// otherwise call again with more, and with the former size as `searched`.
///
/// No state, no copy. About 1.5 GB/s on one core of 2023, and the first kMinChunk
/// bytes of a chunk are not even looked at.
std::size_t first_chunk(const ChunkTables& tables, std::span<const std::byte> data, std::size_t searched = 0);

/// Cuts a stream. One buffer of kMaxChunk bytes (untouched where chunks are
/// short), used for one stream after another. Not thread-safe: one a thread.
class ChunkStream {
public:
    /// Fills a part of `room`; 0 at the end of the stream.
    using Reader = std::function<Result<std::size_t>(std::span<std::byte> room)>;

    /// `tables` must outlive it.
    explicit ChunkStream(const ChunkTables& tables);

    /// Begins another stream.
    void start(Reader read);

    /// The next chunk, valid until the next call; empty at the end. An error of
    /// the reader ends the stream and comes back as it is.
    Result<std::span<const std::byte>> next();

private:
    Status fill();

    const ChunkTables& tables_;
    Reader read_;
    ByteBuffer buffer_;
    std::size_t chunk_ = 0;  // Bytes at the start that next() has given out.
    bool at_end_ = true;
};

}  // namespace cofre::repo
