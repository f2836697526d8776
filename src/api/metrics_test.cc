#include "api/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cofre::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, HaveOneLineForEachJobAndLeaveOutWhatIsNotKnown) {
    ServiceStatus status;
    status.version = "1.0";
    JobStatus ran;
    ran.name = "shop";
    ran.health = JobHealth::kGood;
    ran.last_run = *parse_rfc3339("2026-11-22T03:00:00Z");
    ran.last_elapsed = std::chrono::milliseconds(1500);
    ran.totals.succeeded = 7;
    JobStatus never;
    never.name = "odd \"name\"\n";
    status.jobs = {ran, never};
    const auto text = metrics_text(status);
    EXPECT_THAT(text, HasSubstr("# TYPE cofre_runs_total counter"));
    EXPECT_THAT(text, HasSubstr("cofre_runs_total{job_name=\"shop\",state=\"succeeded\"} 7"));
    EXPECT_THAT(text, HasSubstr("cofre_job_last_run_timestamp_seconds{job_name=\"shop\"} 1795316400"));
    EXPECT_THAT(text, HasSubstr("cofre_job_last_duration_seconds{job_name=\"shop\"} 1.5"));
    EXPECT_THAT(text, HasSubstr("cofre_job_health{job_name=\"shop\",state=\"good\"} 1"));
    EXPECT_THAT(text, HasSubstr("odd \\\"name\\\"\\n"));
    EXPECT_THAT(text, Not(HasSubstr("cofre_job_last_run_timestamp_seconds{job_name=\"odd")));
}

}  // namespace
}  // namespace cofre::api
