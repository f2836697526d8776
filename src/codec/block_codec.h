#pragma once

/// @file
/// zstd on one block at a time, with contexts that are used again: for blobs.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/byte_buffer.h"
#include "base/result.h"

namespace cofre::codec {

enum class BlockLevel : std::uint8_t {
    kAuto,  ///< zstd level 3.
    kMax,   ///< zstd level 19.
};

/// Frames have no checksum (the box around them is authenticated), carry their
/// content size, and use a window of at most 512 KiB, as restic's do, so that
/// any reader needs little memory.
///
/// Memory: about 3 MiB at kAuto, 20 MiB at kMax. Not thread-safe: one a thread.
class BlockCompressor {
public:
    explicit BlockCompressor(BlockLevel level);
    BlockCompressor(BlockCompressor&&) noexcept;
    BlockCompressor& operator=(BlockCompressor&&) noexcept;
    ~BlockCompressor();

    /// Room that compress() needs for any `size` bytes of input.
    static std::size_t bound(std::size_t size);

    /// Writes one frame to the start of `out` and returns its length.
    /// kInvalidArgument: `out` is smaller than the frame.
    Result<std::size_t> compress(std::span<const std::byte> in, std::span<std::byte> out);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// True if a look at a few samples says that zstd would save next to nothing:
/// media, archives, ciphertext. A wrong "true" costs space, a wrong "false" some
/// time; neither costs data. Takes about 20 microseconds at any size.
bool looks_incompressible(std::span<const std::byte> bytes);

/// Not thread-safe: one for each thread.
class BlockDecompressor {
public:
    BlockDecompressor();
    BlockDecompressor(BlockDecompressor&&) noexcept;
    BlockDecompressor& operator=(BlockDecompressor&&) noexcept;
    ~BlockDecompressor();

    /// Fills exactly `out`. kCorruption: not zstd, or another length.
    Status decompress_exact(std::span<const std::byte> in, std::span<std::byte> out);

    /// A frame that comes in pieces: begin(), then add() each; what comes out is given to `sink`
    /// in `window`, which must be the same and not empty. A frame that fits both is decompressed
    /// at once. kCorruption: not zstd, or bytes behind the frame's end. Errors of `sink` come back.
    /// Memory: about 1 MiB more, for a window of 512 KiB; larger ones are kCorruption.
    void begin();
    Status add(std::span<const std::byte> piece, std::span<std::byte> window,
               const std::function<Status(std::span<const std::byte>)>& sink);
    /// True if the frame is whole.
    bool is_complete() const;

    /// For input that does not say elsewhere how long it is. kResourceExhausted:
    /// more than `max_bytes` would come out; memory never grows past it.
    Result<ByteBuffer> decompress(std::span<const std::byte> in, std::size_t max_bytes);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cofre::codec
