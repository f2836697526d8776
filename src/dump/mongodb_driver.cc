// MongoDB, through mongodump and mongorestore of its Database Tools. There is no
// Debian package of either: tested against stand-ins that check their arguments.

#include <algorithm>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/utf8.h"
#include "dump/engine_driver.h"
#include "dump/listed_dump.h"
#include "dump/mongo_archive.h"
#include "dump/tool_output.h"
#include "dump/tool_reader.h"

namespace cofre::dump {
namespace {

constexpr std::string_view kOplogConsistency = "a point in time, by the oplog";

// The password, where no list of processes shows it.
Result<std::shared_ptr<TempDir>> mongo_config(const DatabaseAddress& address) {
    COFRE_ASSIGN(TempDir folder, TempDir::create("cofre-mongo-"));
    std::string text = "password: \"";
    for (const char c : address.password.reveal()) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            text += '\\';
            text += c;
        } else if (code < 0x20) {
            text += "\\x" + hex_encode(as_bytes(std::string_view(&c, 1)));
        } else {
            text += c;
        }
    }
    const Secret content(text + "\"\n");
    COFRE_TRY(write_file_atomic(folder.path() / "config.yaml", content.reveal(), 0600));
    return std::make_shared<TempDir>(std::move(folder));
}

std::string mongo_host(const DatabaseAddress& address) {
    const auto replica_set = address.options.find("replicaSet");
    std::string host = replica_set == address.options.end() ? std::string() : replica_set->second + "/";
    return host + (address.host.empty() ? "localhost" : address.host);
}

Result<Command> mongo_command(const DatabaseAddress& address, const std::string& program, const TempDir& config) {
    Command command;
    command.argv = {program, "--host=" + mongo_host(address)};
    if (address.port != 0) command.argv.push_back("--port=" + std::to_string(address.port));
    if (!address.user.empty()) command.argv.push_back("--username=" + address.user);
    if (!address.password.empty()) command.argv.push_back("--config=" + (config.path() / "config.yaml").string());
    for (const auto& [key, value] : address.options) {
        const bool is_on = value != "0" && value != "false";
        if (key == "replicaSet") continue;
        if (key == "authSource") {
            command.argv.push_back("--authenticationDatabase=" + value);
        } else if (key == "authMechanism") {
            command.argv.push_back("--authenticationMechanism=" + value);
        } else if (key == "tls" || key == "ssl") {
            if (is_on) command.argv.emplace_back("--ssl");
        } else if (key == "tlsCAFile") {
            command.argv.push_back("--sslCAFile=" + value);
        } else if (key == "tlsInsecure") {
            if (is_on) command.argv.emplace_back("--tlsInsecure");
        } else if (key == "readPreference") {
            if (program.ends_with("mongodump")) command.argv.push_back("--readPreference=" + value);
        } else {
            return Error(ErrorCode::kInvalidArgument,
                         "database address: option \"" + key + "\" has no counterpart in mongodump")
                .with_hint(
                    "known are authSource, authMechanism, replicaSet, tls, tlsCAFile, tlsInsecure, readPreference");
        }
    }
    return command;
}

Result<std::string> mongo_tool_version(const CallContext& ctx, const std::string& program) {
    Command command;
    command.argv = {program, "--version"};
    auto text = tool_output(ctx, command);
    if (!text) {
        if (text.error().code() != ErrorCode::kNotFound) return std::move(text).error();
        return Error(ErrorCode::kNotFound, "find " + program + ": " + text.error().message())
            .with_hint("install MongoDB's Database Tools (package mongodb-database-tools of its own repository)");
    }
    const std::size_t at = text->find("version: ");
    if (at == std::string::npos) return std::string("unknown");
    return text->substr(at + 9, text->find('\n', at) - at - 9);
}

Error explain_mongo(Error error) {
    if (error.code() != ErrorCode::kInvalidArgument) return error;
    const auto says = [&](std::string_view part) { return error.message().find(part) != std::string::npos; };
    ErrorCode code = error.code();
    if (says("AuthenticationFailed") || says("auth error") || says("Authentication failed"))
        code = ErrorCode::kUnauthenticated;
    if (says("not authorized")) code = ErrorCode::kPermissionDenied;
    if (says("server selection error") || says("connection refused") || says("could not connect"))
        code = ErrorCode::kUnavailable;
    if (code == error.code()) return error;
    return Error(code, error.message()).with_hint(error.hint());
}

class MongoReader final : public DumpReader {
public:
    explicit MongoReader(std::unique_ptr<DumpReader> tool) : tool_(std::move(tool)) {}
    Result<std::size_t> read(std::span<std::byte> room) override {
        auto count = tool_->read(room);
        if (!count) return explain_mongo(std::move(count).error());
        COFRE_TRY(*count == 0 ? check_.finish() : check_.feed(room.first(*count)));
        return *count;
    }
    std::string log() const override { return tool_->log(); }

private:
    std::unique_ptr<DumpReader> tool_;
    MongoArchiveCheck check_;
};

DumpStream mongo_stream(Command command, std::shared_ptr<TempDir> config, const DumpRequest& request,
                        const std::string& database) {
    DumpStream stream;
    stream.file = {(database.empty() ? std::string("server") : percent_encode(database)) + ".archive",
                   FileRole::kWhole,
                   "archive",
                   database,
                   "",
                   0,
                   ""};
    stream.open = [command = std::move(command), config = std::move(config),
                   idle = request.idle_timeout](const CallContext& ctx) -> Result<std::unique_ptr<DumpReader>> {
        ToolStream tool;
        tool.command = command;
        tool.idle_timeout = idle;
        tool.keeps = config;
        return std::unique_ptr<DumpReader>(std::make_unique<MongoReader>(open_tool(ctx, std::move(tool))));
    };
    return stream;
}

Result<std::unique_ptr<Dump>> begin_mongo_dump(const CallContext& ctx, const DumpRequest& request) {
    if (!request.schemas.empty() || !request.exclude_schemas.empty()) {
        return Error(ErrorCode::kUnsupported, "dump chosen schemas: MongoDB has databases and collections only");
    }
    std::vector<std::string> databases = request.databases;
    if (databases.empty() && !request.address.database.empty()) databases.push_back(request.address.database);
    if (!request.tables.empty() && (databases.size() != 1 || request.tables.size() != 1)) {
        return Error(ErrorCode::kUnsupported, "dump chosen collections: mongodump takes one, of one database");
    }
    const std::string program = tool_path(request.tools, "mongodump");
    COFRE_ASSIGN(const std::string version, mongo_tool_version(ctx, program));
    COFRE_ASSIGN(const auto config, mongo_config(request.address));
    COFRE_ASSIGN(Command base, mongo_command(request.address, program, *config));
    // Several collections at once would interleave by chance, and never deduplicate.
    base.argv.insert(base.argv.end(), {"--archive", "--numParallelCollections=1"});
    for (const std::string& collection : request.exclude_tables)
        base.argv.push_back("--excludeCollection=" + collection);
    COFRE_TRY(add_allowed_options(
        request.options,
        {"oplog", "forceTableScan", "query", "queryFile", "excludeCollection", "excludeCollectionsWithPrefix",
         "dumpDbUsersAndRoles", "viewsAsCollections", "readPreference", "verbose", "quiet"},
        base.argv));
    const bool asks_oplog =
        std::find(request.options.begin(), request.options.end(), "--oplog") != request.options.end();
    if (asks_oplog && !databases.empty()) {
        return Error(ErrorCode::kInvalidArgument,
                     "dump with --oplog: it is for a whole server, not for chosen databases");
    }
    const bool is_replica_set = request.address.options.find("replicaSet") != request.address.options.end();
    const bool uses_oplog = asks_oplog || (databases.empty() && is_replica_set);
    if (uses_oplog && !asks_oplog) base.argv.emplace_back("--oplog");

    DumpRecord record;
    record.engine = Engine::kMongodb;
    record.source = request.address.display();
    record.server_version = "unknown";
    record.tool = "mongodump";
    record.tool_version = version;
    record.databases = databases;
    record.consistency = uses_oplog ? kOplogConsistency : "none";
    if (!uses_oplog) {
        record.warnings.emplace_back(
            "collections are read one after another, and are not of one moment: a whole replica "
            "set can be dumped with --oplog");
    }
    record.started_at = system_clock().wall_now();
    std::vector<DumpStream> streams;
    if (databases.empty()) streams.push_back(mongo_stream(base, config, request, ""));
    for (const std::string& database : databases) {
        Command command = base;
        command.argv.push_back("--db=" + database);
        if (!request.tables.empty()) command.argv.push_back("--collection=" + request.tables.front());
        streams.push_back(mongo_stream(std::move(command), config, request, database));
    }
    auto dump = std::make_unique<ListedDump>(std::move(record));
    for (auto& stream : streams)
        dump->add(std::move(stream));
    return std::unique_ptr<Dump>(std::move(dump));
}

// There is no client of ours that could list collections; but an archive of the
// target begins with that list, and the tool can be stopped right behind it.
Result<bool> has_mongo_collections(const CallContext& ctx, const RestoreRequest& request, const std::string& database,
                                   const TempDir& config) {
    COFRE_ASSIGN(Command command, mongo_command(request.into, tool_path(request.tools, "mongodump"), config));
    command.argv.insert(command.argv.end(), {"--archive", "--db=" + database});
    ToolStream tool;
    tool.command = std::move(command);
    const auto reader = open_tool(ctx, std::move(tool));
    MongoArchiveCheck check;
    std::vector<std::byte> room(16UL * 1024);
    while (!check.has_prelude()) {
        auto count = reader->read(room);
        if (!count) return explain_mongo(std::move(count).error());
        if (*count == 0) break;
        COFRE_TRY(check.feed(std::span(room).first(*count)));
    }
    return check.collections() > 0;
}

std::string mongo_target(const DumpRecord& record, const RestoreRequest& request, const std::string& old_name) {
    const auto renamed = request.rename.find(old_name);
    if (renamed != request.rename.end()) return renamed->second;
    return !request.into.database.empty() && record.databases.size() == 1 ? request.into.database : old_name;
}

// A namespace in a pattern of mongorestore, where '*' means anything.
std::string mongo_pattern(const std::string& name) {
    std::string escaped;
    for (const char c : name) {
        if (c == '*' || c == '\\') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

Status restore_mongo_file(const CallContext& ctx, const DumpRecord& record, const DumpFile& file, DumpFiles& files,
                          const RestoreRequest& request, RestoreProgress& progress, const TempDir& config) {
    COFRE_ASSIGN(Command command, mongo_command(request.into, tool_path(request.tools, "mongorestore"), config));
    auto& argv = command.argv;
    argv.insert(argv.end(), {"--archive", "--stopOnError"});
    if (request.clean) argv.emplace_back("--drop");
    if (record.consistency == kOplogConsistency && request.databases.empty()) argv.emplace_back("--oplogReplay");
    const auto include = [&](const std::string& database) {
        if (request.tables.empty()) argv.push_back("--nsInclude=" + mongo_pattern(database) + ".*");
        for (const std::string& table : request.tables) {
            argv.emplace_back("--nsInclude=");
            argv.back().append(mongo_pattern(database)).append(".").append(mongo_pattern(table));
        }
        const std::string target = mongo_target(record, request, database);
        if (target == database) return;
        argv.push_back("--nsFrom=" + mongo_pattern(database) + ".*");
        argv.push_back("--nsTo=" + mongo_pattern(target) + ".*");
    };
    if (!file.database.empty()) include(file.database);
    if (file.database.empty()) std::for_each(request.databases.begin(), request.databases.end(), include);
    COFRE_ASSIGN(const auto reader, files.open(ctx, file.name));
    CommandIo io;
    io.pull_input = [&](std::span<std::byte> room) -> Result<std::size_t> {
        COFRE_ASSIGN(const std::size_t count, reader->read(room));
        progress.bytes_done += count;
        return count;
    };
    COFRE_ASSIGN(const CommandResult result, run_command(ctx, command, io));
    if (result.status.ok()) return {};
    return explain_mongo(Error(ErrorCode::kInvalidArgument, "mongorestore: " + result.status.describe() + ": " +
                                                                escape_controls(result.error_output)))
        .context("restore " + file.name + " (the databases may hold a part of it now)");
}

Error unsupported_mongo(const std::string& what) {
    return Error(ErrorCode::kUnsupported, what + ": not for MongoDB");
}

class MongodbDriver final : public EngineDriver {
public:
    Result<std::unique_ptr<Dump>> begin_dump(const CallContext& ctx, const DumpRequest& request) const override {
        return begin_mongo_dump(ctx, request);
    }

    Result<RestoreOutcome> restore(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                                   const RestoreRequest& request, RestoreProgress& progress) const override {
        const auto& names = request.databases.empty() ? record.databases : request.databases;
        if (names.empty() && !request.clean) {
            return Error(ErrorCode::kConflict, "restore a whole MongoDB server: what is there cannot be told from here")
                .with_hint("name databases, or ask for the collections that are there to be dropped");
        }
        COFRE_TRY(mongo_tool_version(ctx, tool_path(request.tools, "mongorestore")));
        COFRE_ASSIGN(const auto config, mongo_config(request.into));
        RestoreOutcome outcome;
        for (const std::string& name : names) {
            outcome.databases.push_back(mongo_target(record, request, name));
            if (request.clean) continue;
            COFRE_ASSIGN(const bool is_taken, has_mongo_collections(ctx, request, outcome.databases.back(), *config));
            if (is_taken) {
                return Error(ErrorCode::kConflict, "restore into database \"" +
                                                       escape_for_display(outcome.databases.back()) +
                                                       "\": it is not empty; nothing was changed")
                    .with_hint("restore under another name, or ask for what is there to be dropped");
            }
        }
        for (const DumpFile& file : record.files) {
            const bool is_chosen =
                file.database.empty() || std::find(names.begin(), names.end(), file.database) != names.end();
            if (!is_chosen) continue;
            COFRE_TRY(restore_mongo_file(ctx, record, file, files, request, progress, *config));
            ++progress.files_done;
        }
        return outcome;
    }

    Status parse(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                 RestoreProgress& progress) const override {
        std::vector<std::byte> room(64UL * 1024);
        for (const DumpFile& file : record.files) {
            COFRE_ASSIGN(auto inner, files.open(ctx, file.name));
            MongoReader reader(std::move(inner));
            for (std::size_t count = 1; count > 0; progress.bytes_done += count) {
                if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "parse the dump");
                auto got = reader.read(room);
                if (!got) return std::move(got).error().context("dump file " + file.name);
                count = *got;
            }
            ++progress.files_done;
        }
        return {};
    }

    Result<FactComparison> compare_facts(const CallContext&, const DumpRecord&, const RestoreRequest&) const override {
        return unsupported_mongo("compare a restored copy");
    }
    Result<bool> check_assertion(const CallContext&, const DatabaseAddress&, const std::string&) const override {
        return unsupported_mongo("check an assertion");
    }
    Result<std::unique_ptr<ScratchServer>> start_scratch(const CallContext&, const ScratchOptions&) const override {
        return unsupported_mongo("start a throw-away server");
    }
};

}  // namespace

const EngineDriver& mongodb_driver() {
    static const MongodbDriver driver;
    return driver;
}

}  // namespace cofre::dump
