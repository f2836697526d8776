#pragma once

/// @file
/// What the catalog and the scheduler know, as the status page shows it.

#include "api/service_status.h"
#include "base/call_context.h"
#include "catalog/catalog.h"
#include "daemon/run_service.h"
#include "schedule/run_plan.h"

namespace cofre::daemon {

/// `running` from the scheduler in this process, or empty: then what the catalog says is under way
/// counts. A catalog that does not answer is told in the result. Two queries by day and by job:
/// milliseconds for a thousand jobs.
api::ServiceStatus service_status(const CallContext& ctx, catalog::Catalog& catalog,
                                  const std::vector<schedule::PlannedJob>& jobs, const std::vector<ServiceJob>& running,
                                  WallTime now);

/// The worst that is true of a job.
api::JobHealth health_of(const catalog::JobState& state, const schedule::PlannedJob& job, WallTime now);

}  // namespace cofre::daemon
