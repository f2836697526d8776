#pragma once

/// @file
/// Evidence that backups come back, as the catalog knows it. The evidence itself
/// lies beside the backups (docs/formats/proof.md).

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "base/time_format.h"
#include "db/sql_database.h"

namespace cofre::catalog {

struct Proof {
    std::string id;      ///< Given by record() if empty.
    std::string run_id;  ///< Empty: none, or unknown.
    std::string job;     ///< Empty: unknown.
    std::string target;
    std::string snapshot_id;
    WallTime snapshot_time{};  ///< When the backup was made.
    std::string grade;         ///< "list", "read", "semantic" or "restore".
    bool good = false;
    WallTime started_at{};
    std::chrono::milliseconds elapsed{0};
    std::optional<double> rpo_seconds;  ///< Age of the backup when it was proven.
    std::optional<double> rto_seconds;  ///< How long the restore took; absent: none was made.
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::uint64_t problem_count = 0;
    std::string host;
    std::string details;  ///< JSON.
};

struct ProofFilter {
    std::string job;  ///< Empty: all; so is the next.
    std::string grade;
    std::optional<WallTime> since;
    std::size_t limit = 50;
};

/// Thread-safe. `database` must outlive it.
class ProofStore {
public:
    explicit ProofStore(db::SqlDatabase& database) : database_(database) {}

    /// Once for each target, snapshot, grade and start: again, it is no error and
    /// gives false. A good proof of grade "read" or better is noted at its backup
    /// and its job.
    Result<bool> record(const CallContext& ctx, Proof proof);

    /// Newest first.
    Result<std::vector<Proof>> list(const CallContext& ctx, const ProofFilter& filter);

private:
    db::SqlDatabase& database_;
};

}  // namespace cofre::catalog
