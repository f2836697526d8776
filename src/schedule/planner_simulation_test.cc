// RunPlanner with a thousand jobs against a scheduler that looks at every job
// at every step, and has no sets, lines or timers.

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "schedule/run_planner.h"
#include "schedule/testing/schedule_times.h"

namespace cofre::schedule {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr PlannerLimits kSimulatedLimits{.runs = 40, .runs_per_target = 2};

struct NaiveJob {
    PlannedJob plan;
    std::optional<Occurrence> next;
    bool waits = false;
    bool runs = false;
    Instant due;
};

/// No `after`, pauses or blackouts; those have tests of their own.
class NaiveScheduler {
public:
    NaiveScheduler(const std::vector<PlannedJob>& jobs, Instant now) {
        for (const auto& job : jobs)
            jobs_.push_back({.plan = job, .next = job.schedule->first_after(now)});
    }

    std::vector<std::string> step(Instant now) {
        for (auto& job : jobs_)
            find_due(job, now);
        std::vector<std::string> started;
        for (NaiveJob* job = next_to_start(); job != nullptr; job = next_to_start()) {
            job->waits = false;
            job->runs = true;
            started.push_back(job->plan.name);
        }
        return started;
    }

    void finish(const std::string& name) {
        for (auto& job : jobs_) {
            if (job.plan.name == name) job.runs = false;
        }
    }

private:
    static void find_due(NaiveJob& job, Instant now) {
        if (!job.next || job.next->start > now) return;
        if (!job.runs && !job.waits) {
            job.waits = true;
            job.due = job.next->due;
        }
        while (job.next && job.next->due <= now)
            job.next = job.plan.schedule->first_after(job.next->due);
    }

    NaiveJob* next_to_start() {
        std::size_t running = 0;
        std::vector<NaiveJob*> waiting;
        std::map<std::string, std::size_t> taken;  // By runs, and by older ones that wait.
        for (auto& job : jobs_) {
            if (job.waits) waiting.push_back(&job);
            if (!job.runs) continue;
            ++running;
            for (const auto& target : job.plan.targets)
                ++taken[target];
        }
        if (running >= kSimulatedLimits.runs) return nullptr;
        std::stable_sort(waiting.begin(), waiting.end(),
                         [](const NaiveJob* a, const NaiveJob* b) { return a->due < b->due; });
        for (NaiveJob* const job : waiting) {
            bool has_room = true;
            for (const auto& target : job->plan.targets) {
                has_room = has_room && taken[target] < kSimulatedLimits.runs_per_target;
                ++taken[target];
            }
            if (has_room) return job;
        }
        return nullptr;
    }

    std::vector<NaiveJob> jobs_;
};

class Simulation {
public:
    explicit Simulation(unsigned seed) : random_(seed) {}

    std::vector<PlannedJob> make_jobs(std::size_t count) {
        const std::vector<std::string> zones = {"UTC", "America/Sao_Paulo", "Europe/Lisbon"};
        std::vector<PlannedJob> jobs;
        for (std::size_t i = 0; i < count; ++i) {
            ScheduleOptions options{.job = "job" + std::to_string(i), .zone = zone(zones[pick(0, 2)])};
            if (pick(0, 3) == 0) {
                options.every = minutes(pick(20, 600));
            } else {
                options.cron = {std::to_string(pick(0, 59)) + " " +
                                (pick(0, 1) == 0 ? "*/" + std::to_string(pick(1, 11)) : std::to_string(pick(0, 23))) +
                                " * * *"};
            }
            if (pick(0, 2) == 0) options.jitter = minutes(pick(1, 30));
            auto schedule = Schedule::create(options);
            EXPECT_TRUE(schedule);
            PlannedJob job{.name = options.job, .schedule = *std::move(schedule)};
            for (unsigned targets = pick(0, 2); targets > 0; --targets)
                job.targets.push_back("target" + std::to_string(pick(0, 60)));
            std::sort(job.targets.begin(), job.targets.end());
            job.targets.erase(std::unique(job.targets.begin(), job.targets.end()), job.targets.end());
            jobs.push_back(std::move(job));
        }
        return jobs;
    }

    unsigned pick(unsigned low, unsigned high) { return std::uniform_int_distribution<unsigned>(low, high)(random_); }

private:
    std::mt19937 random_;
};

TEST(PlannerSimulation, AgreesWithANaiveScheduler) {
    Simulation simulation(20261122);
    const auto jobs = simulation.make_jobs(1000);
    Moment now{at("2018-11-03T12:00:00Z"), {}};  // A gap in Sao Paulo is ahead.
    auto planner = RunPlanner::create(jobs, kSimulatedLimits, {}, now);
    ASSERT_TRUE(planner);
    NaiveScheduler naive(jobs, now.wall);
    std::multimap<Instant, std::string> ends;
    std::size_t runs = 0;

    const auto check = [&](const Plan& plan) {
        std::vector<std::string> started;
        for (const auto& run : plan.start) {
            started.push_back(run.job);
            ends.emplace(now.wall + seconds(simulation.pick(5, 600)), run.job);
        }
        runs += started.size();
        ASSERT_EQ(started, naive.step(now.wall)) << format_rfc3339(now.wall);
    };
    const Instant last = now.wall + hours(30);
    auto plan = planner->tick(now);
    ASSERT_NO_FATAL_FAILURE(check(plan));
    bool has_slept = false;
    while (now.wall < last) {
        ASSERT_TRUE(plan.wake);
        ASSERT_GT(*plan.wake, now.wall);
        auto next = *plan.wake;
        const bool is_end = !ends.empty() && ends.begin()->first <= next;
        if (is_end) next = std::max(now.wall, ends.begin()->first);
        if (!has_slept && next > last - hours(12)) {
            next += hours(7);  // Nobody looks for a while; runs end late.
            has_slept = true;
        }
        now.steady += next - now.wall;
        now.wall = next;
        if (is_end) {
            const auto job = ends.begin()->second;
            ends.erase(ends.begin());
            auto after = planner->finished(job, RunOutcome::kSucceeded, now);
            ASSERT_TRUE(after);
            plan = *std::move(after);
            naive.finish(job);
        } else {
            plan = planner->tick(now);
        }
        ASSERT_NO_FATAL_FAILURE(check(plan));
    }
    EXPECT_GT(runs, 2000U);
}

/// Everything at once, and what must hold after each event.
class Chaos {
public:
    explicit Chaos(unsigned seed) : random_(seed) {
        std::vector<PlannedJob> jobs;
        for (std::size_t i = 0; i < 40; ++i)
            jobs.push_back(random_job(i));
        jobs_ = jobs;
        std::shuffle(jobs.begin(), jobs.end(), random_);
        auto planner = RunPlanner::create(std::move(jobs), kLimits, {}, now_);
        EXPECT_TRUE(planner) << planner.error().message();
        planner_.emplace(*std::move(planner));
    }

    void step() {
        switch (pick(0, 11)) {
            case 0: use(planner_->trigger(jobs_[pick(0, 39)].name, now_)); break;
            case 1: use(planner_->set_paused(jobs_[pick(0, 39)].name, pick(0, 1) == 0, now_)); break;
            case 2:
                now_.wall += minutes(static_cast<int>(pick(0, 600)) - 200);  // Set, or asleep.
                break;
            case 3: reload(); break;
            default:
                if (!running_.empty() && pick(0, 2) != 0) finish_one();
                pass(seconds(pick(1, 1500)));
        }
    }

    /// From now on all is well and nobody interferes: nothing may wait for long.
    void calm_down() {
        for (const auto& job : jobs_)
            use(planner_->set_paused(job.name, false, now_));
        for (int i = 0; i < 3000; ++i) {
            while (!running_.empty())
                finish_one();
            pass(minutes(3));
        }
        for (const auto& run : planner_->waiting())
            EXPECT_GT(run.due, now_.wall - hours(30)) << run.job;
    }

    std::size_t runs() const { return runs_; }

private:
    static constexpr PlannerLimits kLimits{.runs = 4, .runs_per_target = 1};

    unsigned pick(unsigned low, unsigned high) { return std::uniform_int_distribution<unsigned>(low, high)(random_); }

    PlannedJob random_job(std::size_t i) {
        PlannedJob job{.name = "job" + std::to_string(i)};
        ScheduleOptions options{.job = job.name, .zone = zone("Europe/Lisbon")};
        options.cron = {std::to_string(pick(0, 59)) + " */" + std::to_string(pick(1, 11)) + " * * *"};
        if (pick(0, 3) == 0) options.blackout = {"22:00-06:00"};
        if (pick(0, 3) == 0) options.jitter = minutes(pick(1, 60));
        options.catch_up = pick(0, 2) != 0;
        if (pick(0, 3) != 0) job.schedule = *Schedule::create(options);
        for (unsigned n = pick(0, 2); n > 0 && i > 0; --n)
            job.after.push_back("job" + std::to_string(pick(0, static_cast<unsigned>(i) - 1)));
        for (unsigned n = pick(0, 2); n > 0; --n)
            job.targets.push_back("target" + std::to_string(pick(0, 4)));
        if (pick(0, 3) == 0) job.timeout = minutes(pick(5, 60));
        return job;
    }

    void pass(seconds time) {
        now_.wall += time;
        now_.steady += time;
        use(planner_->tick(now_));
    }

    void finish_one() {
        const auto at_end = std::next(running_.begin(), pick(0, static_cast<unsigned>(running_.size()) - 1));
        const std::string job = *at_end;
        running_.erase(at_end);
        use(planner_->finished(job, pick(0, 5) == 0 ? RunOutcome::kFailed : RunOutcome::kSucceeded, now_));
    }

    void reload() {
        auto planner = RunPlanner::create(jobs_, kLimits, planner_->state(), now_);
        ASSERT_TRUE(planner) << planner.error().message();
        planner_.emplace(*std::move(planner));
        use(planner_->tick(now_));
    }

    void use(const Result<Plan>& plan) {
        ASSERT_TRUE(plan) << plan.error().message();
        for (const auto& run : plan->start) {
            ++runs_;
            EXPECT_TRUE(running_.insert(run.job).second) << run.job << " runs twice";
            const auto job = std::find_if(jobs_.begin(), jobs_.end(), [&](const auto& j) { return j.name == run.job; });
            if (run.cause == RunCause::kTrigger) continue;
            if (job->schedule) {
                EXPECT_FALSE(job->schedule->blackout_end(now_.wall)) << run.job;
            }
        }
        EXPECT_EQ(planner_->running(), running_.size());
        EXPECT_LE(running_.size(), kLimits.runs);
        std::map<std::string, std::set<std::string>> on_target;
        for (const auto& job : jobs_) {
            if (running_.count(job.name) == 0) continue;
            for (const auto& target : job.targets)
                on_target[target].insert(job.name);
        }
        for (const auto& [target, names] : on_target)
            EXPECT_LE(names.size(), kLimits.runs_per_target) << target;
        if (plan->wake) {
            EXPECT_GT(*plan->wake, now_.wall);
        }
        const auto waiting = planner_->waiting();
        const bool has_line = std::any_of(waiting.begin(), waiting.end(),
                                          [](const auto& run) { return run.reason == WaitReason::kRoom; });
        EXPECT_FALSE(running_.empty() && has_line) << "room for all, and nobody begins";
    }

    std::mt19937 random_;
    std::vector<PlannedJob> jobs_;
    std::optional<RunPlanner> planner_;
    Moment now_{at("2026-10-23T00:00:00Z"), {}};
    std::set<std::string> running_;
    std::size_t runs_ = 0;
};

TEST(PlannerSimulation, F31_KeepsItsPromisesWhateverHappens) {
    for (unsigned seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        Chaos chaos(seed);
        for (int i = 0; i < 600 && !::testing::Test::HasFailure(); ++i)
            chaos.step();
        chaos.calm_down();
        EXPECT_GT(chaos.runs(), 300U);
        if (::testing::Test::HasFailure()) return;
    }
}

TEST(PlannerSimulation, IsDeterministic) {
    const auto play = [] {
        Simulation simulation(7);
        Moment now{at("2026-11-22T00:00:00Z"), {}};
        auto planner = RunPlanner::create(simulation.make_jobs(200), {.runs = 5}, {}, now);
        EXPECT_TRUE(planner);
        std::string log;
        std::vector<std::string> running;
        for (int step = 0; step < 2000; ++step) {
            now.wall += seconds(90);
            now.steady += seconds(90);
            auto plan = planner->tick(now);
            if (!running.empty() && step % 2 == 0) {
                auto after = planner->finished(running.front(), RunOutcome::kSucceeded, now);
                EXPECT_TRUE(after);
                running.erase(running.begin());
                plan.start.insert(plan.start.end(), after->start.begin(), after->start.end());
            }
            for (const auto& run : plan.start) {
                running.push_back(run.job);
                log += run.job + "@" + format_rfc3339(run.due) + " ";
            }
        }
        return log;
    };
    const auto first = play();
    EXPECT_GT(first.size(), 10'000U);
    EXPECT_EQ(first, play());
}

}  // namespace
}  // namespace cofre::schedule
