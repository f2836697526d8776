#include "api/service_status.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace cofre::api {
namespace {

using Json = nlohmann::json;

Json optional_time(const std::optional<WallTime>& time) {
    return time ? Json(format_rfc3339(*time)) : Json();
}

double seconds_of(std::chrono::milliseconds time) {
    return static_cast<double>(time.count()) / 1000;
}

Json job_json(const JobStatus& job) {
    return {{"name", job.name},
            {"health", to_string(job.health)},
            {"running", job.is_running},
            {"running_since", optional_time(job.running_since)},
            {"scheduled", job.is_scheduled},
            {"next_run", optional_time(job.next_run)},
            {"last_run", optional_time(job.last_run)},
            {"last_state", job.last_state},
            {"last_error", job.last_error},
            {"last_duration_seconds", seconds_of(job.last_elapsed)},
            {"last_bytes_read", job.last_bytes},
            {"last_bytes_stored", job.last_stored},
            {"last_files", job.last_files},
            {"last_success", optional_time(job.last_success)},
            {"last_proven", optional_time(job.last_proven)},
            {"last_proven_backup", optional_time(job.last_proven_backup)},
            {"failures_in_row", job.failures_in_row},
            {"bytes_by_day", job.trend}};
}

}  // namespace

std::string_view to_string(JobHealth health) {
    switch (health) {
        case JobHealth::kFailed: return "failed";
        case JobHealth::kOverdue: return "overdue";
        case JobHealth::kNever: return "never";
        case JobHealth::kPartial: return "partial";
        case JobHealth::kUnproven: return "unproven";
        case JobHealth::kPaused: return "paused";
        case JobHealth::kGood: return "good";
    }
    return "failed";
}

bool needs_somebody(JobHealth health) {
    return health == JobHealth::kFailed || health == JobHealth::kOverdue;
}

void sort_by_need(std::vector<JobStatus>& jobs) {
    std::sort(jobs.begin(), jobs.end(), [](const JobStatus& a, const JobStatus& b) {
        return a.health != b.health ? a.health < b.health : a.name < b.name;
    });
}

std::string status_json(const ServiceStatus& status) {
    Json jobs = Json::array();
    for (const auto& job : status.jobs)
        jobs.push_back(job_json(job));
    const Json document = {{"at", format_rfc3339(status.at)},
                           {"host", status.host},
                           {"version", status.version},
                           {"started_at", format_rfc3339(status.started_at)},
                           {"catalog_error", status.catalog_error},
                           {"notifications_queued", status.notifications_queued},
                           {"jobs", std::move(jobs)}};
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace cofre::api
