// SQL Server writes its backups itself: to a folder that both the server and we
// reach (or, since 2022, to S3 by a credential that the server holds). It is
// fetched from there, and removed only when it has been read well. Tested against
// a stand-in for sqlcmd that checks arguments, environment and script.

#include <algorithm>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/number.h"
#include "base/utf8.h"
#include "crypto/random.h"
#include "dump/engine_driver.h"
#include "dump/file_reader.h"
#include "dump/listed_dump.h"
#include "dump/mssql_session.h"
#include "dump/tool_reader.h"

namespace cofre::dump {
namespace {

// A backup begins with the header of a Microsoft Tape Format, or of a compressed one.
bool begins_as_mssql_backup(std::string_view first) {
    return first.starts_with("TAPE") || first.starts_with("MSSQLBAK");
}

struct SharedFolder {
    std::string server;           // As the server names it.
    std::filesystem::path local;  // As we see it.

    std::string on_server(const std::string& file) const {
        const char separator =
            server.find('\\') != std::string::npos && server.find('/') == std::string::npos ? '\\' : '/';
        return server.ends_with(separator) ? server + file : server + separator + file;
    }
    // "DISK = N'...'" or "URL = N's3://...'".
    Result<std::string> device(const std::string& file) const {
        COFRE_ASSIGN(const std::string quoted, quote_mssql_text(on_server(file)));
        return std::string(server.starts_with("s3://") ? "URL = " : "DISK = ") + quoted;
    }
};

Result<SharedFolder> shared_folder(const std::string& server, const std::filesystem::path& local) {
    if (server.empty() || local.empty()) {
        return Error(ErrorCode::kUnsupported,
                     "SQL Server writes backups itself, to its own disk: no shared folder is named")
            .with_hint(
                "name a folder that both reach: server_folder as the server sees it, local_folder as this machine "
                "does; docs/databases.md shows how");
    }
    std::error_code failed;
    if (!std::filesystem::is_directory(local, failed)) {
        return Error(ErrorCode::kNotFound, "the folder shared with SQL Server, " + local.string() + ", is not there");
    }
    return SharedFolder{server, local};
}

class MssqlDump final : public ListedDump {
public:
    MssqlDump(MssqlSession session, SharedFolder folder, std::string compression, DumpRecord record)
        : ListedDump(std::move(record)),
          session_(std::move(session)),
          folder_(std::move(folder)),
          compression_(std::move(compression)) {
        for (const std::string& database : this->record().databases) {
            DumpStream stream;
            stream.file = {percent_encode(database) + ".bak", FileRole::kWhole, "bak", database, "", 0, ""};
            stream.open = [this, database](const CallContext& ctx) { return open_backup(ctx, database); };
            add(std::move(stream));
        }
    }

private:
    Result<std::unique_ptr<DumpReader>> open_backup(const CallContext& ctx, const std::string& database) const {
        const std::string file = "cofre-" + crypto::random_hex(8) + ".bak";
        COFRE_ASSIGN(const std::string device, folder_.device(file));
        COFRE_ASSIGN(const std::string name, quote_mssql_name(database));
        const auto local = folder_.local / file;
        const std::string kept = "; " + local.string() + " may be left there";
        // COPY_ONLY: the chain of the server's own differential backups stays as it is.
        auto taken = session_.run(ctx, "BACKUP DATABASE " + name + " TO " + device + " WITH COPY_ONLY, CHECKSUM, " +
                                           compression_ + ", FORMAT, INIT, STATS = 10;\nRESTORE VERIFYONLY FROM " +
                                           device + " WITH CHECKSUM;");
        if (!taken) return std::move(taken).error().context("back up SQL Server database " + name + kept);
        auto reader = open_file_reader(local, nullptr, [local]() -> Status {
            if (::unlink(local.c_str()) != 0) return Error::from_errno(errno, "remove " + local.string());
            return {};
        });
        if (!reader) {
            return std::move(reader)
                .error()
                .context("fetch what SQL Server wrote to " + folder_.on_server(file))
                .with_hint("server_folder and local_folder must be the same folder, and we must be allowed to read it");
        }
        return reader;
    }

    const MssqlSession session_;
    const SharedFolder folder_;
    const std::string compression_;
};

Result<std::string> mssql_compression(const DumpRequest& request) {
    std::string compression = "COMPRESSION";
    for (const std::string& word : request.options) {
        if (word != "--no-compression") {
            return Error(ErrorCode::kInvalidArgument,
                         "options of the dump: \"" + escape_for_display(word) + "\" is not accepted")
                .with_hint("for SQL Server there is --no-compression only");
        }
        compression = "NO_COMPRESSION";
    }
    return compression;
}

Result<std::unique_ptr<Dump>> begin_mssql_dump(const CallContext& ctx, const DumpRequest& request) {
    COFRE_ASSIGN(SharedFolder folder, shared_folder(request.server_folder, request.local_folder));
    if (!request.tables.empty() || !request.exclude_tables.empty() || !request.schemas.empty() ||
        !request.exclude_schemas.empty()) {
        return Error(ErrorCode::kUnsupported, "dump chosen tables: SQL Server backs up whole databases");
    }
    COFRE_ASSIGN(const std::string compression, mssql_compression(request));
    COFRE_ASSIGN(MssqlSession session, MssqlSession::create(request.address, request.tools));
    COFRE_ASSIGN(const auto version,
                 session.run(ctx, "SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128));"));
    COFRE_ASSIGN(
        const auto rows,
        session.run(ctx, "SELECT name FROM sys.databases WHERE state = 0 AND name <> N'tempdb' ORDER BY name;"));
    std::vector<std::string> there;
    there.reserve(rows.size());
    for (const auto& row : rows)
        there.push_back(row.front());
    std::vector<std::string> databases = request.databases;
    if (databases.empty() && !request.address.database.empty()) databases.push_back(request.address.database);
    for (const std::string& database : databases) {
        if (std::find(there.begin(), there.end(), database) != there.end()) continue;
        return Error(ErrorCode::kNotFound,
                     "dump database \"" + escape_for_display(database) + "\": there is none online");
    }
    if (databases.empty()) {
        std::copy_if(there.begin(), there.end(), std::back_inserter(databases),
                     [](const std::string& name) { return name != "master" && name != "model" && name != "msdb"; });
    }
    DumpRecord record;
    record.engine = Engine::kMssql;
    record.source = request.address.display();
    record.server_version = version.empty() ? "unknown" : version.front().front();
    record.tool = "sqlcmd";
    record.databases = databases;
    record.consistency = "one backup per database";
    record.started_at = system_clock().wall_now();
    return std::unique_ptr<Dump>(
        std::make_unique<MssqlDump>(std::move(session), std::move(folder), compression, std::move(record)));
}

std::string mssql_target(const DumpRecord& record, const RestoreRequest& request, const std::string& old_name) {
    const auto renamed = request.rename.find(old_name);
    if (renamed != request.rename.end()) return renamed->second;
    return !request.into.database.empty() && record.databases.size() == 1 ? request.into.database : old_name;
}

Result<bool> mssql_has_database(const CallContext& ctx, const MssqlSession& session, const std::string& name) {
    COFRE_ASSIGN(const std::string quoted, quote_mssql_text(name));
    COFRE_ASSIGN(const auto rows, session.run(ctx, "SELECT COUNT(*) FROM sys.databases WHERE name = " + quoted + ";"));
    return !rows.empty() && rows.front().front() != "0";
}

// "MOVE N'shop' TO N'/var/opt/mssql/data/copy_1.mdf', ...": under the new name's
// own files, since those of the old database may be in use.
Result<std::string> move_clauses(const CallContext& ctx, const MssqlSession& session, const std::string& device,
                                 const std::string& target) {
    COFRE_ASSIGN(const auto files, session.run(ctx, "RESTORE FILELISTONLY FROM " + device + ";"));
    COFRE_ASSIGN(const auto paths,
                 session.run(ctx,
                             "SELECT CAST(SERVERPROPERTY('InstanceDefaultDataPath') AS nvarchar(512)),"
                             " CAST(SERVERPROPERTY('InstanceDefaultLogPath') AS nvarchar(512));"));
    if (paths.empty() || paths.front().size() < 2)
        return Error(ErrorCode::kInternal, "SQL Server does not say where its files are");
    std::string clauses;
    int number = 0;
    for (const auto& file : files) {
        if (file.size() < 3)
            return Error(ErrorCode::kInternal, "SQL Server's list of files in the backup is not understood");
        const bool is_log = file.at(2) == "L";
        const std::string path = paths.front().at(is_log ? 1 : 0) + percent_encode(target) + "_" +
                                 std::to_string(++number) + (is_log ? ".ldf" : ".mdf");
        COFRE_ASSIGN(const std::string logical, quote_mssql_text(file.at(0)));
        COFRE_ASSIGN(const std::string quoted_path, quote_mssql_text(path));
        clauses.append(", MOVE ").append(logical).append(" TO ").append(quoted_path);
    }
    return clauses;
}

class MssqlDriver final : public EngineDriver {
public:
    Result<std::unique_ptr<Dump>> begin_dump(const CallContext& ctx, const DumpRequest& request) const override {
        return begin_mssql_dump(ctx, request);
    }

    Result<RestoreOutcome> restore(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                                   const RestoreRequest& request, RestoreProgress& progress) const override {
        COFRE_ASSIGN(const SharedFolder folder, shared_folder(request.server_folder, request.local_folder));
        if (!request.tables.empty() || !request.schemas.empty()) {
            return Error(ErrorCode::kUnsupported, "restore chosen tables: a backup of SQL Server is a whole database");
        }
        COFRE_ASSIGN(const MssqlSession session, MssqlSession::create(request.into, request.tools));
        std::vector<DumpFile> chosen;
        RestoreOutcome outcome;
        for (const DumpFile& file : record.files) {
            const auto& names = request.databases;
            if (!names.empty() && std::find(names.begin(), names.end(), file.database) == names.end()) continue;
            const std::string target = mssql_target(record, request, file.database);
            COFRE_ASSIGN(const bool exists, mssql_has_database(ctx, session, target));
            if (exists && !request.clean) {
                return Error(ErrorCode::kConflict, "restore into database \"" + escape_for_display(target) +
                                                       "\": it exists; nothing was changed")
                    .with_hint("restore under another name, or ask for what is there to be replaced");
            }
            chosen.push_back(file);
            outcome.databases.push_back(target);
        }
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            COFRE_TRY(
                restore_one(ctx, session, folder, chosen[i], outcome.databases[i], files, request.clean, progress));
            ++progress.files_done;
        }
        return outcome;
    }

    Status parse(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                 RestoreProgress& progress) const override {
        // The server itself verified the backup when it was taken; without one
        // there is only the beginning to look at, and that it can be read.
        std::vector<std::byte> room(64UL * 1024);
        for (const DumpFile& file : record.files) {
            COFRE_ASSIGN(const auto reader, files.open(ctx, file.name));
            std::string first;
            for (;;) {
                COFRE_ASSIGN(const std::size_t count, reader->read(room));
                if (count == 0) break;
                if (first.size() < 16) first += to_text(std::span(room).first(std::min<std::size_t>(count, 16)));
                progress.bytes_done += count;
            }
            if (!begins_as_mssql_backup(first)) {
                return Error(ErrorCode::kCorruption,
                             "dump file " + file.name + ": it does not begin as a backup of SQL Server");
            }
            ++progress.files_done;
        }
        return {};
    }

    Result<FactComparison> compare_facts(const CallContext&, const DumpRecord&, const RestoreRequest&) const override {
        return Error(ErrorCode::kUnsupported, "compare a restored copy: not for SQL Server; use assertions");
    }

    Result<bool> check_assertion(const CallContext& ctx, const DatabaseAddress& address,
                                 const std::string& sql) const override {
        COFRE_ASSIGN(const MssqlSession session, MssqlSession::create(address, std::nullopt));
        std::string use;
        if (!address.database.empty()) {
            COFRE_ASSIGN(const std::string name, quote_mssql_name(address.database));
            use = "USE " + name + ";\n";
        }
        COFRE_ASSIGN(const auto rows, session.run(ctx, use + sql));
        if (rows.size() != 1) return false;
        return parse_number<double>(rows.front().front()).value_or(0) != 0;
    }

    Result<std::unique_ptr<ScratchServer>> start_scratch(const CallContext&, const ScratchOptions&) const override {
        return Error(ErrorCode::kUnsupported, "start a throw-away server: not for SQL Server");
    }

private:
    static Status restore_one(const CallContext& ctx, const MssqlSession& session, const SharedFolder& folder,
                              const DumpFile& file, const std::string& target, DumpFiles& files, bool replace,
                              RestoreProgress& progress) {
        const std::string name = "cofre-restore-" + crypto::random_hex(8) + ".bak";
        const auto local = folder.local / name;
        COFRE_ASSIGN(const auto reader, files.open(ctx, file.name));
        // The server runs as another user, in another place maybe.
        COFRE_TRY(write_stream(ctx, *reader, local, 0644, progress));
        const auto restore_it = [&]() -> Status {
            COFRE_ASSIGN(const std::string device, folder.device(name));
            COFRE_ASSIGN(const std::string quoted, quote_mssql_name(target));
            COFRE_ASSIGN(const std::string moves, move_clauses(ctx, session, device, target));
            COFRE_TRY(session.run(ctx, "RESTORE DATABASE " + quoted + " FROM " + device + " WITH CHECKSUM" + moves +
                                           (replace ? ", REPLACE" : "") + ", RECOVERY;"));
            return {};
        };
        Status done = restore_it();
        ::unlink(local.c_str());  // Ours alone: the backup itself is elsewhere.
        if (!done)
            return std::move(done).error().context("restore SQL Server database \"" + escape_for_display(target) +
                                                   "\"");
        return {};
    }
};

}  // namespace

const EngineDriver& mssql_driver() {
    static const MssqlDriver driver;
    return driver;
}

}  // namespace cofre::dump
