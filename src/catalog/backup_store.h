#pragma once

/// @file
/// The backups that lie in targets, as far as the catalog heard of them. The
/// target is the truth.

#include <optional>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "base/time_format.h"
#include "db/sql_database.h"

namespace cofre::catalog {

struct Backup {
    std::string target;
    std::string snapshot_id;  ///< Unique within the target.
    std::string object_key;   ///< Plain objects: of the manifest.
    std::string layout;       ///< "objects" or "repository".
    std::string job;          ///< Empty: unknown.
    std::string host;
    std::string run_id;  ///< Empty: unknown.
    WallTime made_at{};
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;         ///< Of the sources.
    std::uint64_t bytes_stored = 0;  ///< Added by it; 0 may mean unknown.
    bool complete = false;
    std::optional<WallTime> proven_at;   ///< The last time that it was proven good.
    std::optional<WallTime> deleted_at;  ///< Retention removed it, or it is gone.
    bool pinned = false;                 ///< A person wants it kept.
};

struct BackupFilter {
    std::string job;  ///< Empty: all; so is the next.
    std::string target;
    bool deleted_too = false;
    std::optional<WallTime> before;  ///< Made before: for the next page.
    std::size_t limit = 50;
};

struct TargetTotals {
    std::string target;
    std::uint64_t backups = 0;
    std::uint64_t bytes = 0;
    std::uint64_t bytes_stored = 0;
    std::optional<WallTime> newest;
};

/// Thread-safe. `database` must outlive it.
class BackupStore {
public:
    explicit BackupStore(db::SqlDatabase& database) : database_(database) {}

    /// Adds it, or completes what is known of it: empty fields and `pinned` do
    /// not replace what is there. Returns true if it was not known.
    Result<bool> record(const CallContext& ctx, const Backup& backup);

    /// No effect on one that is unknown or deleted already.
    Status mark_deleted(const CallContext& ctx, const std::string& target, const std::string& snapshot_id, WallTime at);

    /// Every backup of the target that is not among `present` is marked deleted.
    /// Only for what a complete listing gave. Returns how many.
    Result<std::uint64_t> mark_absent(const CallContext& ctx, const std::string& target,
                                      const std::vector<std::string>& present, WallTime at);

    /// kNotFound: unknown.
    Status set_pinned(const CallContext& ctx, const std::string& target, const std::string& snapshot_id, bool pinned);

    /// Newest first.
    Result<std::vector<Backup>> list(const CallContext& ctx, const BackupFilter& filter);

    /// Of what is not deleted, by target.
    Result<std::vector<TargetTotals>> totals(const CallContext& ctx);

private:
    db::SqlDatabase& database_;
};

}  // namespace cofre::catalog
