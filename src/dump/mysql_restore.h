#pragma once

/// @file
/// A MariaDB or MySQL dump back into a server, through the engine's own client.
/// Private to dump.

#include "base/call_context.h"
#include "base/result.h"
#include "dump/dump_restore.h"

namespace cofre::dump {

/// As restore_dump() of dump_restore.h.
Result<RestoreOutcome> restore_mysql_dump(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                                          const RestoreRequest& request, RestoreProgress& progress);

/// As parse_dump() of dump_restore.h. Also compares the rows in the files with
/// those that the record names.
Status parse_mysql_dump(const CallContext& ctx, const DumpRecord& record, DumpFiles& files, RestoreProgress& progress);

/// As check_assertion() of dump_restore.h, in a transaction that cannot write.
Result<bool> check_mysql_assertion(const CallContext& ctx, const DatabaseAddress& address, const std::string& sql);
Status drop_mysql_database(const CallContext& ctx, const DatabaseAddress& address);
Status query_mysql_texts(const CallContext& ctx, const DatabaseAddress& address, const std::string& sql,
                         const TextVisitor& visit);

}  // namespace cofre::dump
