#include "dump/engine_driver.h"
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
