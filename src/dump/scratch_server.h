#pragma once

/// @file
/// A throw-away database server, for proofs and for tests.

#include <filesystem>
#include <memory>
#include <string>

#include "base/call_context.h"
#include "base/result.h"
#include "dump/database_address.h"

namespace cofre::dump {

struct ScratchOptions {
    std::filesystem::path parent;  ///< A folder of its own is made below; it takes the data.
    std::string
        server_version;  ///< Of the dump, e.g. "15.18": the same major version if it is installed, else the next newer.
};

/// Started from installed programs, without configuration of the machine's own,
/// reachable by a socket in its own folder only (kSqlite: a folder), without
/// durability. Runs as an unprivileged user: this one, or, as root, the engine's
/// own or "nobody". Destruction kills it and removes the folder.
class ScratchServer {
public:
    ScratchServer() = default;
    ScratchServer(const ScratchServer&) = delete;
    ScratchServer& operator=(const ScratchServer&) = delete;
    virtual ~ScratchServer() = default;

    /// As a superuser, with no database named.
    virtual const DatabaseAddress& address() const = 0;
    /// "PostgreSQL 15.18"
    virtual const std::string& version() const = 0;
};

/// kNotFound: no such server is installed, with the package's name; kUnsupported:
/// no throw-away server of this engine (only PostgreSQL, MariaDB, MySQL, SQLite).
Result<std::unique_ptr<ScratchServer>> start_scratch_server(const CallContext& ctx, Engine engine,
                                                            const ScratchOptions& options);

}  // namespace cofre::dump
