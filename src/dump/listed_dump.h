#pragma once

/// @file
/// A dump whose streams are known from the beginning and that holds no session.
/// Private to dump.

#include <utility>
#include <vector>

#include "base/clock.h"
#include "dump/dump.h"

namespace cofre::dump {

/// One stream at a time; finish() only notes the time.
class ListedDump : public Dump {
public:
    /// Without files: add() lists them.
    explicit ListedDump(DumpRecord record) : record_(std::move(record)) {}

    /// Before streams() is asked.
    void add(DumpStream stream) {
        record_.files.push_back(stream.file);
        streams_.push_back(std::move(stream));
    }

    const std::vector<DumpStream>& streams() const override { return streams_; }
    int jobs() const override { return 1; }
    const DumpRecord& record() const override { return record_; }
    Result<DumpRecord> finish(const CallContext& /*ctx*/) override {
        record_.finished_at = system_clock().wall_now();
        return record_;
    }

private:
    DumpRecord record_;
    std::vector<DumpStream> streams_;
};

}  // namespace cofre::dump
