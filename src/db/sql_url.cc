#include "db/sql_url.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <libpq-fe.h>

#include "base/encoding.h"

namespace cofre::db {
namespace {

constexpr std::string_view kSqliteScheme = "sqlite://";
constexpr const char* kUrlForms = "write sqlite:///absolute/path, or postgres://user@host/database";

Result<SqlUrl> parse_sqlite_url(std::string_view rest) {
    COFRE_ASSIGN(const auto path, percent_decode(rest));
    // SOCI's connection string quotes with this character and cannot escape it.
    const bool is_odd = path.find('"') != std::string::npos || path.find('\0') != std::string::npos;
    if (!path.starts_with('/') || path.ends_with('/') || is_odd) {
        return Error(ErrorCode::kInvalidArgument, "an SQLite URL needs the absolute path of a file")
            .with_hint(kUrlForms);
    }
    SqlUrl url;
    url.path = path;
    return url;
}

struct OptionsDeleter {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

Result<SqlUrl> parse_postgres_url(const std::string& text) {
    char* message = nullptr;
    const std::unique_ptr<PQconninfoOption, OptionsDeleter> options(PQconninfoParse(text.c_str(), &message));
    PQfreemem(message);  // Not shown: it may repeat the password.
    if (!options) {
        return Error(ErrorCode::kInvalidArgument, "the URL of a PostgreSQL database is not one that libpq can read")
            .with_hint("escape special characters of the password as %XX; " + std::string(kUrlForms));
    }
    SqlUrl url;
    url.engine = SqlEngine::kPostgres;
    for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
        const std::string_view keyword = option->keyword;
        if (option->val == nullptr) continue;
        if (keyword == "service" || keyword == "passfile" || keyword == "sslpassword") {
            return Error(ErrorCode::kUnsupported,
                         "\"" + std::string(keyword) + "\" is not supported in the URL of a database");
        }
        if (keyword == "password") {
            url.password = Secret(option->val);
        } else {
            url.parameters.emplace_back(keyword, option->val);
        }
    }
    return url;
}

std::string value_of(const PostgresParameters& parameters, std::string_view keyword) {
    const auto found =
        std::find_if(parameters.begin(), parameters.end(), [&](const auto& one) { return one.first == keyword; });
    return found == parameters.end() ? std::string() : found->second;
}

}  // namespace

std::string SqlUrl::display() const {
    if (engine == SqlEngine::kSqlite) return std::string(kSqliteScheme) + path.native();
    std::string text = "postgres://";
    if (const auto user = value_of(parameters, "user"); !user.empty()) text += user + "@";
    const auto host = value_of(parameters, "host");
    text += host.starts_with('/') ? percent_encode(host) : host;
    if (const auto port = value_of(parameters, "port"); !port.empty()) text += ":" + port;
    return text + "/" + value_of(parameters, "dbname");
}

Result<SqlUrl> parse_sql_url(std::string_view url) {
    if (url.find('\0') != std::string_view::npos) {
        return Error(ErrorCode::kInvalidArgument, "the URL of a database holds a NUL");
    }
    if (url.starts_with(kSqliteScheme)) return parse_sqlite_url(url.substr(kSqliteScheme.size()));
    if (url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        return parse_postgres_url(std::string(url));
    }
    return Error(ErrorCode::kInvalidArgument, "this is no URL of SQLite or PostgreSQL").with_hint(kUrlForms);
}

}  // namespace cofre::db
