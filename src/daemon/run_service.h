#pragma once

/// @file
/// The scheduler at work: what the planner decides is begun, the catalog is told, and nothing is
/// forgotten when this process dies.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "daemon/job_process.h"
#include "schedule/run_planner.h"

namespace cofre::daemon {

/// Something that people may want to be told.
struct ServiceEvent {
    enum class Kind : std::uint8_t { kBegun, kEnded, kSkipped, kOverdue };
    Kind kind = Kind::kEnded;
    std::string job;
    WallTime at{};
    std::optional<WallTime> due;
    int exit_status = 0;   ///< kEnded.
    std::string detail;    ///< What went wrong, or why it was skipped; redacted.
    bool is_news = false;  ///< kEnded: its own process could tell nobody. kOverdue: always.
};

/// What RunService stands on. Everything must outlive it.
struct ServicePorts {
    catalog::Catalog& catalog;
    Clock& clock;
    /// Runs a job to its end; called on several threads. Its stop is a wish to end soon.
    std::function<Result<JobEnd>(const CallContext&, const RunOrder&)> run;
    /// Called on several threads; must not block for long and must not fail.
    std::function<void(const ServiceEvent&)> tell;
    /// Called at least every ten seconds: the service lives.
    std::function<void()> beat;
};

/// A job as a person sees it.
struct ServiceJob {
    std::string name;
    bool is_running = false;
    bool is_scheduled = false;
    std::optional<WallTime> next_run;
    std::optional<schedule::WaitReason> waits_for;
};

/// Guarantees: a due time is run at most once, whoever else shares the catalog; one that was not
/// begun when the process died is caught up by the next (if the job catches up); runs whose process
/// died are marked interrupted, and run again once. serve() is for one thread; the rest is thread-safe.
///
/// Threads: one for each run that may go on at once. Memory: O(jobs).
class RunService {
public:
    /// Reads from the catalog what was done before. kInvalidArgument: of RunPlanner::create().
    static Result<std::unique_ptr<RunService>> create(const CallContext& ctx, const ServicePorts& ports,
                                                      std::vector<schedule::PlannedJob> jobs,
                                                      const schedule::PlannerLimits& limits);
    virtual ~RunService() = default;
    RunService(const RunService&) = delete;
    RunService& operator=(const RunService&) = delete;

    /// Until `ctx` is stopped: then no run begins, those under way are asked to stop and waited for.
    virtual Status serve(const CallContext& ctx) = 0;

    /// kNotFound: no such job. It begins as soon as there is room.
    virtual Status trigger(const std::string& job) = 0;
    virtual Status set_paused(const std::string& job, bool paused) = 0;
    /// New jobs and limits, from now on; runs under way go on. As create().
    virtual Status reload(std::vector<schedule::PlannedJob> jobs, const schedule::PlannerLimits& limits) = 0;

    /// In the order of the configuration.
    virtual std::vector<ServiceJob> jobs() const = 0;

protected:
    RunService() = default;
};

}  // namespace cofre::daemon
