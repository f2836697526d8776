#pragma once

/// @file
/// An open SQLite file. Private to dump.

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"

struct sqlite3;

namespace cofre::dump {

using SqliteRow = std::vector<std::optional<std::string>>;

/// Not thread-safe. A stop of the context given to a call interrupts it. Waits up
/// to 30 s for locks of others, then kConflict. kCorruption: no database, or a
/// damaged one.
class SqliteDatabase {
public:
    enum class Mode { kRead, kReadWrite, kCreate };
    static Result<SqliteDatabase> open(const std::filesystem::path& path, Mode mode);

    Status execute(const CallContext& ctx, const std::string& sql);
    /// `visit` is given each row; its error ends the query.
    Status for_each(const CallContext& ctx, const std::string& sql, const std::function<Status(SqliteRow)>& visit);
    Result<std::vector<SqliteRow>> query(const CallContext& ctx, const std::string& sql);

    /// All pages of `from`, as they are now, into this one, which must be empty.
    /// A transaction of `from` that reads is held meanwhile: the copy is of one
    /// moment. Writers of a WAL database go on; those of another wait to commit.
    Status copy_from(const CallContext& ctx, SqliteDatabase& from);

    /// kCorruption: names the first things that are wrong.
    Status check_integrity(const CallContext& ctx, bool quick);

private:
    struct Closer {
        void operator()(sqlite3* handle) const;
    };
    SqliteDatabase(sqlite3* handle, std::string name) : handle_(handle), name_(std::move(name)) {}
    Error failure(int code, const std::string& what) const;

    std::unique_ptr<sqlite3, Closer> handle_;
    std::string name_;
};

/// `name` in double quotes, doubled inside.
std::string quote_sqlite_name(std::string_view name);

}  // namespace cofre::dump
