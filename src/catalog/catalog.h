#pragma once

/// @file
/// The catalog: what happened. SQLite on one machine, PostgreSQL for many, one
/// schema. Losing it loses no backup: `cofre catalog rebuild` reads back from the
/// targets what they know.

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/call_context.h"
#include "base/result.h"
#include "catalog/audit_log.h"
#include "catalog/backup_store.h"
#include "catalog/job_store.h"
#include "catalog/notification_queue.h"
#include "catalog/proof_store.h"
#include "catalog/run_history.h"
#include "catalog/run_store.h"
#include "db/sql_database.h"

namespace cofre::catalog {

struct CatalogInfo {
    std::string url;  ///< Without password.
    int schema_version = 0;
    std::map<std::string, std::uint64_t> rows;  ///< By table.
    std::uint64_t bytes = 0;                    ///< On disk.
};

struct PruneOutcome {
    std::uint64_t runs = 0;
    std::uint64_t notifications = 0;
};

/// Thread-safe, as are its parts.
class Catalog {
public:
    /// Opens it, makes it where there is none, and brings its schema up to date.
    /// kUnsupported: a newer cofre made it. The rest: db/sql_database.h.
    static Result<std::unique_ptr<Catalog>> open(const CallContext& ctx, const db::SqlUrl& url,
                                                 db::SqlOptions options = {});
    /// The same with another owner than this process: for tests.
    static Result<std::unique_ptr<Catalog>> open_as(const CallContext& ctx, const db::SqlUrl& url, Owner owner,
                                                    db::SqlOptions options = {});

    RunStore& runs() { return runs_; }
    RunHistory& history() { return history_; }
    JobStore& jobs() { return jobs_; }
    ProofStore& proofs() { return proofs_; }
    BackupStore& backups() { return backups_; }
    NotificationQueue& notifications() { return notifications_; }
    AuditLog& audit() { return audit_; }
    db::SqlDatabase& database() { return *database_; }

    /// Small things that must survive a restart, by name. nullopt: never set.
    Result<std::optional<std::string>> setting(const CallContext& ctx, const std::string& key);
    Status set_setting(const CallContext& ctx, const std::string& key, const std::string& value, WallTime now);

    /// Removes runs claimed before `cutoff`, with their details, and notifications
    /// that are no longer queued. What stays: active runs, each job's last run and
    /// last success, all totals, proofs, backups and the audit log. At most
    /// `max_runs` of each kind in one call, in transactions of a thousand.
    Result<PruneOutcome> prune(const CallContext& ctx, WallTime cutoff, std::uint64_t max_runs = 100'000);

    Result<CatalogInfo> info(const CallContext& ctx);

private:
    Catalog(std::unique_ptr<db::SqlDatabase> database, Owner owner);

    std::unique_ptr<db::SqlDatabase> database_;  // Before the parts, which use it.
    RunStore runs_;
    RunHistory history_;
    JobStore jobs_;
    ProofStore proofs_;
    BackupStore backups_;
    NotificationQueue notifications_;
    AuditLog audit_;
};

}  // namespace cofre::catalog
