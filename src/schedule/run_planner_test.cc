#include "schedule/run_planner.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "schedule/testing/schedule_times.h"

namespace cofre::schedule {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

PlannedJob job_of(const std::string& name, ScheduleOptions options) {
    options.job = name;
    auto schedule = Schedule::create(options);
    EXPECT_TRUE(schedule) << schedule.error().message();
    return {.name = name, .schedule = *std::move(schedule)};
}

PlannedJob cron_job(const std::string& name, const std::string& cron, std::vector<std::string> after = {}) {
    auto job = job_of(name, {.cron = {cron}});
    job.after = std::move(after);
    return job;
}

std::string reason_text(SkipReason reason) {
    switch (reason) {
        case SkipReason::kMissed: return "missed";
        case SkipReason::kBlackout: return "blackout";
        case SkipReason::kStillRunning: return "running";
        case SkipReason::kStillWaiting: return "waiting";
        case SkipReason::kPaused: return "paused";
        case SkipReason::kDependencyFailed: return "dependency";
    }
    return "?";
}

/// A planner with clocks of its own.
class RunPlannerTest : public ::testing::Test {
protected:
    void begin(std::vector<PlannedJob> jobs, const std::string& time, const PlannerLimits& limits = {.runs = 100},
               const PlannerState& state = {}) {
        wall_ = at(time);
        auto planner = RunPlanner::create(std::move(jobs), limits, state, moment());
        ASSERT_TRUE(planner) << planner.error().message();
        planner_ = std::make_unique<RunPlanner>(*std::move(planner));
        note(planner_->tick(moment()));
    }

    /// Both clocks go on to `time`.
    void go_to(const std::string& time) {
        steady_ += at(time) - wall_;
        wall_ = at(time);
        note(planner_->tick(moment()));
    }
    /// Only the wall clock moves: somebody set it, or the machine slept.
    void set_clock(const std::string& time) {
        wall_ = at(time);
        note(planner_->tick(moment()));
    }
    void finish(const std::string& job, RunOutcome outcome = RunOutcome::kSucceeded) {
        auto plan = planner_->finished(job, outcome, moment());
        ASSERT_TRUE(plan) << plan.error().message();
        note(*std::move(plan));
    }
    void trigger(const std::string& job) {
        auto plan = planner_->trigger(job, moment());
        ASSERT_TRUE(plan) << plan.error().message();
        note(*std::move(plan));
    }
    void pause(const std::string& job, bool paused) {
        auto plan = planner_->set_paused(job, paused, moment());
        ASSERT_TRUE(plan) << plan.error().message();
        note(*std::move(plan));
    }
    Moment moment() const { return {wall_, std::chrono::steady_clock::time_point(steady_)}; }

    /// What was started since the last call: "a b".
    std::string started() {
        std::string text;
        for (const auto& run : starts_)
            text += (text.empty() ? "" : " ") + run.job;
        starts_.clear();
        return text;
    }
    /// What was skipped since the last call: "a running 1, b paused 2".
    std::string skipped() {
        std::string text;
        for (const auto& skip : skips_)
            text += (text.empty() ? "" : ", ") + skip.job + " " + reason_text(skip.reason) + " " +
                    std::to_string(skip.count);
        skips_.clear();
        return text;
    }

    void note(Plan plan) {
        starts_.insert(starts_.end(), plan.start.begin(), plan.start.end());
        skips_.insert(skips_.end(), plan.skipped.begin(), plan.skipped.end());
        last_ = std::move(plan);
    }

    std::unique_ptr<RunPlanner> planner_;
    std::vector<RunStart> starts_;
    std::vector<SkippedDue> skips_;
    Plan last_;
    Instant wall_;
    seconds steady_{1000};
};

TEST_F(RunPlannerTest, StartsWhatIsDueAndSaysWhenToLookAgain) {
    begin({cron_job("a", "0 2 * * *"), cron_job("b", "30 2 * * *")}, "2026-11-22T00:00:00Z");
    EXPECT_EQ(last_.wake, at("2026-11-22T02:00:00Z"));
    go_to("2026-11-22T01:59:59Z");
    EXPECT_EQ(started(), "");
    go_to("2026-11-22T02:00:00Z");
    ASSERT_EQ(starts_.size(), 1U);
    EXPECT_EQ(starts_.front().due, at("2026-11-22T02:00:00Z"));
    EXPECT_EQ(starts_.front().cause, RunCause::kSchedule);
    EXPECT_EQ(started(), "a");
    EXPECT_EQ(last_.wake, at("2026-11-22T02:30:00Z"));
    go_to("2026-11-22T02:00:01Z");
    EXPECT_EQ(started(), "");
    finish("a");
    go_to("2026-11-22T02:30:00Z");
    EXPECT_EQ(started(), "b");
    EXPECT_EQ(skipped(), "");
}

TEST_F(RunPlannerTest, ANewJobHasNoPast) {
    begin({cron_job("a", "0 2 * * *")}, "2026-11-22T03:00:00Z");
    EXPECT_EQ(started(), "");
    EXPECT_EQ(last_.wake, at("2026-11-23T02:00:00Z"));
}

TEST_F(RunPlannerTest, F31_NeverTwoRunsOfOneJob) {
    begin({cron_job("a", "0 * * * *")}, "2026-11-22T00:30:00Z");
    go_to("2026-11-22T01:00:00Z");
    EXPECT_EQ(started(), "a");
    go_to("2026-11-22T02:00:00Z");
    EXPECT_EQ(started(), "");
    ASSERT_EQ(skips_.size(), 1U);
    EXPECT_EQ(skips_.front().due, at("2026-11-22T02:00:00Z"));
    EXPECT_EQ(skipped(), "a running 1");
    finish("a");
    EXPECT_EQ(started(), "");
    go_to("2026-11-22T03:00:00Z");
    EXPECT_EQ(started(), "a");
}

TEST_F(RunPlannerTest, F30_ADayAsleepIsOneCatchUpEach) {
    begin({cron_job("hourly", "0 * * * *"), cron_job("daily", "0 2 * * *"), cron_job("weekly", "0 2 * * mon")},
          "2026-11-24T00:30:00Z");
    set_clock("2026-11-25T00:30:00Z");
    EXPECT_EQ(last_.clock_step, hours(24));
    ASSERT_EQ(starts_.size(), 2U);
    EXPECT_EQ(starts_[0].job, "hourly");
    EXPECT_EQ(starts_[0].due, at("2026-11-24T01:00:00Z"));
    EXPECT_EQ(starts_[0].cause, RunCause::kCatchUp);
    EXPECT_EQ(starts_[0].missed, 23U);
    EXPECT_EQ(starts_[1].job, "daily");
    EXPECT_EQ(starts_[1].cause, RunCause::kCatchUp);
    EXPECT_EQ(starts_[1].missed, 0U);
    EXPECT_EQ(skipped(), "hourly missed 23");
    EXPECT_EQ(last_.wake, at("2026-11-25T01:00:00Z"));
}

TEST_F(RunPlannerTest, F30_DownAtTheDueTimeAndStartedAgain) {
    PlannerState state{.memory = {{"a", {.handled = at("2026-11-19T02:00:00Z")}}}};
    begin({cron_job("a", "0 2 * * *")}, "2026-11-22T09:00:00Z", {}, state);
    EXPECT_EQ(started(), "a");
    EXPECT_EQ(skipped(), "a missed 2");
    finish("a");
    go_to("2026-11-22T10:00:00Z");
    EXPECT_EQ(started(), "");
}

TEST_F(RunPlannerTest, WithoutCatchUpASleepersRunIsMissed) {
    begin({job_of("a", {.cron = {"0 2 * * *"}, .catch_up = false})}, "2026-11-22T00:00:00Z");
    set_clock("2026-11-22T09:00:00Z");
    EXPECT_EQ(started(), "");
    EXPECT_EQ(skipped(), "a missed 1");
    go_to("2026-11-23T02:00:05Z");
    EXPECT_EQ(started(), "a");
    EXPECT_EQ(skipped(), "");
}

TEST_F(RunPlannerTest, F27_TheClockSetBackRunsNothingAgain) {
    begin({cron_job("a", "0 2 * * *"), cron_job("h", "0 * * * *")}, "2026-11-22T01:30:00Z");
    go_to("2026-11-22T02:00:00Z");
    EXPECT_EQ(started(), "a h");
    finish("a");
    finish("h");
    set_clock("2026-11-22T00:10:00Z");
    EXPECT_EQ(last_.clock_step, -minutes(110));
    go_to("2026-11-22T01:00:00Z");
    go_to("2026-11-22T02:00:00Z");
    EXPECT_EQ(started(), "");
    go_to("2026-11-22T03:00:00Z");
    EXPECT_EQ(started(), "h");
}

TEST_F(RunPlannerTest, F27_AClockThatWasYearsAheadDoesNotSilenceJobs) {
    begin({cron_job("a", "0 2 * * *")}, "2026-11-22T00:00:00Z");
    set_clock("2031-01-01T12:00:00Z");
    EXPECT_EQ(started(), "a");
    finish("a");
    skipped();
    set_clock("2026-11-22T00:01:00Z");
    EXPECT_EQ(started(), "");
    go_to("2026-11-22T02:00:00Z");
    EXPECT_EQ(started(), "a");
    // The same for what an earlier process has written down.
    PlannerState state{.memory = {{"a", {.handled = at("2031-01-01T12:00:00Z")}}}};
    begin({cron_job("a", "0 2 * * *")}, "2026-11-22T00:00:00Z", {}, state);
    go_to("2026-11-22T02:00:00Z");
    EXPECT_EQ(started(), "a");
}

TEST_F(RunPlannerTest, F27_NobodyWaitsForAYearThatWasAMistake) {
    const auto delayed = job_of("delayed", {.cron = {"0 2 * * *"}, .jitter = hours(1)});
    const auto held = job_of("held", {.cron = {"0 1 * * *"}, .blackout = {"02:00-04:00"}});
    auto busy = cron_job("busy", "30 1 * * *");
    auto in_line = cron_job("in_line", "45 1 * * *");
    busy.targets = in_line.targets = {"s3"};
    begin({delayed, cron_job("b", "0 2 * * *", {"delayed"}), held, busy, in_line}, "2026-11-22T00:00:00Z");
    set_clock("2031-01-01T02:00:00Z");
    EXPECT_EQ(started(), "busy delayed");
    finish("delayed");
    EXPECT_EQ(started(), "b");
    finish("b");
    go_to("2031-01-02T02:00:00Z");
    started();
    EXPECT_EQ(planner_->waiting().size(), 3U);  // b for delayed, held for the end of its blackout, in_line for busy.
    set_clock("2026-11-22T00:30:00Z");
    EXPECT_EQ(started(), "b held");
    finish("busy");
    EXPECT_EQ(started(), "in_line");
    EXPECT_EQ(planner_->waiting().size(), 0U);
}

TEST_F(RunPlannerTest, F29_ARepeatedAndASkippedHour) {
    const auto lisbon = [](const std::string& cron) {
        return job_of(cron, {.cron = {cron}, .zone = zone("Europe/Lisbon")});
    };
    begin({lisbon("30 1 * * *")}, "2026-10-24T12:00:00Z");
    std::vector<std::string> runs;
    for (Instant time = at("2026-10-24T12:00:00Z"); time <= at("2026-10-26T12:00:00Z"); time += minutes(10)) {
        go_to(format_rfc3339(time));
        if (started() != "") {
            runs.push_back(format_rfc3339(time));
            finish("30 1 * * *");
        }
    }
    EXPECT_EQ(runs, (std::vector<std::string>{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}));
}

TEST_F(RunPlannerTest, OldestDueTimeFirstThenAsConfigured) {
    begin({cron_job("late", "5 2 * * *"), cron_job("b", "0 2 * * *"), cron_job("a", "0 2 * * *")},
          "2026-11-22T00:00:00Z", {.runs = 1});
    set_clock("2026-11-22T03:00:00Z");
    EXPECT_EQ(started(), "b");
    finish("b");
    EXPECT_EQ(started(), "a");
    finish("a");
    EXPECT_EQ(started(), "late");
}

TEST_F(RunPlannerTest, OneRunOnATarget) {
    auto a = cron_job("a", "0 2 * * *");
    auto b = cron_job("b", "1 2 * * *");
    auto c = cron_job("c", "2 2 * * *");
    a.targets = {"s3"};
    b.targets = {"s3", "disk", "s3"};
    c.targets = {"disk"};
    begin({a, b, c}, "2026-11-22T00:00:00Z");
    go_to("2026-11-22T02:10:00Z");
    EXPECT_EQ(started(), "a");  // c would be free to go, but b is older.
    finish("a");
    EXPECT_EQ(started(), "b");
    finish("b");
    EXPECT_EQ(started(), "c");
}

TEST_F(RunPlannerTest, WhatWaitsForRoomIsOneRun) {
    begin({cron_job("long", "0 0 * * *"), cron_job("a", "0 * * * *")}, "2026-11-21T23:30:00Z", {.runs = 1});
    go_to("2026-11-22T00:00:00Z");
    EXPECT_EQ(started(), "long");
    go_to("2026-11-22T01:00:00Z");
    go_to("2026-11-22T02:00:00Z");
    EXPECT_EQ(skipped(), "a waiting 1, a waiting 1");
    finish("long");
    EXPECT_EQ(started(), "a");
    finish("a");
    EXPECT_EQ(started(), "");
}

TEST_F(RunPlannerTest, ABlackoutHoldsWhateverIsNotTriggered) {
    const auto job = job_of("a", {.cron = {"0 21,23 * * *"}, .blackout = {"22:00-06:00"}});
    begin({job, cron_job("long", "0 20 * * *")}, "2026-11-22T19:00:00Z", {.runs = 1});
    go_to("2026-11-22T21:00:00Z");
    EXPECT_EQ(started(), "long");
    go_to("2026-11-22T22:30:00Z");
    finish("long");
    EXPECT_EQ(started(), "");
    ASSERT_EQ(skips_.size(), 1U);
    EXPECT_EQ(skips_.front().until, at("2026-11-23T06:00:00Z"));
    EXPECT_EQ(skipped(), "a blackout 1");
    EXPECT_EQ(last_.wake, at("2026-11-23T06:00:00Z"));
    go_to("2026-11-23T06:00:00Z");
    EXPECT_EQ(started(), "a");
    // The run of 23:00, put off to the same time, is the same run.
    EXPECT_EQ(skipped(), "a blackout 1, a waiting 1");
}

TEST_F(RunPlannerTest, CatchUpInABlackoutWaitsForItsEnd) {
    begin({job_of("a", {.cron = {"0 12 * * *"}, .blackout = {"22:00-06:00"}})}, "2026-11-22T09:00:00Z");
    set_clock("2026-11-22T23:00:00Z");
    EXPECT_EQ(started(), "");
    trigger("a");
    EXPECT_EQ(started(), "a");
    finish("a");
    go_to("2026-11-23T06:00:00Z");
    EXPECT_EQ(started(), "");
}

TEST_F(RunPlannerTest, DueInABlackoutIsReportedAsPutOff) {
    begin({job_of("a", {.cron = {"0 23 * * *"}, .blackout = {"22:00-06:00"}})}, "2026-11-22T20:00:00Z");
    EXPECT_EQ(last_.wake, at("2026-11-23T06:00:00Z"));
    go_to("2026-11-23T06:00:00Z");
    ASSERT_EQ(skips_.size(), 1U);
    EXPECT_EQ(skips_.front().due, at("2026-11-22T23:00:00Z"));
    EXPECT_EQ(skips_.front().until, at("2026-11-23T06:00:00Z"));
    EXPECT_EQ(started(), "a");
}

TEST_F(RunPlannerTest, PausedDueTimesAreNotCollected) {
    begin({cron_job("a", "0 * * * *")}, "2026-11-22T00:30:00Z");
    pause("a", true);
    go_to("2026-11-22T01:00:00Z");
    go_to("2026-11-22T02:00:00Z");
    EXPECT_EQ(skipped(), "a paused 1, a paused 1");
    pause("a", false);
    go_to("2026-11-22T02:30:00Z");
    EXPECT_EQ(started(), "");
    go_to("2026-11-22T03:00:00Z");
    EXPECT_EQ(started(), "a");
}

TEST_F(RunPlannerTest, ATriggerAsksForNothingButRoom) {
    auto a = job_of("a", {.cron = {"0 2 * * *"}, .blackout = {"mon-sun 09:00-17:00"}});
    a.paused = true;
    begin({a, cron_job("b", "0 10 * * *")}, "2026-11-22T09:30:00Z", {.runs = 1});
    go_to("2026-11-22T10:00:00Z");
    trigger("a");
    EXPECT_EQ(started(), "b");
    finish("b");
    ASSERT_EQ(starts_.size(), 1U);
    EXPECT_EQ(starts_.front().cause, RunCause::kTrigger);
    EXPECT_EQ(started(), "a");
    EXPECT_FALSE(planner_->trigger("nobody", moment()));
}

TEST_F(RunPlannerTest, TriggersOfARunningJobAreOneMoreRun) {
    begin({{.name = "a"}}, "2026-11-22T09:30:00Z");
    for (int i = 0; i < 4; ++i)
        trigger("a");
    EXPECT_EQ(started(), "a");
    finish("a");
    EXPECT_EQ(started(), "a");
    finish("a");
    EXPECT_EQ(started(), "");
}

TEST_F(RunPlannerTest, RunsAtTheStartOfTheProcessOnly) {
    const auto job = job_of("a", {.cron = {"0 2 * * *"}, .run_at_start = true});
    begin({job, job_of("once", {.run_at_start = true})}, "2026-11-22T09:00:00Z");
    EXPECT_EQ(starts_.front().cause, RunCause::kProcessStart);
    EXPECT_EQ(started(), "a once");
    finish("a");
    begin({job}, "2026-11-22T10:00:00Z", {}, planner_->state());
    EXPECT_EQ(started(), "");
    go_to("2026-11-23T02:00:00Z");
    EXPECT_EQ(started(), "a");
}

TEST_F(RunPlannerTest, AfterWaitsForTheSameCycle) {
    begin({cron_job("b", "0 2 * * *", {"a"}), cron_job("a", "0 2 * * *")}, "2026-11-22T00:00:00Z");
    go_to("2026-11-22T02:00:00Z");
    EXPECT_EQ(started(), "a");
    go_to("2026-11-22T02:20:00Z");
    finish("a");
    EXPECT_EQ(started(), "b");
    finish("b");
    go_to("2026-11-23T02:00:00Z");
    EXPECT_EQ(started(), "a");
    finish("a", RunOutcome::kFailed);
    EXPECT_EQ(started(), "");
    EXPECT_EQ(skips_.front().detail, "a");
    EXPECT_EQ(skipped(), "b dependency 1");
    go_to("2026-11-24T02:00:00Z");
    finish("a");
    EXPECT_EQ(started(), "a b");
}

TEST_F(RunPlannerTest, AfterWaitsForADelayedRunToo) {
    auto a = job_of("a", {.cron = {"0 2 * * *"}, .jitter = hours(1)});
    begin({a, cron_job("b", "0 2 * * *", {"a"})}, "2026-11-22T00:00:00Z");
    const auto start = a.schedule->first_after(wall_)->start;
    ASSERT_GT(start, at("2026-11-22T02:00:00Z"));
    go_to("2026-11-22T02:00:00Z");
    EXPECT_EQ(started(), "");
    go_to(format_rfc3339(start));
    EXPECT_EQ(started(), "a");
    finish("a");
    EXPECT_EQ(started(), "b");
}

TEST_F(RunPlannerTest, AfterDoesNotWaitForAnotherCycle) {
    begin({cron_job("weekly", "0 1 * * sun"), cron_job("b", "0 2 * * *", {"weekly"})}, "2026-11-23T00:00:00Z");
    go_to("2026-11-23T02:00:00Z");
    EXPECT_EQ(started(), "b");
}

TEST_F(RunPlannerTest, APausedJobStopsThoseAfterIt) {
    auto a = cron_job("a", "0 2 * * *");
    a.paused = true;
    begin({a, cron_job("b", "0 3 * * *", {"a"}), {.name = "c", .after = {"b"}}}, "2026-11-22T00:00:00Z");
    go_to("2026-11-22T03:00:00Z");
    EXPECT_EQ(started(), "");
    EXPECT_EQ(skipped(), "a paused 1, b dependency 1, c dependency 1");
}

TEST_F(RunPlannerTest, AFollowerRunsOnceForAllItFollows) {
    begin({{.name = "report", .after = {"a", "b"}}, cron_job("a", "0 2 * * *"), cron_job("b", "30 2 * * *")},
          "2026-11-22T00:00:00Z");
    go_to("2026-11-22T02:00:00Z");
    finish("a");
    EXPECT_EQ(started(), "a");
    go_to("2026-11-22T02:30:00Z");
    EXPECT_EQ(started(), "b");
    finish("b");
    ASSERT_EQ(starts_.size(), 1U);
    EXPECT_EQ(starts_.front().cause, RunCause::kDependency);
    EXPECT_EQ(starts_.front().due, at("2026-11-22T02:30:00Z"));
    EXPECT_EQ(started(), "report");
    finish("report");
    // A good end of b does not make up for a's bad one, nor is it kept for the next night.
    go_to("2026-11-23T02:00:00Z");
    finish("a", RunOutcome::kFailed);
    go_to("2026-11-23T02:30:00Z");
    finish("b");
    EXPECT_EQ(started(), "a b");
    EXPECT_EQ(skipped(), "report dependency 1");
    go_to("2026-11-24T02:00:00Z");
    finish("a");
    EXPECT_EQ(started(), "a");
    go_to("2026-11-24T02:30:00Z");
    finish("b");
    EXPECT_EQ(started(), "b report");
}

TEST_F(RunPlannerTest, AChainOfFollowersAndAScheduledEnd) {
    begin({cron_job("end", "0 2 * * *", {"c"}),
           {.name = "c", .after = {"b"}},
           {.name = "b", .after = {"a"}},
           cron_job("a", "0 2 * * *")},
          "2026-11-22T00:00:00Z");
    go_to("2026-11-22T02:00:00Z");
    for (const auto* job : {"a", "b", "c", "end"}) {
        EXPECT_EQ(started(), job);
        finish(job);
    }
    EXPECT_EQ(started(), "");
}

TEST_F(RunPlannerTest, NobodyWaitsForAFollowerThatIsNotSetOff) {
    begin({cron_job("end", "0 2 * * *", {"c"}),
           {.name = "c", .after = {"a", "weekly"}},
           cron_job("a", "0 2 * * *"),
           cron_job("weekly", "0 1 * * sun")},
          "2026-11-23T00:00:00Z");
    go_to("2026-11-23T02:00:00Z");
    EXPECT_EQ(started(), "a");  // c might follow.
    finish("a");
    EXPECT_EQ(started(), "end");  // It will not, before Sunday.
}

TEST_F(RunPlannerTest, AFollowerHearsOfEndsWhileItRan) {
    begin({cron_job("a", "0 * * * *"), {.name = "b", .after = {"a"}}}, "2026-11-22T00:30:00Z");
    go_to("2026-11-22T01:00:00Z");
    finish("a");
    EXPECT_EQ(started(), "a b");
    go_to("2026-11-22T02:00:00Z");
    finish("a");
    EXPECT_EQ(started(), "a");
    finish("b");
    EXPECT_EQ(started(), "b");
}

TEST_F(RunPlannerTest, F27_TimeoutsAreMeasuredByTheSteadyClock) {
    auto a = cron_job("a", "0 2 * * *");
    a.timeout = hours(1);
    begin({a}, "2026-11-22T01:00:00Z");
    go_to("2026-11-22T02:00:00Z");
    EXPECT_EQ(last_.wake, at("2026-11-22T03:00:00Z"));
    set_clock("2026-11-22T09:00:00Z");
    EXPECT_TRUE(last_.stop.empty());
    EXPECT_EQ(last_.wake, at("2026-11-22T10:00:00Z"));
    go_to("2026-11-22T10:00:00Z");
    EXPECT_EQ(last_.stop, std::vector<std::string>{"a"});
    go_to("2026-11-22T10:30:00Z");
    EXPECT_TRUE(last_.stop.empty());
    EXPECT_EQ(planner_->running(), 1U);
    finish("a", RunOutcome::kFailed);
    EXPECT_EQ(planner_->running(), 0U);
}

TEST_F(RunPlannerTest, AFinishedRunHasNoTimeoutLeft) {
    auto a = cron_job("a", "0 2 * * *");
    a.timeout = minutes(10);
    begin({a}, "2026-11-22T01:00:00Z");
    go_to("2026-11-22T02:00:00Z");
    finish("a");
    go_to("2026-11-22T02:30:00Z");
    EXPECT_TRUE(last_.stop.empty());
}

TEST_F(RunPlannerTest, ANewConfigurationKeepsRunsAndMemory) {
    auto old = cron_job("old", "0 2 * * *");
    auto same = cron_job("same", "0 2 * * *");
    auto waits = cron_job("waits", "0 2 * * *");
    old.targets = same.targets = waits.targets = {"s3"};
    begin({old, waits, same}, "2026-11-22T00:00:00Z");
    go_to("2026-11-22T02:00:00Z");
    EXPECT_EQ(started(), "old");
    begin({same, waits}, "2026-11-22T02:10:00Z", {}, planner_->state());
    EXPECT_EQ(started(), "");  // The target is still taken.
    EXPECT_FALSE(planner_->trigger("old", moment()));
    finish("old");
    EXPECT_EQ(started(), "same");
    finish("same");
    EXPECT_EQ(started(), "waits");
    finish("waits");
    go_to("2026-11-22T02:30:00Z");
    EXPECT_EQ(started(), "");
    EXPECT_FALSE(planner_->finished("old", RunOutcome::kSucceeded, moment()));
}

TEST_F(RunPlannerTest, ARunThatWaitsIsTheSameUnderANewConfiguration) {
    const std::vector<PlannedJob> jobs = {cron_job("long", "0 1 * * *"), cron_job("a", "0 2 * * *")};
    begin(jobs, "2026-11-22T00:00:00Z", {.runs = 1});
    go_to("2026-11-22T01:00:00Z");
    finish("long");
    go_to("2026-11-22T02:00:00Z");
    finish("a");
    go_to("2026-11-23T01:00:00Z");
    go_to("2026-11-23T02:00:00Z");
    EXPECT_EQ(started(), "long a long");
    begin(jobs, "2026-11-23T02:10:00Z", {.runs = 1}, planner_->state());
    finish("long");
    ASSERT_EQ(starts_.size(), 1U);
    EXPECT_EQ(starts_.front().job, "a");
    EXPECT_EQ(starts_.front().due, at("2026-11-23T02:00:00Z"));
    EXPECT_EQ(skipped(), "");
}

TEST_F(RunPlannerTest, RefusesWhatCannotBe) {
    const auto refusal = [&](std::vector<PlannedJob> jobs, const PlannerLimits& limits) {
        const auto planner = RunPlanner::create(std::move(jobs), limits, {}, moment());
        return planner ? std::string("accepted") : planner.error().message();
    };
    EXPECT_EQ(refusal({{.name = "a", .after = {"b"}}, {.name = "b", .after = {"a"}}}, {}),
              "jobs wait for each other: a after b after a");
    EXPECT_EQ(refusal({}, {.runs = 0}), "scheduler: runs at once: at least 1 expected");
    EXPECT_EQ(refusal({}, {.runs_per_target = 0}), "scheduler: runs at once on one target: at least 1 expected");
    begin({cron_job("a", "0 2 * * *")}, "2026-11-22T00:00:00Z");
    EXPECT_EQ(planner_->finished("a", RunOutcome::kSucceeded, moment()).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace cofre::schedule
