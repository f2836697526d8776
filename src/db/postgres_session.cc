#include "db/postgres_session.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"
#include "db/postgres_environment.h"
#include "db/postgres_error.h"
#include "db/socket_wait.h"

namespace cofre::db {
namespace {

constexpr int kDefaultConnectSeconds = 30;

struct ResultDeleter {
    void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ResultDeleter>;

std::chrono::seconds connect_limit(const PostgresParameters& parameters) {
    for (const auto& [keyword, value] : parameters) {
        const auto seconds = parse_number<int>(value);
        if (keyword == "connect_timeout" && seconds && *seconds > 0) return std::chrono::seconds(*seconds);
    }
    return std::chrono::seconds(kDefaultConnectSeconds);
}

std::string field(const PGresult* result, int code) {
    const char* const text = PQresultErrorField(result, code);
    return text == nullptr ? std::string() : text;
}

PostgresRows rows_of(const PGresult* result) {
    std::vector<PostgresRows::Row> rows(static_cast<std::size_t>(PQntuples(result)));
    for (int row = 0; row < PQntuples(result); ++row) {
        auto& columns = rows[static_cast<std::size_t>(row)];
        for (int column = 0; column < PQnfields(result); ++column) {
            if (PQgetisnull(result, row, column) != 0) {
                columns.emplace_back(std::nullopt);
            } else {
                columns.emplace_back(std::string(PQgetvalue(result, row, column),
                                                 static_cast<std::size_t>(PQgetlength(result, row, column))));
            }
        }
    }
    return PostgresRows(std::move(rows));
}

bool has_failed(const PGresult* result) {
    const auto status = PQresultStatus(result);
    return status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY;
}

}  // namespace

std::uint64_t PostgresRows::number(std::size_t row, std::size_t column) const {
    return parse_number<std::uint64_t>(text(row, column)).value_or(0);
}

std::string system_user_name() {
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
        return found->pw_name;
    }
    return std::to_string(::geteuid());
}

struct PostgresSession::Impl {
    struct Closer {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    std::unique_ptr<PGconn, Closer> connection;

    Status connect(const CallContext& ctx);
    Status send(const CallContext& ctx, const std::string& sql, const std::vector<std::string>& parameters);
    Result<ResultPtr> next_result(const CallContext& ctx);
    void cancel();
    Error failure(const PGresult* result) const;
};

Status PostgresSession::Impl::connect(const CallContext& ctx) {
    // The first poll is as after PGRES_POLLING_WRITING: libpq's documentation says so.
    auto state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        if (state == PGRES_POLLING_FAILED) {
            return connection_error(PQerrorMessage(connection.get()), PQconnectionNeedsPassword(connection.get()) != 0);
        }
        const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        COFRE_TRY(wait_for_socket(ctx, PQsocket(connection.get()), events));
        state = PQconnectPoll(connection.get());
    }
    PQsetErrorVerbosity(connection.get(), PQERRORS_DEFAULT);
    if (PQsetnonblocking(connection.get(), 1) != 0) return failure(nullptr);
    return {};
}

/// Tells the server that nobody waits any more. libpq gives it a connection of its own.
void PostgresSession::Impl::cancel() {
    PGcancel* const handle = PQgetCancel(connection.get());
    if (handle == nullptr) return;
    std::array<char, 256> message{};
    PQcancel(handle, message.data(), static_cast<int>(message.size()));
    PQfreeCancel(handle);
}

Error PostgresSession::Impl::failure(const PGresult* result) const {
    if (result == nullptr) return postgres_error("", PQerrorMessage(connection.get()));
    const auto state = field(result, PG_DIAG_SQLSTATE);
    std::string message = field(result, PG_DIAG_MESSAGE_PRIMARY);
    if (message.empty()) message = PQresultErrorMessage(result);
    const auto detail = field(result, PG_DIAG_MESSAGE_DETAIL);
    if (!detail.empty()) message += ": " + detail;
    return postgres_error(state, message);
}

Status PostgresSession::Impl::send(const CallContext& ctx, const std::string& sql,
                                   const std::vector<std::string>& parameters) {
    std::vector<const char*> values;
    values.reserve(parameters.size());
    for (const auto& parameter : parameters)
        values.push_back(parameter.c_str());
    if (PQsendQueryParams(connection.get(), sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                          nullptr, nullptr, 0) == 0) {
        return failure(nullptr);
    }
    for (;;) {
        const int left = PQflush(connection.get());
        if (left == 0) return {};
        if (left < 0) return failure(nullptr);
        COFRE_TRY(wait_for_socket(ctx, PQsocket(connection.get()), POLLIN | POLLOUT));
        if (PQconsumeInput(connection.get()) == 0) return failure(nullptr);
    }
}

/// Null when the statement is over.
Result<ResultPtr> PostgresSession::Impl::next_result(const CallContext& ctx) {
    while (PQisBusy(connection.get()) != 0) {
        COFRE_TRY(wait_for_socket(ctx, PQsocket(connection.get()), POLLIN));
        if (PQconsumeInput(connection.get()) == 0) return failure(nullptr);
    }
    return ResultPtr(PQgetResult(connection.get()));
}

PostgresSession::PostgresSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

PostgresSession::~PostgresSession() = default;

Result<std::unique_ptr<PostgresSession>> PostgresSession::open(const CallContext& ctx, const PostgresTarget& target) {
    PostgresParameters parameters = target.parameters;
    parameters.emplace_back("client_encoding", "UTF8");
    if (!is_given(parameters, "user")) parameters.emplace_back("user", system_user_name());
    if (!is_given(parameters, "application_name")) parameters.emplace_back("application_name", "cofre");
    pin_environment(parameters);
    const std::string conninfo = build_conninfo(parameters);
    const std::string password(target.password.reveal());

    // What follows "dbname" in the array wins over what is inside of it; an empty password counts as none.
    const std::array<const char*, 3> keywords = {"dbname", "password", nullptr};
    const std::array<const char*, 3> values = {conninfo.c_str(), password.c_str(), nullptr};
    auto impl = std::make_unique<Impl>();
    impl->connection.reset(PQconnectStartParams(keywords.data(), values.data(), /*expand_dbname=*/1));
    if (!impl->connection) return Error(ErrorCode::kResourceExhausted, "connect to PostgreSQL: out of memory");
    if (PQstatus(impl->connection.get()) == CONNECTION_BAD) {
        return connection_error(PQerrorMessage(impl->connection.get()), false).context("connect to PostgreSQL");
    }
    PQsetErrorVerbosity(impl->connection.get(), PQERRORS_VERBOSE);  // With the SQLSTATE: it has no language.
    PQsetNoticeProcessor(
        impl->connection.get(), [](void*, const char*) {}, nullptr);

    const auto limit = system_clock().now() + connect_limit(target.parameters);
    const CallContext connect_ctx{ctx.stop, std::min(ctx.deadline, limit)};
    if (Status connected = impl->connect(connect_ctx); !connected) {
        const bool is_limit = connected.error().code() == ErrorCode::kDeadlineExceeded && limit < ctx.deadline;
        if (is_limit) {
            return Error(ErrorCode::kUnavailable, "connect to PostgreSQL: no answer in time")
                .with_hint("check host, port and firewall; \"connect_timeout\" sets how long we wait");
        }
        return std::move(connected).error().context("connect to PostgreSQL");
    }
    std::unique_ptr<PostgresSession> session(new PostgresSession(std::move(impl)));
    // Its bytes are of no known encoding, and as UTF-8 the server would refuse some.
    const char* const encoding = PQparameterStatus(session->impl_->connection.get(), "server_encoding");
    if (encoding != nullptr && std::string_view(encoding) == "SQL_ASCII") {
        COFRE_TRY(session->query(ctx, "SET client_encoding TO 'SQL_ASCII'"));
    }
    return session;
}

Result<PostgresRows> PostgresSession::query(const CallContext& ctx, const std::string& sql,
                                            const std::vector<std::string>& parameters) {
    const auto stopped = [this](Error error) {
        const bool is_ours = error.code() == ErrorCode::kCancelled || error.code() == ErrorCode::kDeadlineExceeded;
        if (is_ours) impl_->cancel();
        return error;
    };
    if (Status sent = impl_->send(ctx, sql, parameters); !sent) return stopped(std::move(sent).error());
    PostgresRows rows;
    std::optional<Error> first_error;
    for (;;) {
        auto result = impl_->next_result(ctx);
        if (!result) return stopped(std::move(result).error());
        if (!*result) break;
        if (has_failed(result->get())) {
            if (!first_error) first_error = impl_->failure(result->get());
            // COPY would wait for us for ever.
            if (PQstatus(impl_->connection.get()) == CONNECTION_BAD) break;
            const auto status = PQresultStatus(result->get());
            if (status != PGRES_FATAL_ERROR && status != PGRES_NONFATAL_ERROR) {
                return Error(ErrorCode::kInvalidArgument, "this statement is none that gives rows");
            }
        } else {
            rows = rows_of(result->get());
        }
    }
    if (first_error) return *std::move(first_error);
    return rows;
}

int PostgresSession::version_number() const {
    return PQserverVersion(impl_->connection.get());
}

std::string PostgresSession::version() const {
    const int number = version_number();
    if (number >= 100000) return std::to_string(number / 10000) + "." + std::to_string(number % 10000);
    return std::to_string(number / 10000) + "." + std::to_string(number / 100 % 100) + "." +
           std::to_string(number % 100);
}

}  // namespace cofre::db
