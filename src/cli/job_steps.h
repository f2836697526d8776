#pragma once

/// @file
/// What a configured job does around its backup: hooks before and after, proof,
/// retention.

#include <string>
#include <utility>

#include "base/result.h"
#include "cli/app.h"
#include "cli/outcome_report.h"
#include "cli/run_recorder.h"
#include "config/config.h"

namespace cofre::cli {

/// Runs `freeze`, and `thaw` when it is destroyed or told to. A job whose freeze
/// fails does not run; a thaw that fails is an error that the log and the report
/// name, for an application may stand still.
class FrozenApplication {
public:
    /// kInvalidArgument: the command failed, with the end of its standard error.
    static Result<FrozenApplication> freeze(const App& app, const config::JobConfig& job);
    /// Nothing to be done; for a dry run.
    static Result<FrozenApplication> none(const App& app) { return FrozenApplication(app, {}); }
    FrozenApplication(FrozenApplication&& other) noexcept : app_(other.app_), thaw_(std::exchange(other.thaw_, {})) {}
    FrozenApplication& operator=(FrozenApplication&&) = delete;
    ~FrozenApplication();

    Status thaw();

private:
    FrozenApplication(const App& app, std::string command) : app_(app), thaw_(std::move(command)) {}
    const App& app_;
    std::string thaw_;  ///< Empty: nothing is to be done.
};

/// Makes a run that went well a partial one.
void add_report_problem(JobReport& report, const std::string& message);

/// After the backup, if it was complete: the verification that the job asks for,
/// then, if that was good too, retention. What fails makes the run a partial one.
void finish_job(const App& app, const config::Config& config, const config::JobConfig& job, JobReport& report,
                PhaseTimer& phases);

}  // namespace cofre::cli
