#pragma once

/// @file
/// A file of a dump that is in memory already. Private to dump.

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "base/encoding.h"
#include "dump/dump.h"

namespace cofre::dump {

class TextReader final : public DumpReader {
public:
    explicit TextReader(std::string text) : text_(std::move(text)) {}
    Result<std::size_t> read(std::span<std::byte> room) override {
        const std::size_t count = std::min(room.size(), text_.size() - at_);
        std::copy_n(as_bytes(text_).begin() + static_cast<std::ptrdiff_t>(at_), count, room.begin());
        at_ += count;
        return count;
    }

private:
    const std::string text_;
    std::size_t at_ = 0;
};

}  // namespace cofre::dump
