#pragma once

/// @file
/// One connection to a PostgreSQL server.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "base/secret.h"
#include "db/conninfo.h"

namespace cofre::db {

/// Where to connect. Keywords of libpq but not "password", "service" or "options".
/// What is absent has libpq's own default, and the password may come from
/// ~/.pgpass; the PG* variables of the environment are not followed.
struct PostgresTarget {
    PostgresParameters parameters;
    Secret password;
};

/// Who libpq's programs would be without -U: the system's name of this user.
std::string system_user_name();

/// Everything that a statement gave, in memory.
class PostgresRows {
public:
    using Row = std::vector<std::optional<std::string>>;
    PostgresRows() = default;
    explicit PostgresRows(std::vector<Row> rows) : rows_(std::move(rows)) {}

    std::size_t size() const { return rows_.size(); }
    bool is_null(std::size_t row, std::size_t column) const { return !rows_.at(row).at(column); }
    /// Empty for NULL.
    std::string text(std::size_t row, std::size_t column) const { return rows_.at(row).at(column).value_or(""); }
    bool truth(std::size_t row, std::size_t column) const { return text(row, column) == "t"; }
    /// 0 for NULL and for what is no number.
    std::uint64_t number(std::size_t row, std::size_t column) const;

private:
    std::vector<Row> rows_;
};

/// Not thread-safe. Stop and deadline of each call are heard at once: the
/// server is told to cancel (PQcancel), and the session is of no use afterwards.
/// Errors: postgres_error.h; a lost connection is kUnavailable.
class PostgresSession {
public:
    /// UTF-8 both ways (but SQL_ASCII: bytes as they are). Waits at most 30 s, or
    /// what "connect_timeout" says. The name of a host is looked up without
    /// hearing a stop.
    static Result<std::unique_ptr<PostgresSession>> open(const CallContext& ctx, const PostgresTarget& target);
    PostgresSession(const PostgresSession&) = delete;
    PostgresSession& operator=(const PostgresSession&) = delete;
    ~PostgresSession();

    /// One statement with $1, $2, ... bound as text.
    Result<PostgresRows> query(const CallContext& ctx, const std::string& sql,
                               const std::vector<std::string>& parameters = {});

    /// 150018 for 15.18, 90624 for 9.6.24.
    int version_number() const;
    /// "15.18"; what a distribution adds is left out.
    std::string version() const;

private:
    struct Impl;
    explicit PostgresSession(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace cofre::db
