#include "db/mariadb_session.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/utf8.h"

namespace cofre::db {
namespace {

// How often a waiting call looks for a stop request.
constexpr std::chrono::milliseconds kSlice{100};

// Numbers of MariaDB and MySQL: https://mariadb.com/kb/en/mariadb-error-codes/
ErrorCode code_of(unsigned number) {
    switch (number) {
        case ER_ACCESS_DENIED_ERROR:
        case 1698:  // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
        case 1251:  // ER_NOT_SUPPORTED_AUTH_MODE
        case CR_AUTH_PLUGIN_CANNOT_LOAD: return ErrorCode::kUnauthenticated;
        case ER_DBACCESS_DENIED_ERROR:
        case ER_TABLEACCESS_DENIED_ERROR:
        case ER_COLUMNACCESS_DENIED_ERROR:
        case ER_SPECIFIC_ACCESS_DENIED_ERROR:
        case 1370: return ErrorCode::kPermissionDenied;  // ER_PROCACCESS_DENIED_ERROR
        case ER_BAD_DB_ERROR:
        case ER_NO_SUCH_TABLE: return ErrorCode::kNotFound;
        case ER_LOCK_WAIT_TIMEOUT: return ErrorCode::kConflict;
        case ER_CON_COUNT_ERROR:
        case ER_SERVER_SHUTDOWN:
        case 1203:  // ER_TOO_MANY_USER_CONNECTIONS
        case 1927:  // ER_CONNECTION_KILLED
        case CR_CONNECTION_ERROR:
        case CR_CONN_HOST_ERROR:
        case CR_UNKNOWN_HOST:
        case CR_SERVER_GONE_ERROR:
        case CR_SERVER_LOST:
        case CR_SERVER_LOST_EXTENDED: return ErrorCode::kUnavailable;
        default: return ErrorCode::kInvalidArgument;
    }
}

// The library's initialization is not thread-safe; a static object's is.
Status start_library() {
    static const int failed = mysql_server_init(0, nullptr, nullptr);
    if (failed != 0) return Error(ErrorCode::kInternal, "initialize libmariadb");
    return {};
}

}  // namespace

struct MariadbSession::Impl {
    Impl() { mysql_init(&mysql); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() { mysql_close(&mysql); }

    Error failure(const std::string& what) {
        if (cut) return *cut;
        const unsigned number = mysql_errno(&mysql);
        const auto code = code_of(number);
        Error error(code, what + ": " + escape_controls(mysql_error(&mysql)) + " (" + std::to_string(number) + ")");
        if (code != ErrorCode::kUnauthenticated) return error;
        return std::move(error).with_hint(
            "check user and password; MariaDB also compares the host that it sees the connection come from");
    }

    // Waits for what the library asks. An operation that has begun must be
    // brought to its end, or closing the handle would enter it again: so a stop
    // cuts the connection, and the library finds out by itself.
    int wait(const CallContext& ctx, int wanted) {
        const auto begun = system_clock().now();
        for (;;) {
            pollfd slot{mysql_get_socket(&mysql), 0, 0};
            if ((wanted & MYSQL_WAIT_READ) != 0) slot.events |= POLLIN;
            if ((wanted & MYSQL_WAIT_WRITE) != 0) slot.events |= POLLOUT;
            if ((wanted & MYSQL_WAIT_EXCEPT) != 0) slot.events |= POLLPRI;
            const int count = ::poll(&slot, 1, static_cast<int>(kSlice.count()));
            if (count > 0) {
                int ready = 0;
                if ((slot.revents & (POLLIN | POLLHUP | POLLERR)) != 0) ready |= MYSQL_WAIT_READ;
                if ((slot.revents & (POLLOUT | POLLHUP | POLLERR)) != 0) ready |= MYSQL_WAIT_WRITE;
                if ((slot.revents & POLLPRI) != 0) ready |= MYSQL_WAIT_EXCEPT;
                return ready & wanted;
            }
            const auto now = system_clock().now();
            if (ctx.stop.stop_requested()) cut_off(Error(ErrorCode::kCancelled, "database session"));
            if (now >= ctx.deadline) cut_off(Error(ErrorCode::kDeadlineExceeded, "database session"));
            if ((wanted & MYSQL_WAIT_TIMEOUT) != 0 &&
                now - begun >= std::chrono::milliseconds(mysql_get_timeout_value_ms(&mysql))) {
                return MYSQL_WAIT_TIMEOUT;
            }
        }
    }

    void cut_off(const Error& why) {
        if (cut) return;
        cut = why;
        ::shutdown(mysql_get_socket(&mysql), SHUT_RDWR);
    }

    Status send(const CallContext& ctx, const std::string& sql) {
        if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "database session");
        if (cut) return Error(ErrorCode::kUnavailable, "database session: it was ended before");
        int failed = 0;
        for (int wanted = mysql_real_query_start(&failed, &mysql, sql.data(), sql.size()); wanted != 0;) {
            wanted = mysql_real_query_cont(&failed, &mysql, wait(ctx, wanted));
        }
        if (failed != 0) return failure("database server");
        return {};
    }

    Status take_rows(const CallContext& ctx, const std::function<void(MariadbRow)>& visit) {
        MYSQL_RES* raw = mysql_use_result(&mysql);
        if (raw == nullptr) {
            if (mysql_field_count(&mysql) != 0) return failure("database server");
            return {};
        }
        const std::unique_ptr<MYSQL_RES, void (*)(MYSQL_RES*)> result(raw, mysql_free_result);
        for (;;) {
            MYSQL_ROW row = nullptr;
            for (int wanted = mysql_fetch_row_start(&row, result.get()); wanted != 0;) {
                wanted = mysql_fetch_row_cont(&row, result.get(), wait(ctx, wanted));
            }
            if (row == nullptr) break;
            const unsigned long* lengths = mysql_fetch_lengths(result.get());
            MariadbRow values(mysql_num_fields(result.get()));
            for (std::size_t i = 0; i < values.size(); ++i) {
                if (row[i] != nullptr) values[i].emplace(row[i], lengths[i]);
            }
            visit(std::move(values));
        }
        if (mysql_errno(&mysql) != 0 || cut) return failure("database server");
        return {};
    }

    MYSQL mysql{};
    std::optional<Error> cut;  ///< Why we ended the connection ourselves.
};

MariadbSession::MariadbSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MariadbSession::MariadbSession(MariadbSession&&) noexcept = default;
MariadbSession& MariadbSession::operator=(MariadbSession&&) noexcept = default;
MariadbSession::~MariadbSession() = default;

Result<MariadbSession> MariadbSession::connect(const CallContext& ctx, const MariadbOptions& options) {
    COFRE_TRY(start_library());
    if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "connect to the database server");
    auto impl = std::make_unique<Impl>();
    MYSQL* handle = &impl->mysql;
    const auto seconds = static_cast<unsigned>(options.connect_timeout.count());
    mysql_optionsv(handle, MYSQL_OPT_NONBLOCK, 0);
    mysql_optionsv(handle, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    mysql_optionsv(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    const unsigned local_infile = 0;  // Or a hostile server could ask for our files.
    mysql_optionsv(handle, MYSQL_OPT_LOCAL_INFILE, &local_infile);
    const auto text_or_null = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
    if (options.tls) {
        const my_bool yes = 1;
        const my_bool verify = options.verify_tls ? 1 : 0;
        mysql_ssl_set(handle, text_or_null(options.tls_key), text_or_null(options.tls_cert),
                      text_or_null(options.tls_ca), nullptr, nullptr);
        mysql_optionsv(handle, MYSQL_OPT_SSL_ENFORCE, &yes);
        mysql_optionsv(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    }
    const std::string password(options.password.reveal());
    const char* host = options.socket.empty() ? text_or_null(options.host) : "localhost";
    MYSQL* connected = nullptr;
    for (int wanted = mysql_real_connect_start(&connected, handle, host, text_or_null(options.user), password.c_str(),
                                               text_or_null(options.database), static_cast<unsigned>(options.port),
                                               text_or_null(options.socket), 0);
         wanted != 0;) {
        wanted = mysql_real_connect_cont(&connected, handle, impl->wait(ctx, wanted));
    }
    if (connected == nullptr) return impl->failure("connect to the database server");
    return MariadbSession(std::move(impl));
}

Status MariadbSession::execute(const CallContext& ctx, const std::string& sql) {
    COFRE_TRY(impl_->send(ctx, sql));
    return impl_->take_rows(ctx, [](const MariadbRow&) {});
}

Result<std::vector<MariadbRow>> MariadbSession::query(const CallContext& ctx, const std::string& sql) {
    COFRE_TRY(impl_->send(ctx, sql));
    std::vector<MariadbRow> rows;
    COFRE_TRY(impl_->take_rows(ctx, [&](MariadbRow row) { rows.push_back(std::move(row)); }));
    return rows;
}

Result<std::optional<std::string>> MariadbSession::query_value(const CallContext& ctx, const std::string& sql) {
    COFRE_ASSIGN(auto rows, query(ctx, sql));
    if (rows.size() != 1 || rows.front().empty()) {
        return Error(ErrorCode::kInternal, "database server: " + std::to_string(rows.size()) + " rows instead of one");
    }
    return rows.front().front();
}

std::string MariadbSession::server_version() const {
    const char* version = mysql_get_server_info(&impl_->mysql);
    return version == nullptr ? std::string() : std::string(version);
}

bool MariadbSession::is_mariadb() const {
    return server_version().find("MariaDB") != std::string::npos;
}

std::string quote_mariadb_name(std::string_view name) {
    std::string quoted = "`";
    for (const char c : name) {
        if (c == '`') quoted += '`';
        quoted += c;
    }
    return quoted + '`';
}

std::string quote_mariadb_text(std::string_view text) {
    if (text.empty()) return "''";
    return "_utf8mb4 x'" + hex_encode(as_bytes(text)) + "'";
}

}  // namespace cofre::db
