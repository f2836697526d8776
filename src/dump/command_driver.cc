// What a command writes, for databases and programs that cofre does not know.
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "dump/engine_driver.h"
#include "dump/listed_dump.h"
#include "dump/tool_reader.h"

namespace cofre::dump {
namespace {

constexpr std::size_t kDrainBytes = 256UL * 1024;

std::unique_ptr<Dump> dump_of_command(const DumpRequest& request) {
    DumpRecord record;
    record.engine = Engine::kCommand;
    record.source = request.address.display();
    record.tool = request.command.front();
    record.databases = {request.address.database};
    record.consistency = "none";
    record.started_at = system_clock().wall_now();
    DumpStream stream;
    stream.file.name = request.address.database;
    stream.file.format = "raw";
    stream.file.database = request.address.database;
    stream.open = [command = Command{.argv = request.command}, idle = request.idle_timeout,
                   allow_empty = request.allow_empty](const CallContext& ctx) -> Result<std::unique_ptr<DumpReader>> {
        return open_tool(ctx, {.command = command, .idle_timeout = idle, .allow_empty = allow_empty});
    };
    auto dump = std::make_unique<ListedDump>(std::move(record));
    dump->add(std::move(stream));
    return dump;
}

Error cannot(const std::string& what) {
    return Error(ErrorCode::kUnsupported, what + " what a command has written: cofre does not know what it is")
        .with_hint("write it out with `cofre dump` or `cofre restore --target`, and give it to the program it is from");
}

class CommandDriver final : public EngineDriver {
public:
    Result<std::unique_ptr<Dump>> begin_dump(const CallContext&, const DumpRequest& request) const override {
        if (request.command.empty()) return Error(ErrorCode::kInvalidArgument, "dump: no command is given");
        return dump_of_command(request);
    }
    Result<RestoreOutcome> restore(const CallContext&, const DumpRecord&, DumpFiles&, const RestoreRequest&,
                                   RestoreProgress&) const override {
        return cannot("restore");
    }
    /// All that can be asked: every byte comes back.
    Status parse(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                 RestoreProgress& progress) const override {
        std::vector<std::byte> buffer(kDrainBytes);
        for (const auto& file : record.files) {
            COFRE_ASSIGN(const auto reader, files.open(ctx, file.name));
            for (;;) {
                COFRE_ASSIGN(const std::size_t count, reader->read(buffer));
                if (count == 0) break;
                progress.bytes_done += count;
            }
            ++progress.files_done;
        }
        return {};
    }
    Result<FactComparison> compare_facts(const CallContext&, const DumpRecord&, const RestoreRequest&) const override {
        return cannot("compare");
    }
    Result<bool> check_assertion(const CallContext&, const DatabaseAddress&, const std::string&) const override {
        return cannot("ask");
    }
    Result<std::unique_ptr<ScratchServer>> start_scratch(const CallContext&, const ScratchOptions&) const override {
        return cannot("restore");
    }
};

}  // namespace

const EngineDriver& command_driver() {
    static const CommandDriver driver;
    return driver;
}

}  // namespace cofre::dump
