#pragma once

/// @file
/// What each engine supplies. Private to dump: the rest of the program calls the
/// functions of dump.h, dump_restore.h and scratch_server.h, which choose a driver.

#include <memory>
#include <string>

#include "base/call_context.h"
#include "base/result.h"
#include "dump/dump.h"
#include "dump/dump_restore.h"
#include "dump/scratch_server.h"

namespace cofre::dump {

/// The contracts are those of the public functions of the same names. Stateless,
/// thread-safe.
class EngineDriver {
public:
    EngineDriver() = default;
    EngineDriver(const EngineDriver&) = delete;
    EngineDriver& operator=(const EngineDriver&) = delete;
    virtual ~EngineDriver() = default;

    virtual Result<std::unique_ptr<Dump>> begin_dump(const CallContext& ctx, const DumpRequest& request) const = 0;
    virtual Result<RestoreOutcome> restore(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                                           const RestoreRequest& request, RestoreProgress& progress) const = 0;
    virtual Status parse(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                         RestoreProgress& progress) const = 0;
    virtual Result<FactComparison> compare_facts(const CallContext& ctx, const DumpRecord& record,
                                                 const RestoreRequest& restored) const = 0;
    virtual Result<bool> check_assertion(const CallContext& ctx, const DatabaseAddress& address,
                                         const std::string& sql) const = 0;
    /// kUnsupported unless overridden, as the next.
    virtual Status drop_database(const CallContext& ctx, const DatabaseAddress& address) const;
    virtual Status query_texts(const CallContext& ctx, const DatabaseAddress& address, const std::string& sql,
                               const TextVisitor& visit) const;
    virtual Result<std::unique_ptr<ScratchServer>> start_scratch(const CallContext& ctx,
                                                                 const ScratchOptions& options) const = 0;
};

const EngineDriver& postgres_driver();
const EngineDriver& mysql_driver();    ///< MySQL.
const EngineDriver& mariadb_driver();  ///< MariaDB.
const EngineDriver& mssql_driver();
const EngineDriver& mongodb_driver();
const EngineDriver& redis_driver();
const EngineDriver& sqlite_driver();
const EngineDriver& command_driver();  ///< Engine::kCommand.

}  // namespace cofre::dump
