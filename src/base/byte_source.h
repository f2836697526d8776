#pragma once

/// @file
/// Bytes that can be read again, and where bytes go.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "base/result.h"

namespace cofre {

/// Takes the next bytes of a stream, in order, each once. An error stops the
/// stream and is what the producer returns.
using ByteSink = std::function<Status(std::span<const std::byte>)>;

/// A body of known length that can be read any number of times, from any
/// offset: what a request needs in order to be sent again.
///
/// Thread-safe: several threads may read different ranges at once.
class ByteSource {
public:
    ByteSource() = default;
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;
    virtual ~ByteSource() = default;

    virtual std::uint64_t size() const = 0;

    /// Fills all of `out` from `offset`. kConflict: the source has become
    /// shorter than size() since it was opened. The range must lie inside it.
    virtual Status read_at(std::uint64_t offset, std::span<std::byte> out) const = 0;
};

/// A view of memory that must outlive it.
class SpanSource final : public ByteSource {
public:
    explicit SpanSource(std::span<const std::byte> bytes) : bytes_(bytes) {}
    explicit SpanSource(std::string_view text) : bytes_(std::as_bytes(std::span(text))) {}
    std::uint64_t size() const override { return bytes_.size(); }
    Status read_at(std::uint64_t offset, std::span<std::byte> out) const override;

private:
    std::span<const std::byte> bytes_;
};

/// The half-open range [offset, offset + size) of another source, which must
/// outlive it: one part of a multipart upload.
class SliceSource final : public ByteSource {
public:
    SliceSource(const ByteSource& whole, std::uint64_t offset, std::uint64_t size)
        : whole_(whole), offset_(offset), size_(size) {}
    std::uint64_t size() const override { return size_; }
    Status read_at(std::uint64_t offset, std::span<std::byte> out) const override;

private:
    const ByteSource& whole_;
    std::uint64_t offset_;
    std::uint64_t size_;
};

/// The first `size` bytes of an open regular file, read with pread(2). Does
/// not own `fd`, which must stay open.
class FileSource final : public ByteSource {
public:
    FileSource(int fd, std::uint64_t size) : fd_(fd), size_(size) {}
    std::uint64_t size() const override { return size_; }
    Status read_at(std::uint64_t offset, std::span<std::byte> out) const override;

private:
    int fd_;
    std::uint64_t size_;
};

/// Passes all of `source` to `sink`, in order, through one buffer of 256 KiB.
Status copy_bytes(const ByteSource& source, const ByteSink& sink);

}  // namespace cofre
