#pragma once

/// @file
/// What storing a dump's streams has in common in both layouts.

#include <functional>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "dump/dump.h"

namespace cofre::backup {

/// Counts what is read.
class CountedReader {
public:
    explicit CountedReader(dump::DumpReader& reader) : reader_(reader) {}
    Result<std::size_t> read(std::span<std::byte> room) {
        COFRE_ASSIGN(const std::size_t count, reader_.read(room));
        bytes_ += count;
        return count;
    }
    std::uint64_t bytes() const { return bytes_; }

private:
    dump::DumpReader& reader_;
    std::uint64_t bytes_ = 0;
};

/// Stores one stream: `index` is its place in Dump::streams(). Any thread.
using StreamStorer = std::function<Status(const CallContext& ctx, std::size_t index, CountedReader& reader)>;

/// Opens every stream, the largest first, dump.jobs() at once, passes each to
/// `store`, then finishes the dump. The record's files have their sizes, and its
/// warnings what the tools said.
Result<dump::DumpRecord> read_dump(const CallContext& ctx, dump::Dump& dump, const StreamStorer& store);

}  // namespace cofre::backup
