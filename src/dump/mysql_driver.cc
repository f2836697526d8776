#include "dump/engine_driver.h"
#include "dump/mysql_dump.h"
#include "dump/mysql_facts.h"
#include "dump/mysql_restore.h"
#include "dump/mysql_scratch.h"

namespace cofre::dump {
namespace {

// One driver for both: they share the protocol, and the server says what it is.
class MysqlDriver final : public EngineDriver {
public:
    explicit MysqlDriver(Engine engine) : engine_(engine) {}

    Result<std::unique_ptr<Dump>> begin_dump(const CallContext& ctx, const DumpRequest& request) const override {
        return begin_mysql_dump(ctx, request);
    }
    Result<RestoreOutcome> restore(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                                   const RestoreRequest& request, RestoreProgress& progress) const override {
        return restore_mysql_dump(ctx, record, files, request, progress);
    }
    Status parse(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                 RestoreProgress& progress) const override {
        return parse_mysql_dump(ctx, record, files, progress);
    }
    Result<FactComparison> compare_facts(const CallContext& ctx, const DumpRecord& record,
                                         const RestoreRequest& restored) const override {
        return compare_mysql_facts(ctx, record, restored);
    }
    Result<bool> check_assertion(const CallContext& ctx, const DatabaseAddress& address,
                                 const std::string& sql) const override {
        return check_mysql_assertion(ctx, address, sql);
    }
    Status drop_database(const CallContext& ctx, const DatabaseAddress& address) const override {
        return drop_mysql_database(ctx, address);
    }
    Status query_texts(const CallContext& ctx, const DatabaseAddress& address, const std::string& sql,
                       const TextVisitor& visit) const override {
        return query_mysql_texts(ctx, address, sql, visit);
    }
    Result<std::unique_ptr<ScratchServer>> start_scratch(const CallContext& ctx,
                                                         const ScratchOptions& options) const override {
        return start_mysql_scratch(ctx, engine_, options);
    }

private:
    const Engine engine_;
};

}  // namespace

const EngineDriver& mysql_driver() {
    static const MysqlDriver driver(Engine::kMysql);
    return driver;
}

const EngineDriver& mariadb_driver() {
    static const MysqlDriver driver(Engine::kMariadb);
    return driver;
}

}  // namespace cofre::dump
