#pragma once

/// @file
/// A transaction of ours that sees exactly what a dump tool's sees. Private to dump.

#include <memory>
#include <optional>

#include "base/call_context.h"
#include "base/guarded.h"
#include "base/result.h"
#include "base/task_group.h"
#include "db/mariadb_session.h"
#include "dump/database_address.h"

namespace cofre::dump {

/// FLUSH TABLES WITH READ LOCK, so that nothing is written between the beginning
/// of the tool's transaction and ours. It waits 3 seconds at most to be given, and
/// is held 15 at most, whatever becomes of its holder: a watchdog gives it back.
/// Destruction gives it back.
class BriefLock {
public:
    /// kPermissionDenied: no RELOAD; kConflict: others held on for too long.
    static Result<std::unique_ptr<BriefLock>> take(const CallContext& ctx, const DatabaseAddress& address);
    BriefLock(const BriefLock&) = delete;
    BriefLock& operator=(const BriefLock&) = delete;
    ~BriefLock() = default;

    /// Begins our transaction and gives the lock back. The caller knows that the
    /// tool's has begun. nullopt: the lock had been given back before.
    Result<std::optional<db::MariadbSession>> begin_snapshot(const CallContext& ctx);

private:
    explicit BriefLock(db::MariadbSession holder, DatabaseAddress address);

    const DatabaseAddress address_;
    Guarded<std::optional<db::MariadbSession>> holder_;
    TaskGroup watchdog_;  // Last: joined before the rest dies.
};

}  // namespace cofre::dump
