#pragma once

/// @file
/// Telling people what `cofre run` does. Nothing here changes its outcome.

#include <memory>
#include <string>

#include "cli/app.h"
#include "cli/outcome_report.h"
#include "daemon/notice_plan.h"

namespace cofre::cli {

/// All runs of one command. Without channels, or without a catalog, it does nothing.
class RunNotices {
public:
    /// `app` and `catalog`, which may be null, must outlive it.
    RunNotices(const App& app, const config::Config& config, catalog::Catalog* catalog);

    void started(const config::JobConfig& job, const std::string& run_id);
    void ended(const JobReport& report, const catalog::RunEnd& end, const std::string& run_id, WallTime started_at);
    /// Sends what is due, for a minute at most; what is left waits in the catalog
    /// for the next run, or for the daemon.
    void send();

private:
    void tell(report::Notice notice);

    const App& app_;
    std::unique_ptr<daemon::Notifier> notifier_;
};

}  // namespace cofre::cli
