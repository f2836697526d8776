#include "dump/sqlite_database.h"

#include <cstdint>
#include <utility>

#include <sqlite3.h>

#include "base/clock.h"
#include "base/utf8.h"

namespace cofre::dump {
namespace {

constexpr int kBusyMs = 30'000;
constexpr int kPagesPerStep = 1024;  // 4 MiB of usual pages between two looks for a stop.

// Interrupts a statement when its context is stopped.
class StopWatch {
public:
    StopWatch(sqlite3* handle, const CallContext& ctx) : handle_(handle), ctx_(ctx) {
        sqlite3_progress_handler(
            handle_, 10'000,
            [](void* self) {
                const auto& context = static_cast<StopWatch*>(self)->ctx_;
                const bool late = system_clock().now() >= context.deadline;
                return context.stop.stop_requested() || late ? 1 : 0;
            },
            this);
    }
    StopWatch(const StopWatch&) = delete;
    StopWatch& operator=(const StopWatch&) = delete;
    ~StopWatch() { sqlite3_progress_handler(handle_, 0, nullptr, nullptr); }

private:
    sqlite3* handle_;
    const CallContext& ctx_;
};

ErrorCode code_of_sqlite(int code) {
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return ErrorCode::kConflict;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return ErrorCode::kCorruption;
        case SQLITE_PERM:
        case SQLITE_READONLY:
        case SQLITE_AUTH: return ErrorCode::kPermissionDenied;
        case SQLITE_FULL: return ErrorCode::kResourceExhausted;
        case SQLITE_INTERRUPT: return ErrorCode::kCancelled;
        case SQLITE_IOERR: return ErrorCode::kInternal;
        default: return ErrorCode::kInvalidArgument;
    }
}

SqliteRow row_of(sqlite3_stmt* statement) {
    SqliteRow row(static_cast<std::size_t>(sqlite3_column_count(statement)));
    for (std::size_t i = 0; i < row.size(); ++i) {
        const auto column = static_cast<int>(i);
        if (sqlite3_column_type(statement, column) == SQLITE_NULL) continue;
        const void* bytes = sqlite3_column_blob(statement, column);
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
        row[i] = bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
    }
    return row;
}

}  // namespace

void SqliteDatabase::Closer::operator()(sqlite3* handle) const {
    sqlite3_close_v2(handle);
}

Error SqliteDatabase::failure(int code, const std::string& what) const {
    Error error(code_of_sqlite(code), what + " " + name_ + ": " + escape_controls(sqlite3_errmsg(handle_.get())));
    if ((code & 0xff) == SQLITE_BUSY)
        return std::move(error).with_hint("another program holds a lock on it for too long");
    return error;
}

Result<SqliteDatabase> SqliteDatabase::open(const std::filesystem::path& path, Mode mode) {
    const int flags = mode == Mode::kRead        ? SQLITE_OPEN_READONLY
                      : mode == Mode::kReadWrite ? SQLITE_OPEN_READWRITE
                                                 : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    sqlite3* handle = nullptr;
    // Absolute, so that a name such as ":memory:" or "file:..." means a file.
    const std::string full = std::filesystem::absolute(path).string();
    const int code = sqlite3_open_v2(full.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    SqliteDatabase database(handle, escape_for_display(path.string()));
    if (handle == nullptr) return Error(ErrorCode::kResourceExhausted, "open SQLite database: out of memory");
    if (code != SQLITE_OK) return database.failure(code, "open SQLite database");
    sqlite3_busy_timeout(handle, kBusyMs);
    return database;
}

Status SqliteDatabase::for_each(const CallContext& ctx, const std::string& sql,
                                const std::function<Status(SqliteRow)>& visit) {
    const StopWatch watch(handle_.get(), ctx);
    sqlite3_stmt* raw = nullptr;
    int code = sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
    const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(raw, sqlite3_finalize);
    if (code != SQLITE_OK) return failure(code, "query");
    while ((code = sqlite3_step(raw)) == SQLITE_ROW)
        COFRE_TRY(visit(row_of(raw)));
    if (code != SQLITE_DONE) return failure(code, "query");
    return {};
}

Status SqliteDatabase::execute(const CallContext& ctx, const std::string& sql) {
    return for_each(ctx, sql, [](const SqliteRow&) -> Status { return {}; });
}

Result<std::vector<SqliteRow>> SqliteDatabase::query(const CallContext& ctx, const std::string& sql) {
    std::vector<SqliteRow> rows;
    COFRE_TRY(for_each(ctx, sql, [&](SqliteRow row) -> Status {
        rows.push_back(std::move(row));
        return {};
    }));
    return rows;
}

Status SqliteDatabase::copy_from(const CallContext& ctx, SqliteDatabase& from) {
    COFRE_TRY(from.execute(ctx, "BEGIN"));
    // The lock, and with it the moment, comes with the first read.
    COFRE_TRY(from.execute(ctx, "SELECT count(*) FROM sqlite_master"));
    sqlite3_backup* backup = sqlite3_backup_init(handle_.get(), "main", from.handle_.get(), "main");
    if (backup == nullptr) return failure(sqlite3_errcode(handle_.get()), "copy into");
    int code = SQLITE_OK;
    bool is_stopped = false;
    while (code == SQLITE_OK && !is_stopped) {
        code = sqlite3_backup_step(backup, kPagesPerStep);
        is_stopped = ctx.stop.stop_requested() || system_clock().now() >= ctx.deadline;
    }
    sqlite3_backup_finish(backup);
    if (code != SQLITE_DONE && is_stopped) return Error(ErrorCode::kCancelled, "copy SQLite database " + from.name_);
    if (code != SQLITE_DONE) {
        return Error(code_of_sqlite(code), "copy SQLite database " + from.name_ + ": " + sqlite3_errstr(code));
    }
    return from.execute(ctx, "COMMIT");
}

Status SqliteDatabase::check_integrity(const CallContext& ctx, bool quick) {
    COFRE_ASSIGN(const auto rows, query(ctx, quick ? "PRAGMA quick_check(5)" : "PRAGMA integrity_check(5)"));
    if (rows.size() == 1 && rows.front().at(0) == "ok") return {};
    std::string found;
    for (const auto& row : rows)
        found += "; " + row.at(0).value_or("");
    return Error(ErrorCode::kCorruption, "check SQLite database " + name_ + escape_for_display(found));
}

std::string quote_sqlite_name(std::string_view name) {
    std::string quoted = "\"";
    for (const char c : name) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

}  // namespace cofre::dump
