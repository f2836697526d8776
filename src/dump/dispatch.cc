// Which engine's driver answers the public functions.

#include <string>
#include <utility>

#include "dump/engine_driver.h"

namespace cofre::dump {
namespace {

const EngineDriver* driver_of(Engine engine) {
    switch (engine) {
        case Engine::kPostgres: return &postgres_driver();
        case Engine::kMysql: return &mysql_driver();
        case Engine::kMariadb: return &mariadb_driver();
        case Engine::kMssql: return &mssql_driver();
        case Engine::kMongodb: return &mongodb_driver();
        case Engine::kRedis: return &redis_driver();
        case Engine::kSqlite: return &sqlite_driver();
        case Engine::kCommand: return &command_driver();
    }
    return nullptr;
}

Result<const EngineDriver*> find_driver(Engine engine) {
    if (const auto* const driver = driver_of(engine)) return driver;
    return Error(ErrorCode::kUnsupported, "databases of " + std::string(to_string(engine)) + " are not supported");
}

}  // namespace

Result<std::unique_ptr<Dump>> begin_dump(const CallContext& ctx, const DumpRequest& request) {
    COFRE_ASSIGN(const auto* const driver, find_driver(request.address.engine));
    return driver->begin_dump(ctx, request);
}

Result<RestoreOutcome> restore_dump(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                                    const RestoreRequest& request, RestoreProgress& progress) {
    const auto is_mysql = [](Engine engine) { return engine == Engine::kMysql || engine == Engine::kMariadb; };
    const bool is_cousin = is_mysql(request.into.engine) && is_mysql(record.engine);
    if (request.into.engine != record.engine && !is_cousin) {
        return Error(ErrorCode::kInvalidArgument, "a dump of " + std::string(to_string(record.engine)) +
                                                      " cannot be restored into " +
                                                      std::string(to_string(request.into.engine)));
    }
    COFRE_ASSIGN(const auto* const driver, find_driver(record.engine));
    return driver->restore(ctx, record, files, request, progress);
}

Status parse_dump(const CallContext& ctx, const DumpRecord& record, DumpFiles& files, RestoreProgress& progress) {
    COFRE_ASSIGN(const auto* const driver, find_driver(record.engine));
    return driver->parse(ctx, record, files, progress);
}

Result<FactComparison> compare_facts(const CallContext& ctx, const DumpRecord& record, const RestoreRequest& restored) {
    COFRE_ASSIGN(const auto* const driver, find_driver(record.engine));
    return driver->compare_facts(ctx, record, restored);
}

Result<bool> check_assertion(const CallContext& ctx, const DatabaseAddress& address, const std::string& sql) {
    COFRE_ASSIGN(const auto* const driver, find_driver(address.engine));
    return driver->check_assertion(ctx, address, sql);
}

Result<std::unique_ptr<ScratchServer>> start_scratch_server(const CallContext& ctx, Engine engine,
                                                            const ScratchOptions& options) {
    COFRE_ASSIGN(const auto* const driver, find_driver(engine));
    return driver->start_scratch(ctx, options);
}

Status drop_database(const CallContext& ctx, const DatabaseAddress& address) {
    COFRE_ASSIGN(const auto* const driver, find_driver(address.engine));
    return driver->drop_database(ctx, address);
}

Status query_texts(const CallContext& ctx, const DatabaseAddress& address, const std::string& sql,
                   const TextVisitor& visit) {
    COFRE_ASSIGN(const auto* const driver, find_driver(address.engine));
    return driver->query_texts(ctx, address, sql, visit);
}

Status EngineDriver::drop_database(const CallContext&, const DatabaseAddress& address) const {
    return Error(ErrorCode::kUnsupported,
                 "databases of " + std::string(to_string(address.engine)) + " are not dropped by cofre");
}

Status EngineDriver::query_texts(const CallContext&, const DatabaseAddress& address, const std::string&,
                                 const TextVisitor&) const {
    return Error(ErrorCode::kUnsupported,
                 "databases of " + std::string(to_string(address.engine)) + " are not asked by cofre");
}

}  // namespace cofre::dump
