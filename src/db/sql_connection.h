#pragma once

/// @file
/// One connection through SOCI. Private to db: others have SqlDatabase.

#include <memory>
#include <string_view>

#include "db/sql_database.h"

namespace cofre::db {

/// Prepares the file of an SQLite database before the first connection of this
/// process: makes it with mode 0600 if `create`, takes rights of others away.
/// kNotFound, kPermissionDenied: what the system says.
Status prepare_sqlite_file(const SqlUrl& url, bool create);

/// Not thread-safe. The destructor closes, which rolls back.
class SqlConnection final : public SqlTransaction {
public:
    /// `url` must outlive it.
    static Result<std::unique_ptr<SqlConnection>> open(const CallContext& ctx, const SqlUrl& url);
    SqlConnection(const SqlConnection&) = delete;
    SqlConnection& operator=(const SqlConnection&) = delete;
    ~SqlConnection() override;

    /// The statements until the end of the transaction hear `ctx`, which must
    /// outlive it.
    Status begin(const CallContext& ctx, SqlAccess access);
    Status commit();
    /// No effect outside of a transaction. A failure makes the connection useless.
    void rollback();

    /// The next transaction needs another connection.
    bool is_useless() const;

    SqlEngine engine() const override { return url_.engine; }
    using SqlTransaction::execute;
    using SqlTransaction::query;
    Result<SqlRows> query(std::string_view sql, std::size_t columns, const SqlValues& values) override;
    Result<std::uint64_t> execute(std::string_view sql, const SqlValues& values) override;

private:
    struct Impl;
    SqlConnection(const SqlUrl& url, std::unique_ptr<Impl> impl);
    Status set_up();

    const SqlUrl& url_;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cofre::db
