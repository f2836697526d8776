#include "catalog/testing/catalog_contract.h"

#include <algorithm>
#include <array>

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catalog/schema.h"

namespace cofre::catalog::testing {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::ostream& operator<<(std::ostream& out, const CatalogPlace& place) {
    return out << place.name;
}

std::string place_name(const ::testing::TestParamInfo<CatalogPlace>& info) {
    return info.param.name;
}

std::unique_ptr<Catalog> CatalogContract::open_one(const Owner& owner) {
    auto catalog = Catalog::open_as({}, url_, owner);
    EXPECT_TRUE(catalog) << catalog.error().message();
    return catalog ? *std::move(catalog) : nullptr;
}

ClaimRequest CatalogContract::request(const std::string& job, std::optional<WallTime> due, WallTime now) {
    ClaimRequest one;
    one.job = job;
    one.trigger = due ? Trigger::kSchedule : Trigger::kManual;
    one.due_at = due;
    one.now = now;
    one.program_version = "1.2.3";
    return one;
}

RunEnd ended_as(RunState state, WallTime at) {
    RunEnd end;
    end.state = state;
    end.exit_status = state == RunState::kSucceeded ? 0 : 1;
    end.ended_at = at;
    return end;
}

std::string CatalogContract::run_once(Catalog& catalog, const std::string& job, const RunEnd& end, WallTime claimed) {
    const auto claim = catalog.runs().claim({}, request(job, std::nullopt, claimed));
    EXPECT_TRUE(claim) << claim.error().message();
    if (!claim) return {};
    EXPECT_EQ(claim->result, ClaimResult::kClaimed);
    const Status started = catalog.runs().start({}, claim->run_id, claimed);
    EXPECT_TRUE(started) << started.error().message();
    const Status finished = catalog.runs().finish({}, claim->run_id, end);
    EXPECT_TRUE(finished) << finished.error().message();
    return claim->run_id;
}

int fork_and_run(const std::function<void(int progress)>& work, int& progress) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    const int pid = ::fork();
    if (pid == 0) {
        ::close(ends[0]);
        work(ends[1]);
        ::_exit(0);  // No destructor of the parent's objects, no result of its tests.
    }
    ::close(ends[1]);
    progress = ends[0];
    return pid;
}

TEST_P(CatalogContract, GivesADueTimeToOneClaimOnly) {
    const auto catalog = open_one();
    const auto first = catalog->runs().claim({}, request("a", kNoon));
    ASSERT_TRUE(first) << first.error().message();
    EXPECT_EQ(first->result, ClaimResult::kClaimed);
    ASSERT_TRUE(catalog->runs().finish({}, first->run_id, ended_as(RunState::kSucceeded)));

    const auto again = catalog->runs().claim({}, request("a", kNoon));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->result, ClaimResult::kTaken);
    EXPECT_EQ(catalog->runs().claim({}, request("a", kNoon - hours(1)))->result, ClaimResult::kTaken);
    EXPECT_EQ(catalog->runs().claim({}, request("b", kNoon))->result, ClaimResult::kClaimed);
    EXPECT_EQ(catalog->runs().claim({}, request("a", kNoon + hours(1)))->result, ClaimResult::kClaimed);
}

TEST_P(CatalogContract, F31_RunsAJobOnceAtATime) {
    const auto catalog = open_one();
    const auto first = catalog->runs().claim({}, request("a"));
    ASSERT_TRUE(first);

    const auto second = catalog->runs().claim({}, request("a", kNoon));
    ASSERT_TRUE(second);
    EXPECT_EQ(second->result, ClaimResult::kActive);
    EXPECT_EQ(second->run_id, first->run_id);

    auto overlapping = request("a");
    overlapping.may_overlap = true;
    EXPECT_EQ(catalog->runs().claim({}, overlapping)->result, ClaimResult::kClaimed);
}

TEST_P(CatalogContract, PausedJobsRunForPeopleOnly) {
    const auto catalog = open_one();
    ASSERT_TRUE(catalog->jobs().pause({}, "a", "moving house", kNoon));
    EXPECT_EQ(catalog->runs().claim({}, request("a", kNoon))->result, ClaimResult::kPaused);
    EXPECT_EQ(catalog->jobs().find({}, "a")->pause_reason, "moving house");

    const auto by_hand = catalog->runs().claim({}, request("a"));
    ASSERT_TRUE(by_hand);
    EXPECT_EQ(by_hand->result, ClaimResult::kClaimed);
    ASSERT_TRUE(catalog->runs().finish({}, by_hand->run_id, ended_as(RunState::kSucceeded)));

    ASSERT_TRUE(catalog->jobs().resume({}, "a"));
    EXPECT_EQ(catalog->runs().claim({}, request("a", kNoon))->result, ClaimResult::kClaimed);
}

TEST_P(CatalogContract, ASkippedDueTimeIsInTheHistoryAndIsNotClaimed) {
    const auto catalog = open_one();
    const auto skipped = catalog->runs().skip({}, request("a", kNoon), "the run before it is not over");
    ASSERT_TRUE(skipped) << skipped.error().message();
    EXPECT_TRUE(*skipped);
    EXPECT_FALSE(*catalog->runs().skip({}, request("a", kNoon), "again"));
    EXPECT_EQ(catalog->runs().claim({}, request("a", kNoon))->result, ClaimResult::kTaken);

    const auto runs = catalog->history().list({}, {.states = {RunState::kSkipped}});
    ASSERT_TRUE(runs);
    ASSERT_THAT(*runs, SizeIs(1));
    EXPECT_EQ(runs->front().end.error, "the run before it is not over");
    EXPECT_FALSE(catalog->jobs().find({}, "a")->last_run) << "it did not run";
    EXPECT_EQ(catalog->history().totals({})->front().totals.skipped, 1U);
}

RunEnd full_end() {
    RunEnd end = ended_as(RunState::kPartial, kNoon + minutes(5));
    end.exit_status = 2;
    end.snapshot_id = "abc";
    end.target = "s3://b/p";
    end.layout = "repository";
    end.files = 7;
    end.bytes_read = 5'000'000'000;
    end.bytes_stored = 4'000'000'000;
    end.warning_count = 1;
    end.error = "one file could not be read";
    end.peak_memory = 123'456'789;
    end.cpu_time = std::chrono::milliseconds(4321);
    end.phases = {{"dump", kNoon, seconds(2)}, {"backup", kNoon + seconds(2), seconds(60)}};
    end.warnings = {"it's \"odd\": \xF0\x9F\x98\x80"};
    end.sources = {{"/data", "done", 7, 5'000'000'000}};
    return end;
}

TEST_P(CatalogContract, KeepsAllThatIsKnownOfARun) {
    const auto catalog = open_one();
    const auto claim = catalog->runs().claim({}, request("a", kNoon));
    ASSERT_TRUE(claim);
    ASSERT_TRUE(catalog->runs().start({}, claim->run_id, kNoon + seconds(1)));
    const auto running = catalog->history().active({});
    ASSERT_TRUE(running);
    ASSERT_THAT(*running, SizeIs(1));
    EXPECT_EQ(running->front().end.state, RunState::kRunning);
    ASSERT_TRUE(catalog->runs().finish({}, claim->run_id, full_end()));

    const auto run = catalog->history().find({}, claim->run_id);
    ASSERT_TRUE(run) << run.error().message();
    EXPECT_EQ(run->job, "a");
    EXPECT_EQ(run->trigger, Trigger::kSchedule);
    EXPECT_EQ(run->due_at, kNoon);
    EXPECT_EQ(run->claimed_at, kNoon);
    EXPECT_EQ(run->started_at, kNoon + seconds(1));
    EXPECT_EQ(run->program_version, "1.2.3");
    EXPECT_EQ(run->host, Owner::self().host);
    EXPECT_EQ(run->elapsed(), minutes(5) - seconds(1));
    const auto end = full_end();
    EXPECT_EQ(run->end.state, end.state);
    EXPECT_EQ(run->end.exit_status, 2);
    EXPECT_EQ(run->end.ended_at, end.ended_at);
    EXPECT_EQ(run->end.snapshot_id, end.snapshot_id);
    EXPECT_EQ(run->end.target, end.target);
    EXPECT_EQ(run->end.layout, end.layout);
    EXPECT_EQ(run->end.files, end.files);
    EXPECT_EQ(run->end.bytes_read, end.bytes_read);
    EXPECT_EQ(run->end.bytes_stored, end.bytes_stored);
    EXPECT_EQ(run->end.warning_count, end.warning_count);
    EXPECT_EQ(run->end.error, end.error);
    EXPECT_EQ(run->end.peak_memory, end.peak_memory);
    EXPECT_EQ(run->end.cpu_time, end.cpu_time);

    const auto details = catalog->history().details({}, claim->run_id);
    ASSERT_TRUE(details) << details.error().message();
    ASSERT_THAT(details->phases, SizeIs(2));
    EXPECT_EQ(details->phases[1].name, "backup");
    EXPECT_EQ(details->phases[1].started_at, kNoon + seconds(2));
    EXPECT_EQ(details->phases[1].elapsed, seconds(60));
    EXPECT_THAT(details->warnings, ElementsAre(end.warnings.front()));
    ASSERT_THAT(details->sources, SizeIs(1));
    EXPECT_EQ(details->sources[0].bytes, 5'000'000'000);
    EXPECT_THAT(catalog->backups().list({}, {}).value(), SizeIs(1)) << "its backup is known, too";
}

TEST_P(CatalogContract, TextThatNoDatabaseTakesIsStoredAsFarAsItGoes) {
    const auto catalog = open_one();
    RunEnd end = ended_as(RunState::kFailed);
    end.error = std::string("bad \xFF byte, \0 and $1 :name 'quote'", 34);
    const auto id = run_once(*catalog, "jo'b\xFE", end);
    const auto run = catalog->history().find({}, id);
    ASSERT_TRUE(run) << run.error().message();
    EXPECT_EQ(run->end.error, "bad \xEF\xBF\xBD byte, \xEF\xBF\xBD and $1 :name 'quote'");
}

TEST_P(CatalogContract, EndsOfARunAreSaidOnceAndByItsOwner) {
    const auto mine = open_one();
    const auto other = open_one();
    const auto claim = mine->runs().claim({}, request("a"));
    ASSERT_TRUE(claim);
    EXPECT_EQ(other->runs().start({}, claim->run_id, kNoon).error().code(), ErrorCode::kConflict);
    EXPECT_EQ(other->runs().heartbeat({}, claim->run_id, kNoon).error().code(), ErrorCode::kConflict);
    EXPECT_EQ(other->runs().finish({}, claim->run_id, ended_as(RunState::kFailed)).error().code(),
              ErrorCode::kConflict);
    EXPECT_EQ(mine->runs().finish({}, "no such run", ended_as(RunState::kFailed)).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(mine->runs().finish({}, claim->run_id, ended_as(RunState::kRunning)).error().code(),
              ErrorCode::kInvalidArgument);

    ASSERT_TRUE(mine->runs().finish({}, claim->run_id, ended_as(RunState::kSucceeded)));
    EXPECT_TRUE(mine->runs().finish({}, claim->run_id, ended_as(RunState::kSucceeded))) << "said again";
    EXPECT_EQ(mine->runs().finish({}, claim->run_id, ended_as(RunState::kFailed)).error().code(), ErrorCode::kConflict);
    EXPECT_EQ(mine->history().totals({})->front().totals.runs, 1U);
}

/// A process on another machine: nobody here can see whether it lives.
Owner far_away() {
    return {.host = "far-away", .pid = 4242, .mark = "", .instance = "far"};
}

TEST_P(CatalogContract, MarksARunInterruptedWhenItsLeaseIsOver) {
    const auto mine = open_one(far_away());
    const auto other = open_one();
    const auto claim = mine->runs().claim({}, request("a", kNoon));
    ASSERT_TRUE(claim);

    EXPECT_THAT(other->runs().mark_interrupted({}, kNoon + seconds(60)).value(), IsEmpty());
    ASSERT_TRUE(mine->runs().heartbeat({}, claim->run_id, kNoon + seconds(60)));
    EXPECT_THAT(other->runs().mark_interrupted({}, kNoon + seconds(150)).value(), IsEmpty());
    const auto ended = other->runs().mark_interrupted({}, kNoon + seconds(200));
    ASSERT_TRUE(ended) << ended.error().message();
    ASSERT_THAT(*ended, SizeIs(1));
    EXPECT_EQ(ended->front().id, claim->run_id);
    EXPECT_EQ(mine->runs().heartbeat({}, claim->run_id, kNoon + seconds(200)).error().code(), ErrorCode::kConflict);
    EXPECT_EQ(mine->jobs().find({}, "a")->failures_in_row, 1U);
    EXPECT_EQ(other->runs().claim({}, request("a", kNoon + hours(1)))->result, ClaimResult::kClaimed);
}

TEST_P(CatalogContract, F28_WhoseRunWasTakenForDeadMayStillSayHowItEnded) {
    const auto mine = open_one(far_away());
    const auto other = open_one();
    const auto claim = mine->runs().claim({}, request("a", kNoon));
    ASSERT_TRUE(claim);
    ASSERT_THAT(other->runs().mark_interrupted({}, kNoon + hours(1)).value(), SizeIs(1));

    RunEnd end = ended_as(RunState::kSucceeded, kNoon + hours(2));
    end.bytes_read = 10;
    ASSERT_TRUE(mine->runs().finish({}, claim->run_id, end));
    const auto totals = mine->history().totals({});
    ASSERT_TRUE(totals);
    EXPECT_EQ(totals->front().totals.runs, 1U);
    EXPECT_EQ(totals->front().totals.interrupted, 0U);
    EXPECT_EQ(totals->front().totals.succeeded, 1U);
    EXPECT_EQ(totals->front().totals.bytes_read, 10U);
    EXPECT_EQ(mine->jobs().find({}, "a")->failures_in_row, 0U);
}

TEST_P(CatalogContract, F27_AClockThatJumpsDoesNotEndTheRunOfAProcessThatLives) {
    const auto mine = open_one();
    const auto other = open_one();
    ASSERT_TRUE(mine->runs().claim({}, request("a", kNoon)));
    EXPECT_THAT(other->runs().mark_interrupted({}, kNoon + hours(24)).value(), IsEmpty());
    EXPECT_THAT(other->runs().mark_interrupted({}, kNoon - hours(24)).value(), IsEmpty());
}

TEST_P(CatalogContract, KnowsThatAProcessOfThisMachineHasDied) {
    int progress = -1;
    const int pid = fork_and_run(
        [&](int out) {
            const auto catalog = Catalog::open({}, url_);
            if (!catalog || !(*catalog)->runs().claim({}, request("a"))) return;
            (void)!::write(out, "x", 1);
            ::pause();
        },
        progress);
    char byte = 0;
    ASSERT_EQ(::read(progress, &byte, 1), 1);
    const auto catalog = open_one();
    EXPECT_THAT(catalog->runs().mark_interrupted({}, kNoon).value(), IsEmpty()) << "it lives";
    ::kill(pid, SIGKILL);
    ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
    ::close(progress);
    const auto ended = catalog->runs().mark_interrupted({}, kNoon);
    ASSERT_TRUE(ended) << ended.error().message();
    ASSERT_THAT(*ended, SizeIs(1)) << "long before its lease is over";
    EXPECT_THAT(ended->front().end.error, HasSubstr("process " + std::to_string(pid)));
}

TEST_P(CatalogContract, SaysOfEachJobWhenItLastRanAndSucceeded) {
    const auto catalog = open_one();
    const auto good = run_once(*catalog, "a", ended_as(RunState::kSucceeded), kNoon);
    run_once(*catalog, "a", ended_as(RunState::kFailed, kNoon + hours(2)), kNoon + hours(1));
    const auto bad = run_once(*catalog, "a", ended_as(RunState::kFailed, kNoon + hours(3)), kNoon + hours(2));
    run_once(*catalog, "b", ended_as(RunState::kPartial), kNoon);
    const auto active = catalog->runs().claim({}, request("b", std::nullopt, kNoon + hours(5)));
    ASSERT_TRUE(active);
    ASSERT_TRUE(catalog->jobs().note_due({}, "c", kNoon));

    const auto jobs = catalog->jobs().list({});
    ASSERT_TRUE(jobs) << jobs.error().message();
    ASSERT_THAT(*jobs, SizeIs(3));
    EXPECT_EQ(jobs->at(0).last_run->id, bad);
    EXPECT_EQ(jobs->at(0).last_success->id, good);
    EXPECT_EQ(jobs->at(0).failures_in_row, 2U);
    EXPECT_FALSE(jobs->at(0).active_run);
    EXPECT_FALSE(jobs->at(1).last_success);
    EXPECT_EQ(jobs->at(1).failures_in_row, 0U);
    EXPECT_EQ(jobs->at(1).active_run->id, active->run_id);
    EXPECT_FALSE(jobs->at(2).last_run);
    EXPECT_EQ(jobs->at(2).last_due_at, kNoon);
    EXPECT_EQ(catalog->jobs().find({}, "unknown")->job, "unknown");
}

TEST_P(CatalogContract, PagesThroughTheHistoryWhileItGrows) {
    const auto catalog = open_one();
    std::vector<std::string> ids;
    ids.reserve(7);
    for (int i = 0; i < 7; ++i)
        ids.push_back(
            run_once(*catalog, i % 2 == 0 ? "even" : "odd", ended_as(RunState::kSucceeded), kNoon + minutes(i / 2)));

    std::vector<std::string> seen;
    HistoryFilter filter;
    filter.limit = 3;
    for (;;) {
        const auto page = catalog->history().list({}, filter);
        ASSERT_TRUE(page) << page.error().message();
        if (page->empty()) break;
        for (const auto& run : *page)
            seen.push_back(run.id);
        filter.after = RunCursor{page->back().claimed_at, page->back().id};
        run_once(*catalog, "late", ended_as(RunState::kSucceeded), kNoon + hours(1));
    }
    std::sort(ids.begin(), ids.end());
    std::reverse(seen.begin(), seen.end());
    EXPECT_EQ(seen, ids) << "each once, in order of time";
}

TEST_P(CatalogContract, FiltersTheHistory) {
    const auto catalog = open_one();
    run_once(*catalog, "a", ended_as(RunState::kSucceeded), kNoon);
    const auto failed = run_once(*catalog, "a", ended_as(RunState::kFailed), kNoon + hours(1));
    const auto partial = run_once(*catalog, "b", ended_as(RunState::kPartial), kNoon + hours(2));

    const auto ids = [&](const HistoryFilter& filter) {
        std::vector<std::string> out;
        const auto runs = catalog->history().list({}, filter);
        EXPECT_TRUE(runs) << runs.error().message();
        for (const auto& run : *runs)
            out.push_back(run.id);
        return out;
    };
    EXPECT_THAT(ids({.job = "a", .states = {RunState::kFailed}}), ElementsAre(failed));
    EXPECT_THAT(ids({.states = {RunState::kFailed, RunState::kPartial}}), ElementsAre(partial, failed));
    EXPECT_THAT(ids({.states = {RunState::kFailed, RunState::kPartial}, .limit = 1}), ElementsAre(partial));
    EXPECT_THAT(ids({.since = kNoon + hours(1), .before = kNoon + hours(2)}), ElementsAre(failed));
}

TEST_P(CatalogContract, SumsByDayAndJobAreThoseOfTheRuns) {
    const auto catalog = open_one();
    RunEnd end = ended_as(RunState::kSucceeded, kNoon + minutes(10));
    end.files = 3;
    end.bytes_read = 100;
    end.bytes_stored = 40;
    end.warning_count = 2;
    end.cpu_time = seconds(1);
    run_once(*catalog, "a", end, kNoon);
    end.ended_at = kNoon + minutes(4);
    run_once(*catalog, "a", end, kNoon + minutes(1));
    run_once(*catalog, "a", ended_as(RunState::kFailed, kNoon + hours(24)), kNoon + hours(24));
    run_once(*catalog, "b", ended_as(RunState::kCancelled), kNoon);

    const auto today = std::chrono::floor<std::chrono::days>(kNoon);
    const auto days = catalog->history().days({}, today, today + std::chrono::days(7), "a");
    ASSERT_TRUE(days) << days.error().message();
    ASSERT_THAT(*days, SizeIs(2));
    const auto& first = days->at(0).totals;
    EXPECT_EQ(days->at(0).day, today);
    EXPECT_EQ(first.runs, 2U);
    EXPECT_EQ(first.succeeded, 2U);
    EXPECT_EQ(first.files, 6U);
    EXPECT_EQ(first.bytes_read, 200U);
    EXPECT_EQ(first.bytes_stored, 80U);
    EXPECT_EQ(first.warnings, 4U);
    EXPECT_EQ(first.elapsed, minutes(13));
    EXPECT_EQ(first.longest, minutes(10));
    EXPECT_EQ(first.cpu_time, seconds(2));
    EXPECT_EQ(days->at(1).totals.failed, 1U);
    EXPECT_THAT(catalog->history().days({}, today, today + std::chrono::days(1)).value(), SizeIs(2)) << "both jobs";

    const auto totals = catalog->history().totals({});
    ASSERT_TRUE(totals);
    EXPECT_EQ(totals->at(0).totals.runs, 3U);
    EXPECT_EQ(totals->at(1).totals.cancelled, 1U);
}

TEST_P(CatalogContract, OldRunsGoAndTheLastOnesAndTheSumsStay) {
    const auto catalog = open_one();
    const auto good = run_once(*catalog, "a", ended_as(RunState::kSucceeded), kNoon - hours(100));
    for (int i = 0; i < 5; ++i)
        run_once(*catalog, "a", full_end(), kNoon - hours(90 - i));
    const auto last = run_once(*catalog, "a", ended_as(RunState::kFailed), kNoon - hours(50));
    const auto active = catalog->runs().claim({}, request("b", std::nullopt, kNoon - hours(99)));
    ASSERT_TRUE(active);

    const auto pruned = catalog->prune({}, kNoon);
    ASSERT_TRUE(pruned) << pruned.error().message();
    EXPECT_EQ(pruned->runs, 5U);
    std::vector<std::string> left;
    for (const auto& run : catalog->history().list({}, {}).value())
        left.push_back(run.id);
    EXPECT_THAT(left, ElementsAre(last, active->run_id, good));
    EXPECT_EQ(catalog->history().totals({})->front().totals.runs, 7U);
    EXPECT_EQ(catalog->info({})->rows.at("runs"), 3U);
}

Proof good_proof(const std::string& grade, WallTime started, WallTime backup) {
    Proof proof;
    proof.job = "a";
    proof.target = "s3://b/p";
    proof.snapshot_id = "abc";
    proof.snapshot_time = backup;
    proof.grade = grade;
    proof.good = true;
    proof.started_at = started;
    proof.elapsed = seconds(90);
    proof.rpo_seconds = 3600.5;
    proof.details = R"({"cofre_proof":1})";
    return proof;
}

TEST_P(CatalogContract, AProofIsKeptOnceAndNotedAtItsBackupAndJob) {
    const auto catalog = open_one();
    ASSERT_TRUE(
        catalog->backups().record({}, {.target = "s3://b/p", .snapshot_id = "abc", .job = "a", .made_at = kNoon}));
    auto proof = good_proof("restore", kNoon + hours(1), kNoon);
    proof.rto_seconds = 12.25;
    EXPECT_TRUE(catalog->proofs().record({}, proof).value());
    EXPECT_FALSE(catalog->proofs().record({}, proof).value());

    const auto proofs = catalog->proofs().list({}, {.job = "a"});
    ASSERT_TRUE(proofs) << proofs.error().message();
    ASSERT_THAT(*proofs, SizeIs(1));
    EXPECT_EQ(proofs->front().rpo_seconds, 3600.5);
    EXPECT_EQ(proofs->front().rto_seconds, 12.25);
    EXPECT_EQ(proofs->front().details, proof.details);
    EXPECT_EQ(catalog->backups().list({}, {})->front().proven_at, kNoon + hours(1) + seconds(90));
    EXPECT_EQ(catalog->jobs().find({}, "a")->last_proven_backup, kNoon);

    // A listing proves no content, and an older backup is not news.
    EXPECT_TRUE(catalog->proofs().record({}, good_proof("list", kNoon + hours(5), kNoon + hours(4))).value());
    EXPECT_TRUE(catalog->proofs().record({}, good_proof("read", kNoon + hours(6), kNoon - hours(9))).value());
    EXPECT_EQ(catalog->jobs().find({}, "a")->last_proven_backup, kNoon);
    EXPECT_THAT(catalog->proofs().list({}, {.grade = "read"}).value(), SizeIs(1));
}

TEST_P(CatalogContract, BackupsAreKnownOnceAndWhatIsGoneIsMarked) {
    const auto catalog = open_one();
    for (const char* const id : {"one", "two", "three"}) {
        EXPECT_TRUE(catalog->backups()
                        .record({}, {.target = "t", .snapshot_id = id, .job = "a", .made_at = kNoon, .bytes = 10})
                        .value());
    }
    EXPECT_FALSE(catalog->backups()
                     .record({}, {.target = "t", .snapshot_id = "one", .object_key = "k", .job = "a", .made_at = kNoon})
                     .value());
    ASSERT_TRUE(catalog->backups().set_pinned({}, "t", "one", true));
    EXPECT_EQ(catalog->backups().set_pinned({}, "t", "nine", true).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(catalog->backups().mark_absent({}, "t", {"one", "two"}, kNoon + hours(1)).value(), 1U);
    EXPECT_EQ(catalog->backups().mark_absent({}, "t", {"one"}, kNoon).value(), 0U) << "made after the listing";

    const auto totals = catalog->backups().totals({});
    ASSERT_TRUE(totals) << totals.error().message();
    ASSERT_THAT(*totals, SizeIs(1));
    EXPECT_EQ(totals->front().backups, 2U);
    EXPECT_EQ(totals->front().bytes, 20U);
    const auto all = catalog->backups().list({}, {.deleted_too = true});
    ASSERT_TRUE(all);
    ASSERT_THAT(*all, SizeIs(3));
    EXPECT_EQ(all->at(0).snapshot_id, "one");
    EXPECT_EQ(all->at(0).object_key, "k");
    EXPECT_TRUE(all->at(0).pinned);
    EXPECT_EQ(all->at(1).deleted_at, kNoon + hours(1));
}

Notification news(const std::string& key) {
    Notification note;
    note.channel = "mail";
    note.event = "run_failed";
    note.job = "a";
    note.payload = R"({"x":1})";
    note.dedup_key = key;
    note.created_at = kNoon;
    return note;
}

TEST_P(CatalogContract, ANotificationIsSentByOneAndTriedAgain) {
    const auto catalog = open_one();
    auto& queue = catalog->notifications();
    EXPECT_TRUE(queue.enqueue({}, news("k1")).value());
    EXPECT_FALSE(queue.enqueue({}, news("k1")).value()) << "known";
    EXPECT_TRUE(queue.enqueue({}, news("")).value());
    EXPECT_TRUE(queue.enqueue({}, news("")).value()) << "never the same";

    const auto mine = queue.claim({}, "me", kNoon, minutes(1), 2);
    ASSERT_TRUE(mine) << mine.error().message();
    ASSERT_THAT(*mine, SizeIs(2));
    EXPECT_THAT(queue.claim({}, "you", kNoon, minutes(1), 9).value(), SizeIs(1));
    EXPECT_THAT(queue.claim({}, "you", kNoon, minutes(1), 9).value(), IsEmpty());
    EXPECT_EQ(queue.mark_sent({}, mine->at(0).id, "you", kNoon).error().code(), ErrorCode::kConflict);
    ASSERT_TRUE(queue.mark_sent({}, mine->at(0).id, "me", kNoon + seconds(1)));
    ASSERT_TRUE(queue.retry_later({}, mine->at(1).id, "me", "mail server is away", kNoon + hours(1)));
    EXPECT_EQ(*queue.next_due({}).value(), kNoon + minutes(1)) << "the third one's lease";

    const auto later = queue.claim({}, "me", kNoon + hours(2), minutes(1), 9);
    ASSERT_TRUE(later);
    ASSERT_THAT(*later, SizeIs(2)) << "one waited, one lost its sender";
    for (const auto& note : *later) {
        EXPECT_EQ(note.attempts, 2U);
        ASSERT_TRUE(queue.give_up({}, note.id, "me", "no"));
    }
    EXPECT_FALSE(queue.next_due({}).value());
    EXPECT_THAT(queue.list({}, NotificationState::kFailed, 9).value(), SizeIs(2));
    EXPECT_EQ(queue.list({}, NotificationState::kSent, 9)->front().sent_at, kNoon + seconds(1));
    EXPECT_EQ(catalog->prune({}, kNoon + hours(1))->notifications, 3U);
}

TEST_P(CatalogContract, TheAuditLogCannotBeChanged) {
    const auto catalog = open_one();
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(catalog->audit().append({}, {.at = kNoon + seconds(i),
                                                 .who = "maria",
                                                 .what = "job.paused",
                                                 .subject = i == 0 ? "a" : "b",
                                                 .details = {}}));
    }
    const auto entries = catalog->audit().list({}, {.who = "maria", .subject = "b", .limit = 9});
    ASSERT_TRUE(entries) << entries.error().message();
    ASSERT_THAT(*entries, SizeIs(2));
    EXPECT_EQ(entries->front().at, kNoon + seconds(2));
    EXPECT_THAT(catalog->audit().list({}, {.after_id = entries->back().id}).value(), SizeIs(1));

    for (const char* const attempt : {"DELETE FROM audit_log", "UPDATE audit_log SET who = 'nobody'"}) {
        const Status done =
            catalog->database().transact({}, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
                COFRE_TRY(db.execute(attempt));
                return {};
            });
        ASSERT_FALSE(done) << attempt;
        EXPECT_THAT(done.error().message(), HasSubstr("append only"));
    }
    EXPECT_THAT(catalog->audit().list({}, {}).value(), SizeIs(3));
}

TEST_P(CatalogContract, RemembersSettings) {
    const auto catalog = open_one();
    EXPECT_FALSE(catalog->setting({}, "k").value());
    ASSERT_TRUE(catalog->set_setting({}, "k", "1", kNoon));
    ASSERT_TRUE(catalog->set_setting({}, "k", "2", kNoon));
    EXPECT_EQ(catalog->setting({}, "k").value(), "2");
}

TEST_P(CatalogContract, ARunIsReadBackOnce) {
    const auto catalog = open_one();
    RunEnd end = full_end();
    const auto known = run_once(*catalog, "a", end, kNoon);
    catalog::Run run;
    run.job = "a";
    run.trigger = Trigger::kRebuild;
    run.claimed_at = kNoon;
    run.has_ended = true;
    run.end = end;
    EXPECT_FALSE(catalog->runs().import({}, run).value()) << "the catalog has seen it happen";
    run.end.snapshot_id = "older";
    run.claimed_at = kNoon - hours(1);
    EXPECT_TRUE(catalog->runs().import({}, run).value());
    EXPECT_FALSE(catalog->runs().import({}, run).value());
    EXPECT_EQ(catalog->jobs().find({}, "a")->last_run->id, known) << "what is read back is older";
    EXPECT_EQ(catalog->history().totals({})->front().totals.runs, 2U);
}

TEST_P(CatalogContract, StaysWhenItIsOpenedAgain) {
    const auto id = run_once(*open_one(), "a", ended_as(RunState::kSucceeded));
    EXPECT_TRUE(open_one()->history().find({}, id));
}

TEST_P(CatalogContract, AnOldSchemaIsBroughtUpToDateAndKeepsItsRuns) {
    std::string id;
    {
        const auto database = db::SqlDatabase::open({}, url_);
        ASSERT_TRUE(database) << database.error().message();
        ASSERT_TRUE(db::migrate({}, **database, std::span(schema_steps()).first(1)));
        RunStore runs(**database, Owner::self());
        const auto claim = runs.claim({}, request("a"));
        ASSERT_TRUE(claim) << claim.error().message();
        id = claim->run_id;
    }
    const auto catalog = open_one();
    ASSERT_TRUE(catalog);
    EXPECT_TRUE(catalog->history().find({}, id));
    EXPECT_EQ(catalog->info({})->schema_version, static_cast<int>(schema_steps().size()));
    EXPECT_THAT(catalog->backups().list({}, {}).value(), IsEmpty());
}

TEST_P(CatalogContract, ANewerSchemaIsRefusedAndLeftAlone) {
    run_once(*open_one(), "a", ended_as(RunState::kSucceeded));
    {
        const auto database = db::SqlDatabase::open({}, url_);
        ASSERT_TRUE(database);
        auto steps = schema_steps();
        steps.push_back(
            {static_cast<int>(steps.size()) + 1, "of the future", {{"ALTER TABLE runs ADD COLUMN odour TEXT"}}});
        ASSERT_TRUE(db::migrate({}, **database, steps));
    }
    const auto refused = Catalog::open({}, url_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kUnsupported);
    EXPECT_THAT(refused.error().message(), HasSubstr("knows up to"));
    EXPECT_THAT(refused.error().hint(), HasSubstr("newer cofre"));
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CatalogContract);

}  // namespace cofre::catalog::testing
