#include "dump/engine_driver.h"
#include "dump/postgres_connection.h"
#include "dump/postgres_database.h"
#include "dump/postgres_dump.h"
#include "dump/postgres_restore.h"
#include "dump/postgres_scratch.h"

namespace cofre::dump {
namespace {

class PostgresDriver final : public EngineDriver {
public:
    Result<std::unique_ptr<Dump>> begin_dump(const CallContext& ctx, const DumpRequest& request) const override {
        return begin_postgres_dump(ctx, request);
    }
    Result<RestoreOutcome> restore(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                                   const RestoreRequest& request, RestoreProgress& progress) const override {
        return restore_postgres(ctx, record, files, request, progress);
    }
    Status parse(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                 RestoreProgress& progress) const override {
        return parse_postgres(ctx, record, files, progress);
    }
    Result<FactComparison> compare_facts(const CallContext& ctx, const DumpRecord& record,
                                         const RestoreRequest& restored) const override {
        return compare_postgres(ctx, record, restored);
    }
    Result<bool> check_assertion(const CallContext& ctx, const DatabaseAddress& address,
                                 const std::string& sql) const override {
        return check_postgres_assertion(ctx, address, sql);
    }
    Status drop_database(const CallContext& ctx, const DatabaseAddress& address) const override {
        COFRE_ASSIGN(auto session, open_maintenance(ctx, address, address.database));
        return dump::drop_database(ctx, *session, address.database);
    }
    Status query_texts(const CallContext& ctx, const DatabaseAddress& address, const std::string& sql,
                       const TextVisitor& visit) const override {
        return query_postgres_texts(ctx, address, sql, visit);
    }
    Result<std::unique_ptr<ScratchServer>> start_scratch(const CallContext& ctx,
                                                         const ScratchOptions& options) const override {
        return start_postgres_scratch(ctx, options);
    }
};

}  // namespace

const EngineDriver& postgres_driver() {
    static const PostgresDriver driver;
    return driver;
}

}  // namespace cofre::dump
