#pragma once

/// @file
/// Who did what. The database itself refuses to change or remove a row.

#include <optional>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "base/time_format.h"
#include "db/sql_database.h"

namespace cofre::catalog {

struct AuditEntry {
    std::string id;  ///< Given by append(); sorts by time.
    WallTime at{};
    std::string who;      ///< "user maria", "token ci", "cli root@host", "scheduler".
    std::string what;     ///< "job.paused", "backup.deleted", ...
    std::string subject;  ///< The job, snapshot or user that it was done to.
    std::string details;  ///< JSON, without secrets; empty: none.
};

struct AuditFilter {
    std::string who;  ///< Empty: all; so are the next two.
    std::string what;
    std::string subject;
    std::optional<WallTime> since;
    std::string after_id;  ///< Of the last entry of the page before.
    std::size_t limit = 50;
};

/// Thread-safe. `database` must outlive it.
class AuditLog {
public:
    explicit AuditLog(db::SqlDatabase& database) : database_(database) {}

    Status append(const CallContext& ctx, AuditEntry entry);
    /// Newest first.
    Result<std::vector<AuditEntry>> list(const CallContext& ctx, const AuditFilter& filter);

private:
    db::SqlDatabase& database_;
};

}  // namespace cofre::catalog
