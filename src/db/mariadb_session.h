#pragma once

/// @file
/// One connection to a MariaDB or MySQL server, over libmariadb.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "base/secret.h"

namespace cofre::db {

struct MariadbOptions {
    std::string host;    ///< Empty: the local socket.
    int port = 0;        ///< 0: 3306.
    std::string socket;  ///< Path; wins over `host`. Empty: the library's default.
    std::string user;
    Secret password;
    std::string database;  ///< Empty: none.
    bool tls = false;      ///< No plain connection.
    bool verify_tls = false;
    std::string tls_ca, tls_cert, tls_key;  ///< PEM files; empty: none.
    std::chrono::seconds connect_timeout{10};
};

/// A column of a row; nullopt is NULL.
using MariadbRow = std::vector<std::optional<std::string>>;

/// Character set utf8mb4; reads no option file. Not thread-safe. A stop or a
/// passed deadline of `ctx` ends the connection, which then answers nothing but
/// kUnavailable. Errors: kUnauthenticated (1045 and the like), kPermissionDenied,
/// kNotFound (no such database or table), kUnavailable (not reached, or lost),
/// kConflict (a lock was not given in time), kInvalidArgument: the rest, with the
/// server's number and words. Destruction closes.
class MariadbSession {
public:
    static Result<MariadbSession> connect(const CallContext& ctx, const MariadbOptions& options);
    MariadbSession(MariadbSession&&) noexcept;
    MariadbSession& operator=(MariadbSession&&) noexcept;
    ~MariadbSession();

    /// One statement; rows, if it gives any, are dropped.
    Status execute(const CallContext& ctx, const std::string& sql);

    /// All rows in memory: for answers that are small by their nature.
    Result<std::vector<MariadbRow>> query(const CallContext& ctx, const std::string& sql);

    /// The first column of the only row; kInternal if there is not exactly one.
    Result<std::optional<std::string>> query_value(const CallContext& ctx, const std::string& sql);

    /// "10.11.19-MariaDB-0+deb12u1"
    std::string server_version() const;
    bool is_mariadb() const;

private:
    struct Impl;
    explicit MariadbSession(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// `name`, with backquotes doubled. For any identifier.
std::string quote_mariadb_name(std::string_view name);

/// 'text' as a hexadecimal literal in utf8mb4, which no SQL mode misreads.
std::string quote_mariadb_text(std::string_view text);

}  // namespace cofre::db
