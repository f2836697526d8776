// What several processes do to one catalog at once, and what is left when they are killed.
#include <csignal>
#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catalog/testing/catalog_contract.h"

namespace cofre::catalog::testing {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace {

void wait_for_all(const std::vector<int>& pids) {
    for (const int pid : pids) {
        int status = 0;
        ASSERT_EQ(::waitpid(pid, &status, 0), pid);
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
    }
}

/// 0, or a number that says where it went wrong.
int claim_every_due_time(const db::SqlUrl& url, int jobs, int times) {
    const auto catalog = Catalog::open({}, url);
    if (!catalog) return 1;
    for (int time = 0; time < times; ++time) {
        for (int job = 0; job < jobs; ++job) {
            ClaimRequest request{.job = "job" + std::to_string(job),
                                 .trigger = Trigger::kSchedule,
                                 .due_at = kNoon + minutes(time),
                                 .now = kNoon + minutes(time),
                                 .may_overlap = true,
                                 .program_version = "1"};
            const auto claim = (*catalog)->runs().claim({}, request);
            if (!claim) return 2;
            if (claim->result != ClaimResult::kClaimed) continue;
            if (!(*catalog)->runs().start({}, claim->run_id, request.now)) return 3;
            if (!(*catalog)->runs().finish({}, claim->run_id, ended_as(RunState::kSucceeded))) return 4;
        }
    }
    return 0;
}

/// Runs one due time after the other, for ever, and says so at every step.
void work_until_killed(const db::SqlUrl& url, int progress) {
    const auto catalog = Catalog::open({}, url);
    if (!catalog) ::_exit(1);
    const auto say = [&](char step) { (void)!::write(progress, &step, 1); };
    for (;;) {
        // What a daemon does when it starts: end what was interrupted, go on where it was.
        if (!(*catalog)->runs().mark_interrupted({}, kNoon)) ::_exit(2);
        const auto job = (*catalog)->jobs().find({}, "a");
        if (!job) ::_exit(3);
        const auto due = job->last_due_at.value_or(kNoon) + seconds(1);
        const auto claim = (*catalog)->runs().claim(
            {}, {.job = "a", .trigger = Trigger::kSchedule, .due_at = due, .now = due, .program_version = "1"});
        if (!claim || claim->result != ClaimResult::kClaimed) ::_exit(4);
        say('c');
        if (!(*catalog)->runs().start({}, claim->run_id, due)) ::_exit(5);
        say('s');
        RunEnd end = ended_as(RunState::kSucceeded, due + seconds(1));
        end.bytes_read = 1;
        if (!(*catalog)->runs().finish({}, claim->run_id, end)) ::_exit(6);
        say('f');
    }
}

/// Reads so many steps and kills in the middle of what follows.
void kill_after(int pid, int progress, std::size_t steps, unsigned spins) {
    char byte = 0;
    for (std::size_t i = 0; i < steps; ++i)
        ASSERT_EQ(::read(progress, &byte, 1), 1) << "the worker ended by itself";
    for (unsigned spin = 0; spin < spins; ++spin)
        (void)::getppid();
    ::kill(pid, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_TRUE(WIFSIGNALED(status)) << "exit status " << WEXITSTATUS(status);
    ::close(progress);
}

}  // namespace

TEST_P(CatalogContract, ProcessesThatOpenAnEmptyDatabaseAtOnceAgree) {
    std::vector<int> pids;
    int progress = -1;
    for (int i = 0; i < 6; ++i) {
        pids.push_back(fork_and_run(
            [this](int) {
                const auto opened = Catalog::open({}, url_);
                if (!opened) ADD_FAILURE() << opened.error().message();
                ::_exit(opened ? 0 : 1);
            },
            progress));
        ::close(progress);
    }
    wait_for_all(pids);
    EXPECT_TRUE(open_one());
}

TEST_P(CatalogContract, ProcessesClaimEachDueTimeOnce) {
    constexpr int kProcesses = 4;
    constexpr int kJobs = 3;
    constexpr int kTimes = 25;
    open_one();
    std::vector<int> pids;
    int progress = -1;
    for (int i = 0; i < kProcesses; ++i) {
        pids.push_back(fork_and_run([this](int) { ::_exit(claim_every_due_time(url_, kJobs, kTimes)); }, progress));
        ::close(progress);
    }
    wait_for_all(pids);

    const auto catalog = open_one();
    const auto runs = catalog->history().list({}, {.limit = 1000});
    ASSERT_TRUE(runs) << runs.error().message();
    std::set<std::pair<std::string, WallTime>> seen;
    for (const auto& run : *runs)
        EXPECT_TRUE(seen.emplace(run.job, *run.due_at).second) << run.job << " twice";
    EXPECT_THAT(seen, SizeIs(kJobs * kTimes)) << "none is lost";
    for (const auto& job : catalog->history().totals({}).value())
        EXPECT_EQ(job.totals.succeeded, static_cast<std::uint64_t>(kTimes)) << job.job;
}

TEST_P(CatalogContract, F59_AKillAtAnyMomentLosesAndDoublesNoRun) {
    constexpr int kKills = 50;
    open_one();
    std::minstd_rand random(59);
    for (int i = 0; i < kKills && !HasFatalFailure(); ++i) {
        int progress = -1;
        const int pid = fork_and_run([this](int out) { work_until_killed(url_, out); }, progress);
        kill_after(pid, progress, 1 + random() % 9, static_cast<unsigned>(random() % 40'000));
    }
    const auto catalog = open_one();
    ASSERT_TRUE(catalog->runs().mark_interrupted({}, kNoon));
    EXPECT_THAT(catalog->history().active({}).value(), IsEmpty()) << "nothing is stuck";

    const auto runs = catalog->history().list({}, {.limit = 10'000});
    ASSERT_TRUE(runs);
    std::set<WallTime> dues;
    std::map<RunState, std::uint64_t> states;
    for (const auto& run : *runs) {
        EXPECT_TRUE(dues.insert(*run.due_at).second) << "doubled";
        ++states[run.end.state];
    }
    ASSERT_FALSE(dues.empty());
    const auto span = static_cast<std::size_t>((*dues.rbegin() - kNoon) / seconds(1));
    EXPECT_EQ(dues.size(), span) << "a due time is missing";
    EXPECT_GT(states[RunState::kInterrupted], 0U);
    EXPECT_LE(states[RunState::kInterrupted], static_cast<std::uint64_t>(kKills));

    const auto totals = catalog->history().totals({}).value().front().totals;
    EXPECT_EQ(totals.runs, runs->size()) << "sums and rows agree";
    EXPECT_EQ(totals.succeeded, states[RunState::kSucceeded]);
    EXPECT_EQ(totals.interrupted, states[RunState::kInterrupted]);
    EXPECT_EQ(totals.bytes_read, states[RunState::kSucceeded]);
}

}  // namespace cofre::catalog::testing
