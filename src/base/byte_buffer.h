#pragma once

/// @file
/// Heap bytes that are not zeroed first.

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "base/check.h"

namespace cofre {

/// A block of bytes with a fixed capacity and a size that may shrink and grow
/// inside it. Unlike std::vector it does not write zeros over memory that is
/// about to be filled, which at gigabytes per second is a cost one can measure.
/// Move-only, so that a copy is always somebody's decision.
class ByteBuffer {
public:
    ByteBuffer() = default;
    explicit ByteBuffer(std::size_t size)
        : data_(std::make_unique_for_overwrite<std::byte[]>(size)), size_(size), capacity_(size) {}

    static ByteBuffer copy_of(std::span<const std::byte> bytes) {
        ByteBuffer out(bytes.size());
        if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
        return out;
    }

    std::byte* data() { return data_.get(); }
    const std::byte* data() const { return data_.get(); }
    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }
    bool empty() const { return size_ == 0; }

    std::span<std::byte> bytes() { return {data(), size_}; }
    std::span<const std::byte> bytes() const { return {data(), size_}; }
    std::string_view text() const { return {reinterpret_cast<const char*>(data()), size_}; }

    /// At most capacity(); what lies between the old size and a larger new one
    /// is not defined.
    void set_size(std::size_t size) {
        COFRE_CHECK(size <= capacity_);
        size_ = size;
    }

    /// Adds at the end; the room must be there.
    void append(std::span<const std::byte> more) {
        COFRE_CHECK(more.size() <= capacity_ - size_);
        if (!more.empty()) std::memcpy(data() + size_, more.data(), more.size());
        size_ += more.size();
    }

    /// Room for at least `capacity` bytes; the content is kept.
    void reserve(std::size_t capacity) {
        if (capacity <= capacity_) return;
        auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
        if (size_ > 0) std::memcpy(larger.get(), data(), size_);
        data_ = std::move(larger);
        capacity_ = capacity;
    }

private:
    std::unique_ptr<std::byte[]> data_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace cofre
