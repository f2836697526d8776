#pragma once

/// @file
/// SQLite and PostgreSQL behind one small interface, through SOCI.
///
/// SQL is the common part of both: parameters are $1, $2, ...; integers are
/// BIGINT, texts TEXT, truth values 0 and 1; ON CONFLICT and RETURNING work.
/// No exception of SOCI leaves this module.
///
/// SQLite: the file is made with mode 0600; WAL, synchronous=FULL, foreign keys
/// on. One writer at a time, others wait for 10 s. It must lie on a local disk.
/// PostgreSQL: READ COMMITTED; variables PG* of the environment have no say; a
/// statement is ended by the server after 60 s.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/call_context.h"
#include "base/result.h"
#include "db/sql_url.h"
#include "db/sql_value.h"

namespace cofre::db {

/// Statements within one transaction. Not thread-safe. After an error of a
/// statement the transaction is of no use (PostgreSQL) and will be rolled back.
///
/// Errors: kUnavailable: the server is gone, or somebody else holds a lock;
/// kConflict: a constraint; kResourceExhausted: the disk is full;
/// kPermissionDenied: read only; kCorruption: the file is no database, or damaged;
/// kInvalidArgument: the SQL is wrong.
class SqlTransaction {
public:
    virtual ~SqlTransaction() = default;
    virtual SqlEngine engine() const = 0;

    /// A statement that gives rows of `columns` columns, all held in memory: its
    /// LIMIT is the bound.
    virtual Result<SqlRows> query(std::string_view sql, std::size_t columns, const SqlValues& values) = 0;
    Result<SqlRows> query(std::string_view sql, std::size_t columns) { return query(sql, columns, {}); }

    /// A statement without rows. Returns how many rows it changed.
    virtual Result<std::uint64_t> execute(std::string_view sql, const SqlValues& values) = 0;
    Result<std::uint64_t> execute(std::string_view sql) { return execute(sql, {}); }
};

/// kWrite takes SQLite's lock at the beginning, so that what was read in it is
/// still true when it writes.
enum class SqlAccess : std::uint8_t { kRead, kWrite };

struct SqlOptions {
    std::size_t max_connections = 4;  ///< At least 1. Each costs about 2 MiB (SQLite's page cache).
    bool create = true;               ///< SQLite: the file and its folder (0700). False: kNotFound.
};

/// A bounded pool of connections. Thread-safe: each transaction has a connection
/// of its own; when all are in use, the next one waits.
class SqlDatabase {
public:
    /// Connects once, so that what is wrong is known at once. kNotFound: no such
    /// file, folder or database; kUnauthenticated, kUnavailable: of the server.
    static Result<std::unique_ptr<SqlDatabase>> open(const CallContext& ctx, SqlUrl url, SqlOptions options = {});
    SqlDatabase(const SqlDatabase&) = delete;
    SqlDatabase& operator=(const SqlDatabase&) = delete;
    ~SqlDatabase();

    using Work = std::function<Status(SqlTransaction&)>;

    /// Runs `work` and commits if it returns success; else, and when anything
    /// fails, rolls back. What was lost to a lock, a serialization failure or a
    /// server that went away is tried again with a new connection, three times in
    /// all: `work` may thus run several times, must change nothing but the
    /// database, and must bear that an earlier attempt was committed although the
    /// answer was lost. `ctx` is heard between statements.
    /// Never call it from within `work`.
    Status transact(const CallContext& ctx, SqlAccess access, const Work& work);

    SqlEngine engine() const;
    const SqlUrl& url() const;

private:
    struct Impl;
    explicit SqlDatabase(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace cofre::db
