#pragma once

/// @file
/// Streaming compression: zstd and gzip, the only module that includes them.

#include <cstdint>
#include <memory>
#include <span>

#include "base/byte_source.h"
#include "base/result.h"

namespace cofre::codec {

enum class Format : std::uint8_t { kZstd, kGzip };

/// Turns a stream into another. Not thread-safe. Memory: below 10 MiB at the
/// default levels, whatever the length.
class StreamTransform {
public:
    virtual ~StreamTransform() = default;

    /// Consumes all of `input`; passes what is ready to `output`. Errors of
    /// `output` come back as they are. kCorruption: a decoder met bytes that
    /// are not of its format.
    virtual Status write(std::span<const std::byte> input, const ByteSink& output) = 0;

    /// The end of the input. kCorruption: a decoder's stream is cut short.
    virtual Status finish(const ByteSink& output) = 0;
};

/// `level`: 0 for the format's default (zstd 3, gzip 6); others are brought into
/// its range (zstd up to 19, gzip 1 to 9). zstd frames carry a checksum; gzip headers carry no time, so that
/// equal input gives equal output. Empty input gives one empty frame.
std::unique_ptr<StreamTransform> make_encoder(Format format, int level = 0);

/// Accepts concatenated frames (members), as zstd(1) and gzip(1) do, but not an
/// empty stream, which can only be a lost one, nor bytes after the last frame.
/// zstd windows above 128 MiB are kUnsupported: memory stays bounded.
std::unique_ptr<StreamTransform> make_decoder(Format format);

}  // namespace cofre::codec
