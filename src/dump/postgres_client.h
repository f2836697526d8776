#pragma once

/// @file
/// Which pg_dump, psql or server program fits a server. Private to dump.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"

namespace cofre::dump {

struct PostgresVersion {
    int major = 0;  ///< 9 for all of 9.x.
    int minor = 0;
    std::string text;  ///< "15.18"
};

/// From "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)" or "15.18".
std::optional<PostgresVersion> parse_postgres_version(std::string_view text);

/// Whether psql of this version knows `\restrict` (August 2025: 13.22, 14.19,
/// 15.14, 16.10, 17.6 and all of 18). Source: CVE-2025-8714.
bool knows_restrict(const PostgresVersion& version);

struct PostgresClient {
    std::filesystem::path folder;  ///< Empty: by PATH.
    PostgresVersion version;
    bool is_newer = false;  ///< Than the server.

    std::string program(std::string_view name) const {
        return folder.empty() ? std::string(name) : (folder / name).string();
    }
};

struct ClientQuery {
    int server_major = 0;  ///< 0: any, the newest.
    std::string program = "pg_dump";
    std::string package = "postgresql-client";   ///< Named in errors, with "-15".
    std::optional<std::filesystem::path> tools;  ///< Only this folder.
    /// Folders of which each holds N/bin; then PATH.
    std::vector<std::filesystem::path> roots = {"/usr/lib/postgresql", "/usr/pgsql", "/opt/postgresql"};
};

/// The server's own major version if it is there, else the next newer; never an
/// older one, which pg_dump itself refuses. kNotFound: none at all; kUnsupported:
/// only older ones. Both name the package.
Result<PostgresClient> find_postgres_client(const CallContext& ctx, const ClientQuery& query);

}  // namespace cofre::dump
