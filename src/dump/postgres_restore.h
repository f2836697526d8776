#pragma once

/// @file
/// PostgreSQL: from the files of a dump into a server, and what they are without
/// one. Private to dump; the contracts are those of dump_restore.h.

#include "base/call_context.h"
#include "base/result.h"
#include "dump/dump_restore.h"

namespace cofre::dump {

Result<RestoreOutcome> restore_postgres(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                                        const RestoreRequest& request, RestoreProgress& progress);

Status parse_postgres(const CallContext& ctx, const DumpRecord& record, DumpFiles& files, RestoreProgress& progress);

Result<FactComparison> compare_postgres(const CallContext& ctx, const DumpRecord& record,
                                        const RestoreRequest& restored);

/// Read only, and with the database's usual search path.
Result<bool> check_postgres_assertion(const CallContext& ctx, const DatabaseAddress& address, const std::string& sql);
Status query_postgres_texts(const CallContext& ctx, const DatabaseAddress& address, const std::string& sql,
                            const TextVisitor& visit);

/// Which databases of the record are meant, each with the name that it gets.
/// kInvalidArgument: one that the record does not have, or one name for several.
struct RestoredName {
    std::string source;
    std::string target;
};
Result<std::vector<RestoredName>> restored_names(const DumpRecord& record, const RestoreRequest& request);

}  // namespace cofre::dump
