#pragma once

/// @file
/// A MariaDB or MySQL dump while it is taken. Private to dump.

#include <memory>

#include "base/call_context.h"
#include "base/result.h"
#include "dump/dump.h"

namespace cofre::dump {

/// As begin_dump() of dump.h; the engine is that of the address. One stream in a
/// single transaction for all databases, and one for users and grants if all are
/// dumped.
///
/// Facts: rows are counted in the dump itself as it passes, and so belong to its
/// snapshot whatever the user may do. Where RELOAD is granted, a lock of a moment
/// (BriefLock) gives us a transaction in the same snapshot: samples are taken
/// there, and every count of the dump is compared with the server's own; finish()
/// refuses a dump that lacks rows.
Result<std::unique_ptr<Dump>> begin_mysql_dump(const CallContext& ctx, const DumpRequest& request);

}  // namespace cofre::dump
