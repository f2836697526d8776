#pragma once

/// @file
/// A whole dump in memory, for tests.

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "dump/dump.h"
#include "dump/dump_restore.h"
#include "dump/engine_driver.h"

namespace cofre::dump::testing {

class MemoryReader final : public DumpReader {
public:
    explicit MemoryReader(std::string text) : text_(std::move(text)) {}
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

class MemoryFiles final : public DumpFiles {
public:
    Result<std::unique_ptr<DumpReader>> open(const CallContext&, const std::string& name) override {
        const auto found = contents.find(name);
        if (found == contents.end()) return Error(ErrorCode::kNotFound, "no file " + name);
        return std::unique_ptr<DumpReader>(std::make_unique<MemoryReader>(found->second));
    }
    std::map<std::string, std::string> contents;
};

struct MemoryDump {
    DumpRecord record;
    MemoryFiles files;
    std::string log;
};

/// All of a stream; its error, if it does not end well.
inline Result<std::string> read_all(DumpReader& reader, std::size_t room_bytes = 64UL * 1024) {
    std::vector<std::byte> room(room_bytes);
    std::string text;
    for (;;) {
        COFRE_ASSIGN(const std::size_t count, reader.read(room));
        if (count == 0) return text;
        text += to_text(std::span(room).first(count));
    }
}

/// Begins, reads every stream, finishes.
inline Result<std::unique_ptr<MemoryDump>> take_dump(const EngineDriver& driver, const DumpRequest& request,
                                                     const CallContext& ctx = {}) {
    COFRE_ASSIGN(const auto dump, driver.begin_dump(ctx, request));
    auto whole = std::make_unique<MemoryDump>();
    for (const DumpStream& stream : dump->streams()) {
        COFRE_ASSIGN(const auto reader, stream.open(ctx));
        COFRE_ASSIGN(whole->files.contents[stream.file.name], read_all(*reader));
        whole->log += reader->log();
    }
    COFRE_ASSIGN(whole->record, dump->finish(ctx));
    return whole;
}

}  // namespace cofre::dump::testing
