#include "db/sql_connection.h"

#include <exception>
#include <string>
#include <utility>

#include <fcntl.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "db/postgres_environment.h"
#include "db/postgres_session.h"
#include "db/sql_error.h"

namespace cofre::db {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kOthersMask = 077;

/// Both engines end up with text that any of them, and JSON, can hold.
std::string storable_text(const std::string& bytes) {
    if (is_utf8(bytes) && bytes.find('\0') == std::string::npos) return bytes;
    std::string out;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto point = decode_utf8(bytes, at);
        append_utf8(out, point && point->value != 0 ? point->value : U'\uFFFD');
        at += point ? point->bytes : 1;
    }
    return out;
}

std::string parameter_name(std::size_t number) {
    return "v" + std::to_string(number);
}

/// "$2" becomes ":v2": SOCI's names mean the same in both engines wherever and
/// however often they stand, and it cannot report an error of an unnamed one.
std::string with_names(std::string_view sql) {
    std::string out;
    for (std::size_t i = 0; i < sql.size(); ++i) {
        const bool is_parameter = sql[i] == '$' && i + 1 < sql.size() && sql[i + 1] >= '0' && sql[i + 1] <= '9';
        out += is_parameter ? ":v" : std::string(1, sql[i]);
    }
    return out;
}

/// Messages of libraries are not to hold what we gave them in confidence.
Error without_password(const Error& error, const Secret& password) {
    std::string text = error.message();
    if (!password.empty()) {
        for (auto at = text.find(password.reveal()); at != std::string::npos; at = text.find(password.reveal(), at))
            text.replace(at, password.reveal().size(), "***");
    }
    Error clean(error.code(), redact(text));
    return error.hint().empty() ? clean : std::move(clean).with_hint(error.hint());
}

/// Called in a catch block: which exception of SOCI it is decides.
Error error_of_exception() {
    try {
        throw;
    } catch (const soci::sqlite3_soci_error& e) {
        return sqlite_error(e.result(), e.get_error_message());
    } catch (const soci::postgresql_soci_error& e) {
        std::string state = e.sqlstate();
        state.erase(state.find_last_not_of(' ') + 1);
        return sql_postgres_error(state, e.get_error_message());
    } catch (const soci::soci_error& e) {
        return Error(ErrorCode::kInternal, escape_controls(e.get_error_message()));
    } catch (const std::exception& e) {
        return Error(ErrorCode::kInternal, std::string("SOCI: ") + e.what());
    }
}

/// Storage of one column's value while rows are fetched into it.
struct ColumnBuffer {
    std::string text;
    soci::indicator indicator = soci::i_null;
};

/// A statement with everything that is bound to it, which must not move.
class BoundStatement {
public:
    BoundStatement(soci::session& session, std::string_view sql, std::size_t columns, const SqlValues& values)
        : values_(values), columns_(columns), statement_(session) {
        for (std::size_t i = 0; i < values_.size(); ++i)
            bind_value(values_[i], parameter_name(i + 1));
        for (auto& column : columns_)
            statement_.exchange(soci::into(column.text, column.indicator));
        statement_.alloc();
        statement_.prepare(with_names(sql), soci::details::st_one_time_query);
        statement_.define_and_bind();
    }

    bool execute() { return statement_.execute(true); }
    bool fetch() { return statement_.fetch(); }
    long long affected() { return statement_.get_affected_rows(); }

    SqlRows::Row row() const {
        SqlRows::Row row;
        row.reserve(columns_.size());
        for (const auto& column : columns_)
            row.emplace_back(column.indicator == soci::i_null ? std::nullopt : std::optional(column.text));
        return row;
    }

private:
    void bind_value(SqlValue& value, const std::string& name) {
        if (auto* const number = std::get_if<std::int64_t>(&value)) {
            static_assert(sizeof(long long) == sizeof(std::int64_t));
            numbers_.push_back(std::make_unique<long long>(*number));
            statement_.exchange(soci::use(*numbers_.back(), name));
        } else if (auto* const real = std::get_if<double>(&value)) {
            statement_.exchange(soci::use(*real, name));
        } else if (auto* const text = std::get_if<std::string>(&value)) {
            *text = storable_text(*text);
            statement_.exchange(soci::use(*text, name));
        } else {
            statement_.exchange(soci::use(nothing_, null_, name));
        }
    }

    // What SOCI refers to is destroyed after the statement.
    std::string nothing_;
    soci::indicator null_ = soci::i_null;
    std::vector<std::unique_ptr<long long>> numbers_;
    SqlValues values_;
    std::vector<ColumnBuffer> columns_;
    soci::statement statement_;
};

std::string postgres_connect_string(const SqlUrl& url) {
    PostgresParameters parameters = url.parameters;
    const auto add = [&](const char* keyword, const std::string& value) {
        if (!is_given(parameters, keyword)) parameters.emplace_back(keyword, value);
    };
    add("user", system_user_name());
    add("application_name", "cofre");
    add("connect_timeout", "10");
    // A server that vanished is noticed in half a minute, not in two hours.
    add("keepalives_idle", "10");
    add("keepalives_interval", "5");
    add("keepalives_count", "4");
    add("tcp_user_timeout", "30000");
    parameters.emplace_back("client_encoding", "UTF8");
    pin_environment(parameters);
    if (!url.password.empty()) parameters.emplace_back("password", std::string(url.password.reveal()));
    return build_conninfo(parameters);
}

/// libpq would print them on stderr.
void silence_notices(soci::session& session) {
    auto* const backend = static_cast<soci::postgresql_session_backend*>(session.get_backend());
    ::PQsetNoticeProcessor(
        backend->conn_, [](void*, const char*) {}, nullptr);
}

/// Why it could not be connected to, said by the session that maps such errors.
Error diagnose_connection(const CallContext& ctx, const SqlUrl& url) {
    const auto session = PostgresSession::open(ctx, {url.parameters, url.password});
    if (!session) return session.error();
    return Error(ErrorCode::kUnavailable, "connect to PostgreSQL: it did not work at once");
}

}  // namespace

Status prepare_sqlite_file(const SqlUrl& url, bool create) {
    const std::string what = "open " + url.path.native();
    struct stat facts {};
    if (::stat(url.path.c_str(), &facts) == 0) {
        if (!S_ISREG(facts.st_mode)) return Error(ErrorCode::kInvalidArgument, what + ": it is no file");
        // Never by opening: to close it would drop the locks that SQLite holds in this process.
        if (facts.st_uid == ::geteuid() && (facts.st_mode & kOthersMask) != 0 &&
            ::chmod(url.path.c_str(), facts.st_mode & ~kOthersMask & 07777U) != 0) {
            return Error::from_errno(errno, "take away the rights of others to " + url.path.native());
        }
        return {};
    }
    if (errno != ENOENT || !create) return Error::from_errno(errno, what);
    const auto folder = url.path.parent_path();
    std::error_code error;
    if (std::filesystem::create_directories(folder, error)) {
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    }
    if (error) return Error::from_errno(error.value(), "make the folder " + folder.native());
    const UniqueFd made(::open(url.path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode));
    if (!made && errno != EEXIST) return Error::from_errno(errno, what);
    return {};
}

struct SqlConnection::Impl {
    soci::session session;
    const CallContext* ctx = nullptr;  ///< Of the transaction; nullptr: there is none.
    bool useless = false;

    Status check_context() const {
        if (ctx == nullptr) return {};
        if (ctx->stop.stop_requested()) return Error(ErrorCode::kCancelled, "the transaction was stopped");
        if (system_clock().now() >= ctx->deadline) {
            return Error(ErrorCode::kDeadlineExceeded, "the transaction took too long");
        }
        return {};
    }
};

SqlConnection::SqlConnection(const SqlUrl& url, std::unique_ptr<Impl> impl) : url_(url), impl_(std::move(impl)) {}

SqlConnection::~SqlConnection() = default;

Result<std::unique_ptr<SqlConnection>> SqlConnection::open(const CallContext& ctx, const SqlUrl& url) {
    auto impl = std::make_unique<Impl>();
    const std::string what = "open " + url.display();
    try {
        if (url.engine == SqlEngine::kSqlite) {
            impl->session.open(soci::sqlite3, "db=\"" + url.path.native() + "\" timeout=10 nocreate=true");
        } else {
            impl->session.open(soci::postgresql, postgres_connect_string(url));
        }
    } catch (const std::exception&) {
        Error error = error_of_exception();
        if (url.engine == SqlEngine::kPostgres) error = diagnose_connection(ctx, url);
        return without_password(error, url.password).context(what);
    }
    if (url.engine == SqlEngine::kPostgres) silence_notices(impl->session);
    std::unique_ptr<SqlConnection> connection(new SqlConnection(url, std::move(impl)));
    if (Status done = connection->set_up(); !done) return std::move(done).error().context(what);
    return connection;
}

Status SqlConnection::set_up() {
    if (engine() == SqlEngine::kPostgres) {
        for (const char* const setting : {"SET statement_timeout = 60000", "SET lock_timeout = 20000",
                                          "SET idle_in_transaction_session_timeout = 120000"})
            COFRE_TRY(execute(setting));
        return {};
    }
    for (const char* const pragma : {"PRAGMA busy_timeout = 10000", "PRAGMA synchronous = FULL",
                                     "PRAGMA foreign_keys = ON", "PRAGMA journal_size_limit = 67108864"})
        COFRE_TRY(query(pragma, 1));
    COFRE_ASSIGN(const auto mode, query("PRAGMA journal_mode", 1));
    if (!mode.empty() && mode.text(0, 0) == "wal") return {};
    COFRE_ASSIGN(const auto changed, query("PRAGMA journal_mode = WAL", 1));
    if (!changed.empty() && changed.text(0, 0) == "wal") return {};
    return Error(ErrorCode::kUnsupported, "the file system does not support SQLite's write-ahead log")
        .with_hint("put the file on a local disk, or use PostgreSQL");
}

Status SqlConnection::begin(const CallContext& ctx, SqlAccess access) {
    impl_->ctx = &ctx;
    const bool writes = access == SqlAccess::kWrite;
    const char* const sqlite = writes ? "BEGIN IMMEDIATE" : "BEGIN";
    const char* const postgres = writes ? "BEGIN" : "BEGIN READ ONLY";
    auto begun = execute(engine() == SqlEngine::kSqlite ? sqlite : postgres);
    if (begun) return {};
    impl_->ctx = nullptr;
    return std::move(begun).error();
}

Status SqlConnection::commit() {
    COFRE_TRY(execute("COMMIT"));
    impl_->ctx = nullptr;
    return {};
}

void SqlConnection::rollback() {
    if (impl_->ctx == nullptr) return;
    impl_->ctx = nullptr;  // A stop must not keep it from being rolled back.
    if (!impl_->useless && !execute("ROLLBACK")) impl_->useless = true;
}

bool SqlConnection::is_useless() const {
    return impl_->useless;
}

Result<SqlRows> SqlConnection::query(std::string_view sql, std::size_t columns, const SqlValues& values) {
    COFRE_TRY(impl_->check_context());
    try {
        BoundStatement statement(impl_->session, sql, columns, values);
        std::vector<SqlRows::Row> rows;
        for (bool got = statement.execute(); got; got = statement.fetch())
            rows.push_back(statement.row());
        return SqlRows(std::move(rows));
    } catch (const std::exception&) {
        Error error = without_password(error_of_exception(), url_.password);
        if (engine() == SqlEngine::kPostgres && !impl_->session.is_connected()) impl_->useless = true;
        return error;
    }
}

Result<std::uint64_t> SqlConnection::execute(std::string_view sql, const SqlValues& values) {
    COFRE_TRY(impl_->check_context());
    try {
        BoundStatement statement(impl_->session, sql, 0, values);
        statement.execute();
        return static_cast<std::uint64_t>(std::max(0LL, statement.affected()));
    } catch (const std::exception&) {
        Error error = without_password(error_of_exception(), url_.password);
        if (engine() == SqlEngine::kPostgres && !impl_->session.is_connected()) impl_->useless = true;
        return error;
    }
}

}  // namespace cofre::db
