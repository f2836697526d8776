// Redis, through redis-cli, which asks the server for a copy as a replica would.

#include <utility>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/utf8.h"
#include "dump/engine_driver.h"
#include "dump/file_reader.h"
#include "dump/listed_dump.h"
#include "dump/rdb_check.h"
#include "dump/tool_output.h"
#include "dump/tool_reader.h"

namespace cofre::dump {
namespace {

Result<Command> redis_cli(const DatabaseAddress& address, const std::optional<std::filesystem::path>& tools) {
    Command command;
    command.argv = {tool_path(tools, "redis-cli")};
    auto& argv = command.argv;
    if (address.host.starts_with("/")) {
        argv.insert(argv.end(), {"-s", address.host});
    } else if (!address.host.empty()) {
        argv.insert(argv.end(), {"-h", address.host});
    }
    if (address.port != 0) argv.insert(argv.end(), {"-p", std::to_string(address.port)});
    if (!address.user.empty()) argv.insert(argv.end(), {"--user", address.user});
    for (const auto& [key, value] : address.options) {
        if (key == "tls" || key == "insecure") {
            if (value == "0" || value == "false") continue;
            argv.push_back("--" + key);
        } else if (key == "cacert" || key == "cert" || key == "key" || key == "sni") {
            argv.insert(argv.end(), {"--" + key, value});
        } else {
            return Error(ErrorCode::kInvalidArgument, "database address: unknown option \"" + key + "\"");
        }
    }
    forget_inherited(command, {"REDISCLI_"});
    if (!address.password.empty()) command.environment["REDISCLI_AUTH"] = std::string(address.password.reveal());
    return command;
}

Error explain_redis(Error error) {
    const std::string& text = error.message();
    const auto says = [&](std::string_view part) { return text.find(part) != std::string::npos; };
    ErrorCode code = error.code();
    if (says("WRONGPASS") || says("NOAUTH") || says("AUTH failed")) code = ErrorCode::kUnauthenticated;
    if (says("NOPERM")) code = ErrorCode::kPermissionDenied;
    if (says("Could not connect") || says("Connection reset")) code = ErrorCode::kUnavailable;
    if (code == ErrorCode::kNotFound) return Error(code, text).with_hint("install the package redis-tools");
    if (code == error.code()) return error;
    return Error(code, text)
        .with_hint(code == ErrorCode::kPermissionDenied ? "the user needs +psync +sync +replconf +ping +info"
                                                        : error.hint());
}

class RdbReader final : public DumpReader {
public:
    explicit RdbReader(std::unique_ptr<DumpReader> tool) : tool_(std::move(tool)) {}

    Result<std::size_t> read(std::span<std::byte> room) override {
        while (at_ == ready_.size() && !is_over_) {
            ready_.clear();
            at_ = 0;
            std::vector<std::byte> piece(64UL * 1024);
            auto count = tool_->read(piece);
            if (!count) return explain_redis(std::move(count).error());
            if (*count == 0) {
                is_over_ = true;
                COFRE_TRY(check_.finish(ready_));
            } else {
                check_.feed(std::span(piece).first(*count), ready_);
            }
        }
        const std::size_t count = std::min(room.size(), ready_.size() - at_);
        std::copy_n(as_bytes(ready_).begin() + static_cast<std::ptrdiff_t>(at_), count, room.begin());
        at_ += count;
        return count;
    }

    std::string log() const override { return tool_->log(); }

private:
    std::unique_ptr<DumpReader> tool_;
    RdbCheck check_;
    std::string ready_;
    std::size_t at_ = 0;
    bool is_over_ = false;
};

std::string field_of(const std::string& info, const std::string& key) {
    const std::size_t at = info.find(key + ":");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + key.size() + 1;
    return info.substr(begin, info.find_first_of("\r\n", begin) - begin);
}

Error unsupported_redis(const std::string& what) {
    return Error(ErrorCode::kUnsupported, what + ": Redis takes no RDB file from a client")
        .with_hint(
            "restore the file by itself, stop the server, put the file where `dir` and `dbfilename` of its "
            "configuration say (with appendonly no), and start it; docs/databases.md has the steps");
}

class RedisDriver final : public EngineDriver {
public:
    Result<std::unique_ptr<Dump>> begin_dump(const CallContext& ctx, const DumpRequest& request) const override {
        if (!request.databases.empty() || !request.address.database.empty() || !request.tables.empty() ||
            !request.exclude_tables.empty() || !request.schemas.empty() || !request.exclude_schemas.empty() ||
            !request.options.empty()) {
            return Error(ErrorCode::kUnsupported, "dump Redis: it gives all of its databases, and takes no options")
                .with_hint("leave the database number out of the address");
        }
        COFRE_ASSIGN(Command ask, redis_cli(request.address, request.tools));
        Command transfer = ask;
        ask.argv.insert(ask.argv.end(), {"-e", "INFO", "server"});
        auto info = tool_output(ctx, ask);
        if (!info) return explain_redis(std::move(info).error()).context("ask the Redis server for its version");
        // redis-cli exits 0 after an error of the server.
        const std::string version = field_of(*info, "redis_version");
        if (version.empty()) {
            return explain_redis(
                Error(ErrorCode::kUnavailable, "ask the Redis server for its version: " + escape_for_display(*info)));
        }
        Command ask_version;
        ask_version.argv = {tool_path(request.tools, "redis-cli"), "--version"};
        COFRE_ASSIGN(const std::string tool, tool_output(ctx, ask_version));

        DumpRecord record;
        record.engine = Engine::kRedis;
        record.source = request.address.display();
        record.server_version = version;
        record.tool = "redis-cli";
        record.tool_version = tool.substr(std::min(tool.find(' ') + 1, tool.size()));
        while (!record.tool_version.empty() && record.tool_version.back() == '\n')
            record.tool_version.pop_back();
        record.databases = {"redis"};
        record.consistency = "one snapshot by the server";
        record.started_at = system_clock().wall_now();

        DumpStream stream;
        stream.file = {"dump.rdb", FileRole::kWhole, "rdb", "", "", 0, ""};
        transfer.argv.insert(transfer.argv.end(), {"--rdb", "-"});
        stream.open = [transfer,
                       idle = request.idle_timeout](const CallContext& inner) -> Result<std::unique_ptr<DumpReader>> {
            ToolStream tool_stream;
            tool_stream.command = transfer;
            tool_stream.idle_timeout = idle;
            return std::unique_ptr<DumpReader>(std::make_unique<RdbReader>(open_tool(inner, std::move(tool_stream))));
        };
        auto dump = std::make_unique<ListedDump>(std::move(record));
        dump->add(std::move(stream));
        return std::unique_ptr<Dump>(std::move(dump));
    }

    Result<RestoreOutcome> restore(const CallContext&, const DumpRecord&, DumpFiles&, const RestoreRequest&,
                                   RestoreProgress&) const override {
        return unsupported_redis("restore");
    }

    Status parse(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                 RestoreProgress& progress) const override {
        for (const DumpFile& file : record.files) {
            COFRE_TRY(check_file(ctx, file, files, progress));
            ++progress.files_done;
        }
        return {};
    }

    Result<FactComparison> compare_facts(const CallContext&, const DumpRecord&, const RestoreRequest&) const override {
        return unsupported_redis("compare a restored copy");
    }
    Result<bool> check_assertion(const CallContext&, const DatabaseAddress&, const std::string&) const override {
        return unsupported_redis("check an assertion");
    }
    Result<std::unique_ptr<ScratchServer>> start_scratch(const CallContext&, const ScratchOptions&) const override {
        return unsupported_redis("start a throw-away server");
    }

private:
    // Our own look at the frame, then Redis's at every key, where it is installed.
    static Status check_file(const CallContext& ctx, const DumpFile& file, DumpFiles& files,
                             RestoreProgress& progress) {
        COFRE_ASSIGN(auto reader, files.open(ctx, file.name));
        COFRE_ASSIGN(const TempDir folder, TempDir::create("cofre-rdb-"));
        const auto path = folder.path() / "dump.rdb";
        RdbReader checked(std::move(reader));
        if (Status written = write_stream(ctx, checked, path, 0600, progress); !written) {
            return std::move(written).error().context("dump file " + file.name);
        }
        Command command;
        command.argv = {"redis-check-rdb", path.string()};
        const auto said = tool_output(ctx, command);
        if (said || said.error().code() == ErrorCode::kNotFound) return {};
        if (said.error().code() != ErrorCode::kInvalidArgument) return said.error();
        return Error(ErrorCode::kCorruption, "dump file " + file.name + ": " + said.error().message());
    }
};

}  // namespace

const EngineDriver& redis_driver() {
    static const RedisDriver driver;
    return driver;
}

}  // namespace cofre::dump
