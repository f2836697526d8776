#pragma once

/// @file
/// From the bytes of a manifest to its lines, and from the lines to what they
/// hold.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_source.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "objects/manifest.h"

namespace cofre::objects {

/// The lines of a document, one after another. Memory: 256 KiB, or the longest
/// line. Not thread-safe; `source` must outlive it.
class LineReader {
public:
    LineReader(const ByteSource& source, std::uint64_t offset) : source_(source), read_(offset) {}

    /// The next line without its newline; good until the next call.
    /// kCorruption: the document ends before the line does, or the line is
    /// longer than `max_bytes`.
    Result<std::string_view> next(std::size_t max_bytes);

    /// Where the next line begins.
    std::uint64_t offset() const { return read_ - (buffer_.size() - used_); }
    bool at_end() const { return offset() == source_.size(); }

private:
    Status fill();

    const ByteSource& source_;
    std::uint64_t read_;  ///< Bytes of the source up to the end of `buffer_`.
    std::string buffer_;
    std::size_t used_ = 0;  ///< Bytes of `buffer_` that have been given out.
};

/// The objects of an array, one per line, each but the last with a comma, up
/// to the line that ends the array.
class SectionReader {
public:
    SectionReader(LineReader& lines, std::string_view end) : lines_(lines), end_(end) {}

    /// The next object without its comma, or nullopt once the end was read.
    /// kCorruption: a comma too many or too few, or as LineReader::next().
    Result<std::optional<std::string_view>> next();

private:
    LineReader& lines_;
    std::string_view end_;
    std::optional<bool> has_comma_;  ///< Of the line before, if there was one.
    bool is_done_ = false;
};

/// Where the parts of a document are.
struct DocumentMap {
    ManifestHeader header;
    std::uint64_t entries_offset = 0;
    std::uint64_t errors_offset = 0;
};

/// Reads all of `source` and checks all that can be checked: grammar, every
/// field, digests, count, order. Errors as ManifestReader::open().
Result<DocumentMap> check_document(const ByteSource& source);

}  // namespace cofre::objects
