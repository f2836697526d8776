#pragma once

/// @file
/// Telling the catalog what `cofre run` does. Nothing here fails a backup: what
/// the catalog cannot be told is a warning.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task_group.h"
#include "catalog/catalog.h"
#include "cli/app.h"
#include "cli/outcome_report.h"
#include "config/config.h"

namespace cofre::cli {

/// Which part of a job took how long. Not thread-safe.
class PhaseTimer {
public:
    explicit PhaseTimer(Clock& clock) : clock_(clock) {}

    /// Ends the phase before.
    void begin(std::string name);
    /// Ends the last one, too.
    std::vector<catalog::RunPhase> finish();

private:
    void end_current();

    Clock& clock_;
    std::vector<catalog::RunPhase> phases_;
    std::optional<std::chrono::steady_clock::time_point> begun_;
};

/// Why a run is begun.
struct RunClaim {
    catalog::Trigger trigger = catalog::Trigger::kManual;
    std::optional<WallTime> due;
    bool must_win = false;  ///< Without the claim it must not run: another process has it.
};

/// One run, claimed and leased; a thread renews the lease until it ends. If it is
/// destroyed without finish(), the catalog finds it interrupted.
class RunRecording {
public:
    /// `job` and its target must outlive it. Without a catalog it does nothing.
    RunRecording(const App& app, catalog::Catalog* catalog, const config::Config& config, const config::JobConfig& job,
                 const RunClaim& claim = {});
    RunRecording(const RunRecording&) = delete;
    RunRecording& operator=(const RunRecording&) = delete;
    ~RunRecording();

    /// Nothing must be run: somebody else has, or had, this run. Not where the catalog cannot be asked.
    bool is_refused() const { return is_refused_; }
    PhaseTimer& phases() { return phases_; }

    /// Call once, last. What the catalog was told, or would have been.
    catalog::RunEnd finish(const JobReport& report);
    /// Empty: nothing is recorded.
    const std::string& run_id() const { return run_id_; }

private:
    Status claim(const RunClaim& wanted);
    Status keep_lease(const std::stop_token& stop);
    catalog::RunEnd end_of(const JobReport& report);

    const App& app_;
    catalog::Catalog* catalog_;
    const config::Config& config_;
    const config::JobConfig& job_;
    PhaseTimer phases_;
    std::chrono::milliseconds cpu_before_{0};
    bool is_refused_ = false;
    std::string run_id_;  ///< Empty: nothing is recorded.
    std::unique_ptr<TaskGroup> heart_;
};

/// The catalog of a configuration, for commands that can do without it: nullptr,
/// after a warning, if it cannot be opened within 15 s.
std::unique_ptr<catalog::Catalog> open_optional_catalog(const App& app, const config::Config& config);

/// For commands that are about it: --catalog, else as configured, else catalog.db
/// in the default state folder. It is made where there is none.
Result<std::unique_ptr<catalog::Catalog>> open_catalog(const App& app, const std::string& given);

/// Removes what `catalog.keep_days` says; a failure is logged.
void prune_catalog(const App& app, catalog::Catalog& catalog, const config::Config& config);

}  // namespace cofre::cli
