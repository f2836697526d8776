#include "daemon/run_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bounded_queue.h"
#include "base/file.h"
#include "base/guarded.h"
#include "base/task_group.h"
#include "base/testing/fake_clock.h"
#include "catalog/catalog.h"
#include "db/sql_url.h"

namespace cofre::daemon {
namespace {

using catalog::RunState;
using ::testing::HasSubstr;

constexpr std::chrono::seconds kPeriod{60};

schedule::PlannedJob periodic_job(const std::string& name) {
    schedule::ScheduleOptions options;
    options.job = name;
    options.every = kPeriod;
    schedule::PlannedJob job;
    job.name = name;
    job.schedule = *schedule::Schedule::create(options);
    return job;
}

schedule::PlannedJob loose_job(const std::string& name) {
    schedule::PlannedJob job;
    job.name = name;
    return job;
}

/// A service whose jobs do what the test says, when it says so.
class RunServiceTest : public ::testing::Test {
protected:
    void SetUp() override {
        const auto url = *db::parse_sql_url("sqlite://" + (folder_.path() / "catalog.db").native());
        auto opened = catalog::Catalog::open({}, url);
        ASSERT_TRUE(opened) << opened.error().message();
        catalog_ = *std::move(opened);
    }
    void TearDown() override { stop(); }

    void start(std::vector<schedule::PlannedJob> jobs) {
        jobs.push_back(loose_job("waker"));
        const ServicePorts ports{
            .catalog = *catalog_,
            .clock = clock_,
            .run = [this](const CallContext& ctx, const RunOrder& order) { return run(ctx, order); },
            .tell = [this](const ServiceEvent& event) { events_.with([&](auto& all) { all.push_back(event); }); },
            .beat = [] {}};
        auto made = RunService::create({}, ports, std::move(jobs), {.runs = 2, .runs_per_target = 2});
        ASSERT_TRUE(made) << made.error().message();
        service_ = *std::move(made);
        stop_ = std::stop_source();
        thread_ = std::make_unique<TaskGroup>(std::stop_token());
        thread_->spawn([this](const std::stop_token&) { return service_->serve({.stop = stop_.get_token()}); });
    }
    void stop() {
        if (!thread_) return;
        stop_.request_stop();
        EXPECT_TRUE(thread_->wait());
        thread_.reset();
    }

    /// What the process of a job does: claims, works, says how it ended.
    Result<JobEnd> run(const CallContext& ctx, const RunOrder& order) {
        if (order.job == "waker") return JobEnd{.exit_status = 0, .last_words = {}};
        if (claims_) {
            const catalog::ClaimRequest request{.job = order.job,
                                                .trigger = order.trigger,
                                                .due_at = order.due,
                                                .now = clock_.wall_now(),
                                                .program_version = {}};
            COFRE_ASSIGN(const auto claim, catalog_->runs().claim({}, request));
            if (claim.result != catalog::ClaimResult::kClaimed) return JobEnd{kExitNotClaimed, ""};
            COFRE_TRY(begun_.push(order, {}));
            COFRE_ASSIGN(const auto status, results_.pop(ctx.stop));
            catalog::RunEnd end;
            end.exit_status = *status;
            end.state = catalog::state_of_exit(*status);
            end.ended_at = clock_.wall_now();
            COFRE_TRY(catalog_->runs().finish({}, claim.run_id, end));
            return JobEnd{*status, *status == 0 ? "" : "it went wrong"};
        }
        COFRE_TRY(begun_.push(order, {}));
        return JobEnd{1, "no such configuration"};
    }

    /// The loop looks at its clock when something happens.
    void advance(std::chrono::milliseconds by) {
        clock_.advance(by);
        ASSERT_TRUE(service_->trigger("waker"));
    }
    RunOrder next_order() {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        const auto order = begun_.pop_until({}, until);
        EXPECT_TRUE(order && *order) << "no job began";
        return order && *order ? **order : RunOrder{};
    }
    /// Waits for an event that is there sooner or later.
    ServiceEvent wait_for(ServiceEvent::Kind kind, const std::string& job) {
        for (int i = 0; i < 2'000; ++i) {
            const auto found = events_.with([&](const auto& all) -> std::optional<ServiceEvent> {
                for (const auto& event : all) {
                    if (event.kind == kind && event.job == job) return event;
                }
                return std::nullopt;
            });
            if (found) return *found;
            EXPECT_TRUE(system_clock().sleep({}, std::chrono::milliseconds(5)));
        }
        ADD_FAILURE() << "no such event";
        return {};
    }
    std::vector<catalog::Run> history(const std::string& job) {
        return *catalog_->history().list({}, {.job = job, .states = {}, .since = {}, .before = {}, .after = {}});
    }

    TempDir folder_ = *TempDir::create("service");
    cofre::testing::FakeClock clock_;
    std::unique_ptr<catalog::Catalog> catalog_;
    bool claims_ = true;
    BoundedQueue<RunOrder> begun_{100};
    BoundedQueue<int> results_{100};
    Guarded<std::vector<ServiceEvent>> events_;
    std::stop_source stop_;
    std::unique_ptr<RunService> service_;
    std::unique_ptr<TaskGroup> thread_;
};

TEST_F(RunServiceTest, RunsWhatIsTriggeredAndTellsHowItEnded) {
    start({loose_job("shop")});
    EXPECT_EQ(service_->trigger("other").error().code(), ErrorCode::kNotFound);
    ASSERT_TRUE(service_->trigger("shop"));
    const auto order = next_order();
    EXPECT_EQ(order.job, "shop");
    EXPECT_EQ(order.trigger, catalog::Trigger::kManual);
    EXPECT_FALSE(order.due);
    EXPECT_TRUE(service_->jobs()[0].is_running);
    ASSERT_TRUE(results_.push(1, {}));
    const auto ended = wait_for(ServiceEvent::Kind::kEnded, "shop");
    EXPECT_EQ(ended.exit_status, 1);
    EXPECT_EQ(ended.detail, "it went wrong");
}

TEST_F(RunServiceTest, RunsEachDueTimeOnceAlsoAfterARestart) {
    start({periodic_job("shop")});
    advance(kPeriod);
    const auto first = next_order();
    ASSERT_TRUE(first.due);
    EXPECT_EQ(first.trigger, catalog::Trigger::kSchedule);
    ASSERT_TRUE(results_.push(0, {}));
    wait_for(ServiceEvent::Kind::kEnded, "shop");
    stop();
    start({periodic_job("shop")});
    advance(kPeriod);
    const auto second = next_order();
    ASSERT_TRUE(second.due);
    EXPECT_EQ(*second.due - *first.due, kPeriod);
    ASSERT_TRUE(results_.push(0, {}));
    stop();
    EXPECT_EQ(history("shop").size(), 2U);
}

TEST_F(RunServiceTest, F30_MakesUpOnceForWhatWasMissedWhileItWasDown) {
    start({periodic_job("shop")});
    stop();
    clock_.advance(kPeriod * 10);
    start({periodic_job("shop")});
    const auto order = next_order();
    EXPECT_EQ(order.trigger, catalog::Trigger::kCatchUp);
    ASSERT_TRUE(results_.push(0, {}));
    wait_for(ServiceEvent::Kind::kEnded, "shop");
    ASSERT_TRUE(service_->trigger("waker"));
    stop();
    EXPECT_FALSE(begun_.try_pop()) << "only one";
}

TEST_F(RunServiceTest, ARunThatCannotEvenBeginIsInTheHistory) {
    claims_ = false;
    start({periodic_job("shop")});
    advance(kPeriod);
    next_order();
    wait_for(ServiceEvent::Kind::kEnded, "shop");
    const auto runs = history("shop");
    ASSERT_EQ(runs.size(), 1U);
    EXPECT_EQ(runs[0].end.state, RunState::kFailed);
    EXPECT_THAT(runs[0].end.error, HasSubstr("no such configuration"));
}

TEST_F(RunServiceTest, ARunWhoseProcessDiedIsMarkedAndRunAgain) {
    const catalog::ClaimRequest request{.job = "shop",
                                        .trigger = catalog::Trigger::kSchedule,
                                        .due_at = clock_.wall_now(),
                                        .now = clock_.wall_now(),
                                        .program_version = {}};
    {
        const auto url = *db::parse_sql_url("sqlite://" + (folder_.path() / "catalog.db").native());
        const catalog::Owner elsewhere{.host = "another-machine", .pid = 1, .mark = "", .instance = "gone"};
        const auto other = *catalog::Catalog::open_as({}, url, elsewhere);
        ASSERT_EQ(other->runs().claim({}, request)->result, catalog::ClaimResult::kClaimed);
    }
    clock_.advance(catalog::ClaimRequest::kLease * 2);
    auto job = periodic_job("shop");
    start({job});
    next_order();
    ASSERT_TRUE(results_.push(0, {}));
    EXPECT_THAT(wait_for(ServiceEvent::Kind::kEnded, "shop").detail, HasSubstr("interrupted"));
    stop();
    const auto runs = history("shop");
    EXPECT_EQ(runs.back().end.state, RunState::kInterrupted);
}

TEST_F(RunServiceTest, TellsOnceOfAJobThatIsOverdue) {
    start({periodic_job("shop")});
    advance(kPeriod);
    next_order();
    ASSERT_TRUE(results_.push(0, {}));
    wait_for(ServiceEvent::Kind::kEnded, "shop");
    ASSERT_TRUE(service_->set_paused("shop", true));
    stop();
    ASSERT_TRUE(catalog_->jobs().resume({}, "shop"));
    // Nobody runs it: the service that should is another one, and is down.
    auto elsewhere = periodic_job("shop");
    elsewhere.paused = true;
    clock_.advance(kPeriod + std::chrono::hours(2));
    ASSERT_TRUE(catalog_->jobs().note_due({}, "shop", clock_.wall_now() + std::chrono::hours(1)));
    start({elsewhere});
    EXPECT_THAT(wait_for(ServiceEvent::Kind::kOverdue, "shop").detail, HasSubstr("last success"));
}

TEST_F(RunServiceTest, AStopEndsRunsThatAreUnderWay) {
    start({loose_job("shop")});
    ASSERT_TRUE(service_->trigger("shop"));
    next_order();
    stop();
    EXPECT_FALSE(service_->jobs()[0].is_running);
}

TEST_F(RunServiceTest, TakesNewJobsWithoutARestart) {
    start({loose_job("shop")});
    EXPECT_FALSE(service_->reload({loose_job("twice"), loose_job("twice")}, {}));
    ASSERT_TRUE(service_->reload({loose_job("fresh"), loose_job("waker")}, {}));
    // The loop takes one thing after the other: when the waker has run, the new jobs are there.
    for (int i = 0; i < 2'000 && !service_->trigger("fresh"); ++i)
        ASSERT_TRUE(system_clock().sleep({}, std::chrono::milliseconds(5)));
    EXPECT_EQ(next_order().job, "fresh");
    ASSERT_TRUE(results_.push(0, {}));
    EXPECT_FALSE(service_->trigger("shop"));
}

}  // namespace
}  // namespace cofre::daemon
