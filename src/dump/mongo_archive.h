#pragma once

/// @file
/// The frame of a mongodump archive. Private to dump.
/// Source: mongo-tools-common, archive/archive.go: a magic number, then blocks of
/// BSON documents, each block closed by the terminator 0xffffffff. The first
/// block is a header and one document per collection.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace cofre::dump {

/// Walks over an archive, document by document. Memory: a few bytes.
class MongoArchiveCheck {
public:
    /// kCorruption: no archive, or a document of an impossible length.
    Status feed(std::span<const std::byte> bytes);
    /// kCorruption: it ends inside of a document, or before a terminator.
    Status finish() const;

    /// The first block has been read: collections() is final.
    bool has_prelude() const { return blocks_ > 0; }
    /// Documents of the first block but the header.
    std::uint64_t collections() const { return prelude_documents_ > 0 ? prelude_documents_ - 1 : 0; }

private:
    Status take_number(std::uint32_t number);

    std::uint64_t skip_ = 0;    ///< Bytes of the current document that are to come.
    std::uint32_t number_ = 0;  ///< The next length, or terminator, as far as it is read.
    std::size_t number_bytes_ = 0;
    bool has_magic_ = false;
    bool is_after_terminator_ = false;
    std::uint64_t blocks_ = 0;
    std::uint64_t prelude_documents_ = 0;
};

}  // namespace cofre::dump
