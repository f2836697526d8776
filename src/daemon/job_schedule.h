#pragma once

/// @file
/// From the configuration of jobs to what the planner of runs is told.

#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "schedule/run_plan.h"

namespace cofre::daemon {

/// All jobs; those without a schedule run when they are triggered. kInvalidArgument: names the job
/// and the key whose value makes no sense.
Result<std::vector<schedule::PlannedJob>> planned_jobs(const config::Config& config);

schedule::PlannerLimits planner_limits(const config::Config& config);

}  // namespace cofre::daemon
