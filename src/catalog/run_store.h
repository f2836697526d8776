#pragma once

/// @file
/// The life of runs: claimed once, leased, ended once.
///
/// Every change is one transaction, and every one may be repeated: whoever does
/// not know whether it was heard asks again.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "catalog/run.h"
#include "db/sql_database.h"

namespace cofre::catalog {

/// The process that runs things. `mark` tells whether it has ended.
struct Owner {
    std::string host;
    std::uint64_t pid = 0;
    std::string mark;      ///< base/process_mark.h; empty: only the lease tells.
    std::string instance;  ///< Random: this use of the catalog.

    static Owner self();
};

struct ClaimRequest {
    std::string job;
    Trigger trigger = Trigger::kManual;
    std::optional<WallTime> due_at;  ///< Absent: nothing was due, so only `may_overlap` decides.
    WallTime now{};
    std::chrono::milliseconds lease = kLease;
    bool may_overlap = false;  ///< Begin although a run of the job is active.
    std::string program_version;

    static constexpr std::chrono::milliseconds kLease{120'000};
};

enum class ClaimResult : std::uint8_t {
    kClaimed,
    kTaken,   ///< This due time, or a later one, was claimed or skipped, by anybody.
    kActive,  ///< Another run of the job is active.
    kPaused,  ///< The job is paused, and the trigger is none of a person.
};

struct Claim {
    ClaimResult result = ClaimResult::kTaken;
    std::string run_id;  ///< Of ours; with kActive: of the other. Else empty.
};

/// Thread-safe. `database` must outlive it.
class RunStore {
public:
    RunStore(db::SqlDatabase& database, Owner owner) : database_(database), owner_(std::move(owner)) {}

    const Owner& owner() const { return owner_; }

    /// Exactly one caller, in whatever process, gets kClaimed for a job and a due
    /// time; and unless `may_overlap` at most one run of a job is active.
    Result<Claim> claim(const CallContext& ctx, const ClaimRequest& request);

    /// Says that a due time will not run, and why. No effect if it was claimed or
    /// skipped already: false.
    Result<bool> skip(const CallContext& ctx, const ClaimRequest& request, const std::string& reason);

    /// Claimed -> running. kConflict: it is not ours any more, or has ended.
    Status start(const CallContext& ctx, const std::string& run_id, WallTime now);

    /// Moves the end of the lease to `now` + `lease`; call it three times per
    /// lease. kConflict: the run was taken for dead and marked interrupted.
    Status heartbeat(const CallContext& ctx, const std::string& run_id, WallTime now,
                     std::chrono::milliseconds lease = ClaimRequest::kLease);

    /// Ends a run of ours, and adds it to the totals. Also where it was marked
    /// interrupted meanwhile: what its owner says is true. Again with the same
    /// state: no effect. kNotFound: no such run; kConflict: it is another's, or
    /// has ended otherwise.
    Status finish(const CallContext& ctx, const std::string& run_id, const RunEnd& end);

    /// Ends, as kInterrupted, every active run whose process on this machine has
    /// ended, or whose lease is over and whose process is not seen here. Returns
    /// them. Machines that share a catalog need clocks that agree to a minute.
    Result<std::vector<Run>> mark_interrupted(const CallContext& ctx, WallTime now);

    /// Adds a run that has ended already, such as one read back from a target,
    /// unless a run with the same target and snapshot, or the same id, is there:
    /// false. `run.end` must have a target and a snapshot.
    Result<bool> import(const CallContext& ctx, const Run& run);

private:
    db::SqlDatabase& database_;
    Owner owner_;
};

}  // namespace cofre::catalog
