// SQLite, in process. The server's tool would be the same library.
//
// A dump copies the file to a temporary one by SQLite's backup API, within one
// read transaction, and streams the copy: so it needs as much room in $TMPDIR as
// the database has. Reading the pages straight into the stream needs none, but
// holds the lock for as long as the upload lasts: a writer of a database that is
// not in WAL mode would wait for the network. (The library that Debian ships has
// no sqlite_dbpage either, which reads pages through a transaction.)

#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/guarded.h"
#include "base/number.h"
#include "base/units.h"
#include "base/utf8.h"
#include "dump/engine_driver.h"
#include "dump/file_reader.h"
#include "dump/sqlite_database.h"
#include "dump/sqlite_facts.h"

namespace cofre::dump {
namespace {

class SqliteDump final : public Dump {
public:
    SqliteDump(DumpRequest request, DumpRecord record, std::uint64_t bytes)
        : request_(std::move(request)), record_(std::move(record)) {
        DumpStream stream;
        const std::string name = std::filesystem::path(request_.address.database).filename().string();
        stream.file = {percent_encode(name), FileRole::kWhole, "sqlite", request_.address.database, "", 0, ""};
        stream.estimated_bytes = bytes;
        stream.open = [this](const CallContext& ctx) { return open_copy(ctx); };
        streams_.push_back(std::move(stream));
        record_.files.push_back(streams_.front().file);
    }

    const std::vector<DumpStream>& streams() const override { return streams_; }
    int jobs() const override { return 1; }
    const DumpRecord& record() const override { return record_; }

    Result<DumpRecord> finish(const CallContext&) override {
        auto facts = facts_.with([](auto& inner) { return std::exchange(inner, std::nullopt); });
        if (!facts) return Error(ErrorCode::kInternal, "finish the dump: it has not been read to its end");
        record_.tables = *std::move(facts);
        record_.facts_are_exact = request_.count_rows;
        record_.finished_at = system_clock().wall_now();
        return record_;
    }

private:
    Result<std::unique_ptr<DumpReader>> open_copy(const CallContext& ctx) {
        COFRE_ASSIGN(TempDir folder, TempDir::create("cofre-sqlite-"));
        auto kept = std::make_shared<TempDir>(std::move(folder));
        const auto path = kept->path() / "copy.sqlite";
        std::error_code failed;
        const auto space = std::filesystem::space(kept->path(), failed);
        if (!failed && space.available < streams_.front().estimated_bytes) {
            return Error(ErrorCode::kResourceExhausted,
                         "copy SQLite database " + request_.address.database + ": it needs " +
                             format_bytes(streams_.front().estimated_bytes) + ", and " + kept->path().string() +
                             " has " + format_bytes(space.available))
                .with_hint("set TMPDIR to a folder with more room");
        }
        std::vector<TableFacts> facts;
        {
            COFRE_ASSIGN(auto source, SqliteDatabase::open(request_.address.database, SqliteDatabase::Mode::kRead));
            COFRE_ASSIGN(auto copy, SqliteDatabase::open(path, SqliteDatabase::Mode::kCreate));
            COFRE_TRY(copy.execute(ctx, "PRAGMA synchronous = OFF"));
            COFRE_TRY(copy.copy_from(ctx, source));
        }
        {
            COFRE_ASSIGN(auto copy, SqliteDatabase::open(path, SqliteDatabase::Mode::kReadWrite));
            // A damaged database must not pass for a backup.
            COFRE_TRY(copy.check_integrity(ctx, /*quick=*/true));
            if (request_.count_rows) {
                COFRE_ASSIGN(facts, take_sqlite_facts(ctx, copy, request_.address.database, request_.sample_rows));
            }
        }
        return open_file_reader(path, kept, [this, facts = std::move(facts)]() -> Status {
            facts_.with([&](auto& inner) { inner = facts; });
            return {};
        });
    }

    const DumpRequest request_;
    DumpRecord record_;
    std::vector<DumpStream> streams_;
    Guarded<std::optional<std::vector<TableFacts>>> facts_;
};

Result<std::unique_ptr<Dump>> begin_sqlite_dump(const CallContext& ctx, const DumpRequest& request) {
    const std::string& path = request.address.database;
    if (path.empty() || !request.databases.empty() || !request.tables.empty() || !request.schemas.empty() ||
        !request.exclude_tables.empty() || !request.exclude_schemas.empty() || !request.options.empty()) {
        return Error(ErrorCode::kUnsupported, "dump SQLite: it takes one file, as a whole")
            .with_hint("name it as sqlite:///path; choices of tables and options do not apply");
    }
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return Error::from_errno(errno, "open SQLite database " + path);
    if (!S_ISREG(info.st_mode)) return Error(ErrorCode::kInvalidArgument, "open SQLite database " + path + ": no file");
    COFRE_ASSIGN(auto database, SqliteDatabase::open(path, SqliteDatabase::Mode::kRead));
    COFRE_ASSIGN(const auto pages,
                 database.query(ctx, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"));

    const auto bytes = parse_number<std::uint64_t>(pages.at(0).at(0).value_or("0")).value_or(0);
    if (bytes == 0) {  // Nothing was ever written to it: there is not even a header.
        return Error(ErrorCode::kInvalidArgument, "dump SQLite database " + path + ": it is empty");
    }

    DumpRecord record;
    record.engine = Engine::kSqlite;
    record.source = request.address.display();
    record.server_version = sqlite3_libversion();
    record.tool = "sqlite3_backup";
    record.tool_version = sqlite3_libversion();
    record.databases = {path};
    record.consistency = "single transaction";
    record.started_at = system_clock().wall_now();
    return std::unique_ptr<Dump>(std::make_unique<SqliteDump>(request, std::move(record), bytes));
}

// The file that a restore writes. A folder may stand for the server, as that of a
// throw-away one does: `host`. The old path is never assumed.
Result<std::filesystem::path> sqlite_target(const DumpRecord& record, const RestoreRequest& request) {
    if (record.databases.empty()) return Error(ErrorCode::kCorruption, "dump record: it names no database");
    const auto renamed = request.rename.find(record.databases.front());
    if (renamed != request.rename.end()) return std::filesystem::path(renamed->second);
    if (!request.into.database.empty()) return std::filesystem::path(request.into.database);
    if (!request.into.host.empty()) {
        return std::filesystem::path(request.into.host) / std::filesystem::path(record.databases.front()).filename();
    }
    return Error(ErrorCode::kInvalidArgument, "restore SQLite: the target names no file")
        .with_hint("as sqlite:///path");
}

// What is there may be replaced: asked for, and in nobody's use.
Status check_replaceable(const CallContext& ctx, const std::filesystem::path& target, bool clean) {
    if (!std::filesystem::exists(std::filesystem::symlink_status(target))) return {};
    if (!clean) {
        return Error(ErrorCode::kConflict, "restore into " + target.string() + ": there is a file; nothing was changed")
            .with_hint("restore under another name, or ask for what is there to be replaced");
    }
    auto old = SqliteDatabase::open(target, SqliteDatabase::Mode::kReadWrite);
    if (!old) return {};  // Not a database that anybody could have open.
    const Status locked = old->execute(ctx, "BEGIN EXCLUSIVE");
    if (!locked && locked.error().code() == ErrorCode::kConflict) {
        return Error(ErrorCode::kConflict, "restore into " + target.string() + ": another program is using it")
            .with_hint("stop that program first: it would go on with the old file");
    }
    return {};
}

Status replace_file(const std::filesystem::path& temporary, const std::filesystem::path& target) {
    // A log of the old database would be taken for one of the new, and spoil it.
    for (const char* suffix : {"-wal", "-shm", "-journal"}) {
        const std::string beside = target.string() + suffix;
        if (::unlink(beside.c_str()) != 0 && errno != ENOENT) return Error::from_errno(errno, "remove " + beside);
    }
    if (::rename(temporary.c_str(), target.c_str()) != 0) return Error::from_errno(errno, "name " + target.string());
    return sync_directory(target.has_parent_path() ? target.parent_path() : std::filesystem::path("."));
}

Status check_sqlite_file(const CallContext& ctx, const std::filesystem::path& path) {
    COFRE_ASSIGN(auto database, SqliteDatabase::open(path, SqliteDatabase::Mode::kReadWrite));
    return database.check_integrity(ctx, /*quick=*/false);
}

class SqliteScratch final : public ScratchServer {
public:
    explicit SqliteScratch(std::filesystem::path folder) : folder_(std::move(folder)) {
        address_.engine = Engine::kSqlite;
        address_.host = folder_.string();
    }
    SqliteScratch(const SqliteScratch&) = delete;
    SqliteScratch& operator=(const SqliteScratch&) = delete;
    ~SqliteScratch() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    const DatabaseAddress& address() const override { return address_; }
    const std::string& version() const override { return version_; }

private:
    std::filesystem::path folder_;
    DatabaseAddress address_;
    const std::string version_ = std::string("SQLite ") + sqlite3_libversion();
};

class SqliteDriver final : public EngineDriver {
public:
    Result<std::unique_ptr<Dump>> begin_dump(const CallContext& ctx, const DumpRequest& request) const override {
        return begin_sqlite_dump(ctx, request);
    }

    Result<RestoreOutcome> restore(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                                   const RestoreRequest& request, RestoreProgress& progress) const override {
        if (!request.tables.empty() || !request.schemas.empty()) {
            return Error(ErrorCode::kUnsupported, "restore chosen tables: a SQLite dump is a whole file");
        }
        COFRE_ASSIGN(const auto target, sqlite_target(record, request));
        if (record.files.size() != 1) return Error(ErrorCode::kCorruption, "dump record: not one file");
        COFRE_TRY(check_replaceable(ctx, target, request.clean));
        COFRE_ASSIGN(auto reader, files.open(ctx, record.files.front().name));
        const std::filesystem::path temporary = target.string() + ".cofre-restore";
        ::unlink(temporary.c_str());  // Of a restore that was killed.
        COFRE_TRY(write_stream(ctx, *reader, temporary, 0600, progress));
        Status good = check_sqlite_file(ctx, temporary);
        if (good) good = replace_file(temporary, target);
        if (!good) {
            ::unlink(temporary.c_str());
            return std::move(good).error();
        }
        ++progress.files_done;
        return RestoreOutcome{{target.string()}, {}};
    }

    Status parse(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                 RestoreProgress& progress) const override {
        COFRE_ASSIGN(const TempDir folder, TempDir::create("cofre-sqlite-"));
        const auto path = folder.path() / "copy.sqlite";
        for (const DumpFile& file : record.files) {
            COFRE_ASSIGN(auto reader, files.open(ctx, file.name));
            COFRE_TRY(write_stream(ctx, *reader, path, 0600, progress));
            if (Status good = check_sqlite_file(ctx, path); !good) {
                Error error = std::move(good).error();
                if (error.code() == ErrorCode::kInvalidArgument) error = Error(ErrorCode::kCorruption, error.message());
                return std::move(error).context("dump file " + file.name);
            }
            ++progress.files_done;
        }
        return {};
    }

    Result<FactComparison> compare_facts(const CallContext& ctx, const DumpRecord& record,
                                         const RestoreRequest& restored) const override {
        COFRE_ASSIGN(const auto target, sqlite_target(record, restored));
        COFRE_ASSIGN(auto database, SqliteDatabase::open(target, SqliteDatabase::Mode::kRead));
        return compare_sqlite_facts(ctx, database, record.tables);
    }

    Result<bool> check_assertion(const CallContext& ctx, const DatabaseAddress& address,
                                 const std::string& sql) const override {
        COFRE_ASSIGN(auto database, SqliteDatabase::open(address.database, SqliteDatabase::Mode::kRead));
        COFRE_ASSIGN(const auto rows, database.query(ctx, sql));
        if (rows.size() != 1 || rows.front().empty()) return false;
        return parse_number<double>(rows.front().front().value_or("0")).value_or(0) != 0;
    }

    Result<std::unique_ptr<ScratchServer>> start_scratch(const CallContext&,
                                                         const ScratchOptions& options) const override {
        std::string path = (options.parent / "cofre-scratch-XXXXXX").string();
        if (::mkdtemp(path.data()) == nullptr) {
            return Error::from_errno(errno, "create a folder in " + options.parent.string());
        }
        return std::unique_ptr<ScratchServer>(std::make_unique<SqliteScratch>(path));
    }
};

}  // namespace

const EngineDriver& sqlite_driver() {
    static const SqliteDriver driver;
    return driver;
}

}  // namespace cofre::dump
