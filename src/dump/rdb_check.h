#pragma once

/// @file
/// Whether bytes are a whole RDB file of Redis. Private to dump.
/// Source: redis/src/rdb.c: "REDIS" and four digits; the opcode 0xFF; the
/// CRC-64/Jones of all before it, little-endian, or 0 if the server computes none.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/result.h"

namespace cofre::dump {

/// CRC-64 of Redis: polynomial 0xad93d23594c935a9, reflected, no inversion.
std::uint64_t crc64_jones(std::uint64_t crc, std::span<const std::byte> bytes);

/// Passes an RDB file through, checks it, and takes off what redis-cli lets slip
/// behind it: with diskless replication the server ends the transfer by a mark of
/// 40 characters, which `redis-cli --rdb -` has written before it knows it
/// (tested with 7.0.15; into a file it truncates, into a pipe it cannot).
/// Memory: 48 bytes.
class RdbCheck {
public:
    /// Appends to `out` what is certainly of the file.
    void feed(std::span<const std::byte> bytes, std::string& out);

    /// The rest. kCorruption: what is missing or wrong.
    Status finish(std::string& out);

private:
    void pass(std::size_t count, std::string& out);

    std::string held_;  ///< The last bytes, which may be the mark.
    std::string first_;
    std::uint64_t crc_ = 0;
    char last_passed_ = 0;
};

}  // namespace cofre::dump
