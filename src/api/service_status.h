#pragma once

/// @file
/// What a service shows of itself: the data behind the status page, /metrics and the API. Plain data.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_format.h"
#include "catalog/run_history.h"

namespace cofre::api {

/// The first that applies, worst first.
enum class JobHealth : std::uint8_t {
    kFailed,    ///< The last run made no backup, or died.
    kOverdue,   ///< It should have run by now.
    kNever,     ///< It has not run yet, and is due to.
    kPartial,   ///< The last backup lacks something.
    kUnproven,  ///< There is a backup, and none of them was ever read back or restored.
    kPaused,    ///< A person stopped it.
    kGood,
};
std::string_view to_string(JobHealth health);  ///< "failed", "overdue", ...
/// kFailed, kOverdue: somebody has to act.
bool needs_somebody(JobHealth health);

struct JobStatus {
    std::string name;
    JobHealth health = JobHealth::kNever;
    bool is_running = false;
    bool is_scheduled = false;
    std::optional<WallTime> running_since;
    std::optional<WallTime> next_run;
    std::optional<WallTime> last_run;
    std::string last_state;  ///< "succeeded", ...; empty: never.
    std::string last_error;
    std::chrono::milliseconds last_elapsed{0};
    std::uint64_t last_bytes = 0;   ///< Read.
    std::uint64_t last_stored = 0;  ///< Added to the target.
    std::uint64_t last_files = 0;
    std::optional<WallTime> last_success;
    std::optional<WallTime> last_proven;         ///< When a backup was last proven.
    std::optional<WallTime> last_proven_backup;  ///< When that backup was made.
    std::uint64_t failures_in_row = 0;
    std::vector<std::uint64_t> trend;  ///< Bytes read on each of the last 30 days, oldest first.
    catalog::RunTotals totals;
};

struct ServiceStatus {
    WallTime at{};
    std::string host;
    std::string version;
    WallTime started_at{};
    std::vector<JobStatus> jobs;
    std::uint64_t notifications_queued = 0;
    std::uint64_t resident_bytes = 0;
    std::uint64_t connections_open = 0;
    std::map<int, std::uint64_t> replies;  ///< By HTTP status.
    std::string catalog_error;             ///< Empty: it answers.
};

/// The worst first, then by name: what a person has to see stands on top.
void sort_by_need(std::vector<JobStatus>& jobs);

/// One JSON document; fields: docs/operations.md.
std::string status_json(const ServiceStatus& status);

}  // namespace cofre::api
