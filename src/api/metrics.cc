#include "api/metrics.h"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace cofre::api {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::size_t kMostFamilies = 64;

double unix_seconds(WallTime time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

class Families {
public:
    Families() { families_.reserve(kMostFamilies); }  // References that add() gave stay good.

    MetricFamily& add(std::string name, std::string help, MetricType type) {
        families_.push_back({std::move(name), std::move(help), type, {}});
        return families_.back();
    }
    std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

private:
    std::vector<MetricFamily> families_;
};

void put(MetricFamily& family, std::vector<ClientMetric::Label> labels, double value) {
    ClientMetric metric;
    metric.label = std::move(labels);
    if (family.type == MetricType::Counter) metric.counter.value = value;
    if (family.type == MetricType::Gauge) metric.gauge.value = value;
    family.metric.push_back(std::move(metric));
}

/// A gauge with one value for each job that has one.
template <typename Value>
void job_gauge(Families& families, const ServiceStatus& status, std::string name, std::string help, Value value) {
    auto& family = families.add(std::move(name), std::move(help), MetricType::Gauge);
    for (const auto& job : status.jobs) {
        const std::optional<double> found = value(job);
        if (found) put(family, {{"job_name", job.name}}, *found);
    }
}

std::optional<double> optional_seconds(const std::optional<WallTime>& time) {
    if (!time) return std::nullopt;
    return unix_seconds(*time);
}

void add_times(Families& families, const ServiceStatus& status) {
    job_gauge(families, status, "cofre_job_last_run_timestamp_seconds", "When the last run began.",
              [](const JobStatus& job) { return optional_seconds(job.last_run); });
    job_gauge(families, status, "cofre_job_last_success_timestamp_seconds", "When the last good run began.",
              [](const JobStatus& job) { return optional_seconds(job.last_success); });
    job_gauge(families, status, "cofre_job_last_proven_backup_timestamp_seconds",
              "When the newest backup was made that was proven to come back.",
              [](const JobStatus& job) { return optional_seconds(job.last_proven_backup); });
    job_gauge(families, status, "cofre_job_last_proof_timestamp_seconds", "When a backup was last proven.",
              [](const JobStatus& job) { return optional_seconds(job.last_proven); });
    job_gauge(families, status, "cofre_job_next_run_timestamp_seconds", "When the next run is due.",
              [](const JobStatus& job) { return optional_seconds(job.next_run); });
}

void add_last_runs(Families& families, const ServiceStatus& status) {
    const auto after_run = [](const JobStatus& job, double value) {
        return job.last_run ? std::optional(value) : std::nullopt;
    };
    job_gauge(
        families, status, "cofre_job_last_duration_seconds", "How long the last run took.",
        [&](const JobStatus& job) { return after_run(job, static_cast<double>(job.last_elapsed.count()) / 1000); });
    job_gauge(families, status, "cofre_job_last_bytes_read", "Bytes that the last run read from its sources.",
              [&](const JobStatus& job) { return after_run(job, static_cast<double>(job.last_bytes)); });
    job_gauge(families, status, "cofre_job_last_bytes_stored", "Bytes that the last run added to the target.",
              [&](const JobStatus& job) { return after_run(job, static_cast<double>(job.last_stored)); });
    job_gauge(families, status, "cofre_job_running", "1 while a run is under way.",
              [](const JobStatus& job) { return std::optional<double>(job.is_running ? 1 : 0); });
    job_gauge(families, status, "cofre_job_failures_in_row", "Runs since the last one that stored a backup.",
              [](const JobStatus& job) { return std::optional(static_cast<double>(job.failures_in_row)); });
    auto& health = families.add("cofre_job_health", "1 for the state that the job is in.", MetricType::Gauge);
    for (const auto& job : status.jobs) {
        for (const auto state : {JobHealth::kFailed, JobHealth::kOverdue, JobHealth::kNever, JobHealth::kPartial,
                                 JobHealth::kUnproven, JobHealth::kPaused, JobHealth::kGood}) {
            put(health, {{"job_name", job.name}, {"state", std::string(to_string(state))}},
                state == job.health ? 1 : 0);
        }
    }
}

void add_totals(Families& families, const ServiceStatus& status) {
    auto& runs = families.add("cofre_runs_total", "Runs that ended, by how.", MetricType::Counter);
    auto& bytes = families.add("cofre_bytes_read_total", "Bytes read from sources.", MetricType::Counter);
    auto& stored = families.add("cofre_bytes_stored_total", "Bytes added to targets.", MetricType::Counter);
    for (const auto& job : status.jobs) {
        const auto& totals = job.totals;
        const std::array<std::pair<const char*, std::uint64_t>, 6> states = {{{"succeeded", totals.succeeded},
                                                                              {"partial", totals.partial},
                                                                              {"failed", totals.failed},
                                                                              {"interrupted", totals.interrupted},
                                                                              {"cancelled", totals.cancelled},
                                                                              {"skipped", totals.skipped}}};
        for (const auto& [state, count] : states)
            put(runs, {{"job_name", job.name}, {"state", state}}, static_cast<double>(count));
        put(bytes, {{"job_name", job.name}}, static_cast<double>(totals.bytes_read));
        put(stored, {{"job_name", job.name}}, static_cast<double>(totals.bytes_stored));
    }
}

}  // namespace

std::string metrics_text(const ServiceStatus& status) {
    Families families;
    put(families.add("cofre_build_info", "Always 1.", MetricType::Gauge), {{"version", status.version}}, 1);
    put(families.add("cofre_start_timestamp_seconds", "When the service began.", MetricType::Gauge), {},
        unix_seconds(status.started_at));
    put(families.add("cofre_catalog_up", "1 if the catalog answers.", MetricType::Gauge), {},
        status.catalog_error.empty() ? 1 : 0);
    put(families.add("cofre_notifications_queued", "Notifications that are still to be sent.", MetricType::Gauge), {},
        static_cast<double>(status.notifications_queued));
    put(families.add("cofre_resident_memory_bytes", "Resident memory of the service.", MetricType::Gauge), {},
        static_cast<double>(status.resident_bytes));
    put(families.add("cofre_http_connections", "Connections that are open.", MetricType::Gauge), {},
        static_cast<double>(status.connections_open));
    auto& replies =
        families.add("cofre_http_replies_total", "Answers of the HTTP server, by status.", MetricType::Counter);
    for (const auto& [code, count] : status.replies)
        put(replies, {{"code", std::to_string(code)}}, static_cast<double>(count));
    add_times(families, status);
    add_last_runs(families, status);
    add_totals(families, status);
    return families.text();
}

}  // namespace cofre::api
