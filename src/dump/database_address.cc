#include "dump/database_address.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "base/encoding.h"
#include "base/number.h"
#include "base/utf8.h"

namespace cofre::dump {
namespace {

struct SchemeRow {
    std::string_view scheme;
    Engine engine;
    std::string_view option = {};  ///< Set to "true" by this scheme.
};

constexpr std::array kSchemes = {
    SchemeRow{"postgres", Engine::kPostgres},   SchemeRow{"postgresql", Engine::kPostgres},
    SchemeRow{"mysql", Engine::kMysql},         SchemeRow{"mariadb", Engine::kMariadb},
    SchemeRow{"mssql", Engine::kMssql},         SchemeRow{"sqlserver", Engine::kMssql},
    SchemeRow{"mongodb", Engine::kMongodb},     SchemeRow{"mongodb+srv", Engine::kMongodb, "srv"},
    SchemeRow{"mongo", Engine::kMongodb},       SchemeRow{"redis", Engine::kRedis},
    SchemeRow{"rediss", Engine::kRedis, "tls"}, SchemeRow{"sqlite", Engine::kSqlite},
};

constexpr std::string_view kPostgresOptions[] = {"application_name", "channel_binding",
                                                 "connect_timeout",  "gssencmode",
                                                 "hostaddr",         "keepalives",
                                                 "keepalives_count", "keepalives_idle",
                                                 "krbsrvname",       "keepalives_interval",
                                                 "passfile",         "requirepeer",
                                                 "sslcert",          "sslcrl",
                                                 "sslcrldir",        "sslkey",
                                                 "sslmode",          "sslrootcert",
                                                 "sslsni",           "ssl_min_protocol_version",
                                                 "tcp_user_timeout", "target_session_attrs"};
constexpr std::string_view kMysqlOptions[] = {
    "socket", "ssl-mode", "ssl-ca", "ssl-cert", "ssl-key", "ssl-verify-server-cert", "connect-timeout", "lock"};
constexpr std::string_view kMssqlOptions[] = {"encrypt", "trustServerCertificate", "applicationIntent", "instance",
                                              "connect-timeout"};
constexpr std::string_view kMongodbOptions[] = {"authSource",
                                                "authMechanism",
                                                "replicaSet",
                                                "tls",
                                                "ssl",
                                                "srv",
                                                "tlsCAFile",
                                                "tlsInsecure",
                                                "readPreference",
                                                "directConnection",
                                                "retryWrites",
                                                "w",
                                                "connectTimeoutMS",
                                                "appName"};
constexpr std::string_view kRedisOptions[] = {"tls", "cacert", "cert", "key", "sni", "insecure"};

std::span<const std::string_view> accepted_options(Engine engine) {
    switch (engine) {
        case Engine::kPostgres: return kPostgresOptions;
        case Engine::kMysql:
        case Engine::kMariadb: return kMysqlOptions;
        case Engine::kMssql: return kMssqlOptions;
        case Engine::kMongodb: return kMongodbOptions;
        case Engine::kRedis: return kRedisOptions;
        case Engine::kSqlite:
        case Engine::kCommand: return {};
    }
    return {};
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

const SchemeRow* scheme_of(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return nullptr;
    const auto scheme = lower_case(text.substr(0, colon));
    const auto* const row =
        std::find_if(kSchemes.begin(), kSchemes.end(), [&](const SchemeRow& one) { return one.scheme == scheme; });
    if (row == kSchemes.end()) return nullptr;
    const bool has_slashes = text.substr(colon + 1).starts_with("//");
    return has_slashes || row->engine == Engine::kSqlite ? row : nullptr;
}

/// What is wrong, and never with what: a part that was cut at the wrong place
/// may be a piece of the password.
Error bad_url(std::string_view why) {
    return Error(ErrorCode::kInvalidArgument, "database URL: " + std::string(why))
        .with_hint("write ENGINE://USER:PASSWORD@HOST:PORT/DATABASE, with %XX for bytes such as @ : / ? # % in a part");
}

Result<std::string> decoded(std::string_view text, std::string_view part) {
    auto value = percent_decode(text);
    if (!value) return bad_url("a '%' in the " + std::string(part) + " is not followed by two hexadecimal digits");
    if (value->find('\0') != std::string::npos) return bad_url("the " + std::string(part) + " holds a zero byte");
    return value;
}

Status set_port(std::string_view text, DatabaseAddress& address) {
    if (text.empty()) return {};
    const auto port = parse_number<int>(text);
    if (!port || *port < 1 || *port > 65535) return bad_url("the port is no number from 1 to 65535");
    address.port = *port;
    return {};
}

Status read_user_part(std::string_view text, DatabaseAddress& address) {
    const auto colon = text.find(':');
    COFRE_ASSIGN(address.user, decoded(text.substr(0, colon), "user"));
    if (colon == std::string_view::npos) return {};
    COFRE_ASSIGN(std::string password, decoded(text.substr(colon + 1), "password"));
    address.password = Secret(std::move(password));
    return {};
}

Status read_host_part(std::string_view text, DatabaseAddress& address) {
    if (address.engine == Engine::kMongodb && text.find(',') != std::string_view::npos) {
        COFRE_ASSIGN(address.host, decoded(text, "host"));  // Several, each with its port.
        return {};
    }
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return bad_url("an IPv6 address has no ']'");
        address.host = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
        if (!text.empty() && text.front() != ':') return bad_url("something other than a port follows the ']'");
        return set_port(text.substr(text.empty() ? 0 : 1), address);
    }
    const auto colon = text.find(':');
    COFRE_ASSIGN(address.host, decoded(text.substr(0, colon), "host"));
    if (colon == std::string_view::npos) return {};
    return set_port(text.substr(colon + 1), address);
}

/// True if the key is a part of the address and not an option.
Result<bool> read_address_key(const std::string& key, const std::string& value, DatabaseAddress& address) {
    if (key == "host" || (key == "socket" && address.engine == Engine::kRedis)) {
        address.host = value;
    } else if (key == "port") {
        COFRE_TRY(set_port(value, address));
    } else if (key == "user") {
        address.user = value;
    } else if (key == "password") {
        address.password = Secret(value);
    } else if (key == "dbname" || key == "database") {
        address.database = value;
    } else {
        return false;
    }
    return true;
}

Status read_query_part(std::string_view query, DatabaseAddress& address) {
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        COFRE_ASSIGN(const std::string key, decoded(pair.substr(0, equals), "query"));
        COFRE_ASSIGN(const std::string value,
                     decoded(equals == std::string_view::npos ? "" : pair.substr(equals + 1), "query"));
        COFRE_ASSIGN(const bool is_part, read_address_key(key, value, address));
        if (is_part) continue;
        const auto accepted = accepted_options(address.engine);
        if (std::find(accepted.begin(), accepted.end(), key) == accepted.end()) {
            return Error(ErrorCode::kInvalidArgument, "database URL: " + std::string(to_string(address.engine)) +
                                                          " has no option \"" + escape_for_display(key) + "\"")
                .with_hint("docs/databases.md lists the options of each engine");
        }
        address.options[key] = value;
    }
    return {};
}

Result<DatabaseAddress> parse_sqlite_url(std::string_view rest) {
    if (rest.starts_with("//")) {
        rest.remove_prefix(2);
        if (!rest.starts_with('/')) return bad_url("a file of SQLite is written sqlite:///folder/file or sqlite:file");
    }
    DatabaseAddress address;
    address.engine = Engine::kSqlite;
    COFRE_ASSIGN(address.database, decoded(rest, "path"));
    if (address.database.empty()) return bad_url("sqlite: names no file");
    return address;
}

}  // namespace

std::string_view to_string(Engine engine) {
    switch (engine) {
        case Engine::kPostgres: return "postgres";
        case Engine::kMysql: return "mysql";
        case Engine::kMariadb: return "mariadb";
        case Engine::kMssql: return "mssql";
        case Engine::kMongodb: return "mongodb";
        case Engine::kRedis: return "redis";
        case Engine::kSqlite: return "sqlite";
        case Engine::kCommand: return "command";
    }
    return "unknown";
}

Result<Engine> parse_engine(std::string_view text) {
    const auto name = lower_case(text);
    if (name == "command") return Engine::kCommand;
    for (const auto& row : kSchemes) {
        if (row.scheme == name && row.option.empty()) return row.engine;
    }
    return Error(ErrorCode::kInvalidArgument, "unknown database engine \"" + escape_for_display(text) + "\"")
        .with_hint("known are postgres, mysql, mariadb, mssql, mongodb, redis and sqlite");
}

std::string DatabaseAddress::display() const {
    if (engine == Engine::kCommand) return "command:" + percent_encode(database);
    if (engine == Engine::kSqlite) {
        return "sqlite:" + std::string(database.starts_with('/') ? "//" : "") +
               percent_encode(database, SlashRule::kKeep);
    }
    std::string text(to_string(engine));
    text += "://";
    if (!user.empty()) text += percent_encode(user) + "@";
    const bool is_several = engine == Engine::kMongodb && host.find(',') != std::string::npos;
    const bool is_ipv6 = !is_several && host.find(':') != std::string::npos;
    const bool is_socket = host.starts_with('/');
    if (is_ipv6) text += "[" + host + "]";
    if (!is_ipv6 && !is_socket) text += is_several ? host : percent_encode(host);
    if (port != 0) text += ":" + std::to_string(port);
    text += "/" + percent_encode(database);
    char separator = '?';
    const auto add = [&](std::string_view key, std::string_view value) {
        text += separator + percent_encode(key) + "=" + percent_encode(value, SlashRule::kKeep);
        separator = '&';
    };
    if (is_socket) add("host", host);
    for (const auto& [key, value] : options)
        add(key, value);
    return text;
}

bool is_database_url(std::string_view text) {
    return scheme_of(text) != nullptr;
}

Result<DatabaseAddress> parse_database_url(std::string_view url) {
    const auto* const row = scheme_of(url);
    if (row == nullptr) return bad_url("it begins with no engine's name");
    std::string_view rest = url.substr(url.find(':') + 1);
    if (row->engine == Engine::kSqlite) return parse_sqlite_url(rest);
    rest.remove_prefix(2);
    if (rest.find('#') != std::string_view::npos) return bad_url("there is a '#' in it");

    DatabaseAddress address;
    address.engine = row->engine;
    if (!row->option.empty()) address.options[std::string(row->option)] = "true";
    const auto authority_end = std::min(rest.find_first_of("/?"), rest.size());
    std::string_view authority = rest.substr(0, authority_end);
    rest.remove_prefix(authority_end);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        COFRE_TRY(read_user_part(authority.substr(0, at), address));
        authority.remove_prefix(at + 1);
    }
    COFRE_TRY(read_host_part(authority, address));
    const auto question = std::min(rest.find('?'), rest.size());
    if (question > 1) {
        COFRE_ASSIGN(address.database, decoded(rest.substr(1, question - 1), "database"));
    }
    if (question < rest.size()) COFRE_TRY(read_query_part(rest.substr(question + 1), address));
    return address;
}

}  // namespace cofre::dump
