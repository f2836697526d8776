#include "dump/postgres_connection.h"

#include <string_view>
#include <utility>

#include <unistd.h>

namespace cofre::dump {

db::PostgresTarget postgres_target(const DatabaseAddress& address, const std::string& database) {
    db::PostgresTarget target;
    auto& parameters = target.parameters;
    if (!address.host.empty()) parameters.emplace_back("host", address.host);
    if (address.port != 0) parameters.emplace_back("port", std::to_string(address.port));
    parameters.emplace_back("user", address.user.empty() ? db::system_user_name() : address.user);
    parameters.emplace_back("dbname", database);
    for (const auto& [keyword, value] : address.options)
        parameters.emplace_back(keyword, value);
    // The session that keeps a snapshot says nothing for hours; firewalls forget such connections.
    if (!address.options.contains("keepalives_idle")) parameters.emplace_back("keepalives_idle", "60");
    target.password = address.password;
    return target;
}

std::string postgres_conninfo(const DatabaseAddress& address, const std::string& database) {
    auto target = postgres_target(address, database);
    if (!address.options.contains("connect_timeout")) target.parameters.emplace_back("connect_timeout", "30");
    return db::build_conninfo(target.parameters);
}

std::map<std::string, std::optional<std::string>> postgres_environment(const DatabaseAddress& address) {
    std::map<std::string, std::optional<std::string>> environment;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        if (text.starts_with("PG")) environment[std::string(text.substr(0, text.find('=')))] = std::nullopt;
    }
    environment["LC_ALL"] = "C";
    environment["LANGUAGE"] = std::nullopt;
    if (!address.password.empty()) environment["PGPASSWORD"] = std::string(address.password.reveal());
    return environment;
}

Result<std::unique_ptr<db::PostgresSession>> open_postgres(const CallContext& ctx, const DatabaseAddress& address,
                                                           const std::string& database) {
    COFRE_ASSIGN(auto session, db::PostgresSession::open(ctx, postgres_target(address, database)));
    const int version = session->version_number();
    // No schema that others may write to stands before the system's own functions.
    std::string settings =
        "SELECT pg_catalog.set_config('search_path', '', false), "
        "pg_catalog.set_config('statement_timeout', '0', false)";
    const auto add = [&](const std::string& name) {
        settings += ", pg_catalog.set_config('" + name + "', '0', false)";
    };
    if (version >= 90300) add("lock_timeout");
    if (version >= 90600) add("idle_in_transaction_session_timeout");
    if (version >= 140000) add("idle_session_timeout");
    if (version >= 170000) add("transaction_timeout");
    COFRE_TRY(session->query(ctx, settings));
    return session;
}

Result<std::unique_ptr<db::PostgresSession>> open_maintenance(const CallContext& ctx, const DatabaseAddress& address,
                                                              const std::string& avoid) {
    if (avoid != "postgres") {
        auto session = open_postgres(ctx, address, "postgres");
        if (session || session.error().code() != ErrorCode::kNotFound) return session;
    }
    return open_postgres(ctx, address, "template1");
}

}  // namespace cofre::dump
