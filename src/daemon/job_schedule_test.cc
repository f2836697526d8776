#include "daemon/job_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cofre::daemon {
namespace {

using ::testing::HasSubstr;

config::Config scheduled_config() {
    config::Config config;
    config::JobConfig job;
    job.name = "shop";
    job.to = "main";
    job.schedule = {"0 3 * * *"};
    job.time_zone = "America/Sao_Paulo";
    job.timeout = std::chrono::hours(2);
    config.jobs = {job};
    job.name = "by-hand";
    job.schedule.clear();
    job.after = {"shop"};
    config.jobs.push_back(job);
    return config;
}

TEST(PlannedJobs, AreThoseOfTheConfiguration) {
    const auto jobs = planned_jobs(scheduled_config());
    ASSERT_TRUE(jobs) << jobs.error().message();
    ASSERT_EQ(jobs->size(), 2U);
    ASSERT_TRUE((*jobs)[0].schedule);
    const auto next = (*jobs)[0].schedule->first_after(
        std::chrono::floor<std::chrono::seconds>(*parse_rfc3339("2026-11-22T00:00:00Z")));
    ASSERT_TRUE(next);
    EXPECT_EQ(format_rfc3339(WallTime(next->due)), "2026-11-22T06:00:00Z") << "three in Sao Paulo";
    EXPECT_EQ((*jobs)[0].timeout, std::chrono::hours(2));
    EXPECT_EQ((*jobs)[0].targets, std::vector<std::string>{"main"});
    EXPECT_FALSE((*jobs)[1].schedule);
    EXPECT_EQ((*jobs)[1].after, std::vector<std::string>{"shop"});
}

TEST(PlannedJobs, NameTheJobThatMakesNoSense) {
    auto config = scheduled_config();
    config.jobs[0].schedule = {"0 25 * * *"};
    const auto jobs = planned_jobs(config);
    ASSERT_FALSE(jobs);
    EXPECT_THAT(jobs.error().message(), HasSubstr("\"shop\""));
    config.jobs[0].schedule = {"@daily"};
    config.jobs[0].time_zone = "Mars/Base";
    EXPECT_FALSE(planned_jobs(config));
}

}  // namespace
}  // namespace cofre::daemon
