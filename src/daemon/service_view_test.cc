#include "daemon/service_view.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "db/sql_url.h"

namespace cofre::daemon {
namespace {

using api::JobHealth;
using catalog::RunState;

WallTime view_time(std::string_view text) {
    return *parse_rfc3339(text);
}

schedule::PlannedJob daily_job() {
    schedule::ScheduleOptions options;
    options.job = "shop";
    options.cron = {"0 3 * * *"};
    schedule::PlannedJob job;
    job.name = "shop";
    job.schedule = *schedule::Schedule::create(options);
    return job;
}

catalog::Run ended_run(RunState state, std::string_view at) {
    catalog::Run run;
    run.claimed_at = view_time(at);
    run.due_at = run.claimed_at;
    run.has_ended = true;
    run.end.state = state;
    return run;
}

TEST(JobHealth, IsTheWorstThatIsTrue) {
    const auto job = daily_job();
    const auto now = view_time("2026-11-22T09:00:00Z");
    catalog::JobState state;
    EXPECT_EQ(health_of(state, job, now), JobHealth::kNever);
    state.last_run = ended_run(RunState::kSucceeded, "2026-11-22T03:00:00Z");
    state.last_success = state.last_run;
    EXPECT_EQ(health_of(state, job, now), JobHealth::kUnproven);
    state.last_proven_backup = view_time("2026-11-22T03:00:00Z");
    EXPECT_EQ(health_of(state, job, now), JobHealth::kGood);
    EXPECT_EQ(health_of(state, job, view_time("2026-11-23T03:59:59Z")), JobHealth::kGood) << "within the grace";
    EXPECT_EQ(health_of(state, job, view_time("2026-11-23T04:00:00Z")), JobHealth::kOverdue);
    state.paused_at = now;
    EXPECT_EQ(health_of(state, job, view_time("2026-11-24T09:00:00Z")), JobHealth::kPaused);
    state.last_run = ended_run(RunState::kPartial, "2026-11-22T03:00:00Z");
    state.paused_at.reset();
    EXPECT_EQ(health_of(state, job, now), JobHealth::kPartial);
    for (const auto bad : {RunState::kFailed, RunState::kInterrupted, RunState::kCancelled}) {
        state.last_run = ended_run(bad, "2026-11-22T03:00:00Z");
        EXPECT_EQ(health_of(state, job, now), JobHealth::kFailed);
    }
}

TEST(ServiceStatus, ComesFromTheCatalog) {
    const auto folder = *TempDir::create("view");
    const auto url = *db::parse_sql_url("sqlite://" + (folder.path() / "catalog.db").native());
    const auto catalog = *catalog::Catalog::open({}, url);
    const auto now = view_time("2026-11-22T09:00:00Z");
    const catalog::ClaimRequest request{.job = "shop",
                                        .trigger = catalog::Trigger::kSchedule,
                                        .due_at = view_time("2026-11-22T03:00:00Z"),
                                        .now = view_time("2026-11-22T03:00:01Z"),
                                        .program_version = "1"};
    const auto claim = *catalog->runs().claim({}, request);
    ASSERT_TRUE(catalog->runs().start({}, claim.run_id, view_time("2026-11-22T03:00:02Z")));
    catalog::RunEnd end;
    end.state = RunState::kSucceeded;
    end.exit_status = 0;
    end.ended_at = view_time("2026-11-22T03:10:02Z");
    end.bytes_read = 4'000;
    ASSERT_TRUE(catalog->runs().finish({}, claim.run_id, end));

    const auto status = service_status({}, *catalog, {daily_job()}, {}, now);
    EXPECT_EQ(status.catalog_error, "");
    ASSERT_EQ(status.jobs.size(), 1U);
    const auto& job = status.jobs[0];
    EXPECT_EQ(job.health, JobHealth::kUnproven);
    EXPECT_EQ(job.last_bytes, 4'000U);
    EXPECT_EQ(job.last_elapsed, std::chrono::minutes(10));
    ASSERT_EQ(job.trend.size(), 30U);
    EXPECT_EQ(job.trend.back(), 4'000U);
    EXPECT_EQ(job.totals.succeeded, 1U);
    EXPECT_EQ(job.next_run, view_time("2026-11-23T03:00:00Z"));
    EXPECT_GT(status.resident_bytes, 1'000'000U);
}

}  // namespace
}  // namespace cofre::daemon
