#pragma once

/// @file
/// A whole dump in memory, for tests.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "dump/dump.h"
#include "dump/dump_restore.h"
#include "dump/engine_driver.h"
#include "dump/text_reader.h"

namespace cofre::dump::testing {

class MemoryFiles final : public DumpFiles {
public:
    Result<std::unique_ptr<DumpReader>> open(const CallContext&, const std::string& name) override {
        const auto found = contents.find(name);
        if (found == contents.end()) return Error(ErrorCode::kNotFound, "no file " + name);
        return std::unique_ptr<DumpReader>(std::make_unique<TextReader>(found->second));
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
