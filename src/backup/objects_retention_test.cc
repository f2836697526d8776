#include "backup/objects_retention.h"

#include <gtest/gtest.h>

#include "backup/proof_record.h"
#include "backup/testing/backup_fixture.h"

namespace cofre::backup {
namespace {

constexpr std::chrono::hours kDay{24};

objects::SnapshotRef retention_ref(int day) {
    const auto time = WallTime() + kDay * day;
    return {.key = *store::ObjectKey::parse("k" + std::to_string(day)),
            .time = time,
            .job = "j",
            .id = std::to_string(day)};
}

std::vector<std::string> kept_days(const RetentionOutcome& outcome) {
    std::vector<std::string> days;
    for (const auto& decision : outcome.decisions) {
        if (decision.keep) days.push_back(decision.snapshot.id);
    }
    return days;
}

std::vector<BackupFacts> daily(int count) {
    std::vector<BackupFacts> backups;
    for (int day = 1; day <= count; ++day)
        backups.push_back({retention_ref(day), true, 1'000});
    return backups;
}

const WallTime kNow = WallTime() + kDay * 10 + std::chrono::hours(1);

TEST(DecideRetention, OldOnesGo) {
    const auto outcome = decide_retention({.job = "j", .days = 3, .keep_min_good = 1}, daily(10), kNow);
    EXPECT_EQ(outcome.frozen, "");
    EXPECT_EQ(kept_days(outcome), (std::vector<std::string>{"8", "9", "10"}));
}

TEST(DecideRetention, TheNewestGoodOnesStayHoweverOld) {
    auto backups = daily(10);
    const auto much_later = kNow + kDay * 1'000;
    EXPECT_EQ(kept_days(decide_retention({.job = "j", .days = 3, .keep_min_good = 2}, backups, much_later)),
              (std::vector<std::string>{"9", "10"}));
    backups[8].good = false;  // Does not count as one of them, and is old.
    EXPECT_EQ(kept_days(decide_retention({.job = "j", .days = 3, .keep_min_good = 2}, backups, much_later)),
              (std::vector<std::string>{"8", "10"}));
}

TEST(DecideRetention, NothingGoesWhileTheNewestIsNotGood) {
    auto backups = daily(10);
    backups.back().good = false;
    const auto outcome = decide_retention({.job = "j", .days = 1, .keep_min_good = 1}, backups, kNow);
    EXPECT_NE(outcome.frozen, "");
    EXPECT_EQ(kept_days(outcome).size(), 10U);
}

TEST(DecideRetention, NothingGoesWhenTheSizeCollapses) {
    auto backups = daily(10);
    backups.back().bytes = 499;
    EXPECT_EQ(kept_days(decide_retention({.job = "j", .days = 1, .keep_min_good = 1}, backups, kNow)).size(), 10U);
    backups.back().bytes = 500;
    EXPECT_LT(kept_days(decide_retention({.job = "j", .days = 1, .keep_min_good = 1}, backups, kNow)).size(), 10U);
}

class ApplyRetention : public testing::BackupFixture {
protected:
    Result<RetentionOutcome> apply(bool dry_run) {
        const ObjectsRetention rules{.job = plan().job,
                                     .prefix = plan().manifest_prefix,
                                     .days = 3,
                                     .keep_min_good = 1,
                                     .dry_run = dry_run,
                                     .temp_folder = temp_->path()};
        return apply_retention({}, rules, store_, clock_);
    }
    std::size_t objects() { return keys().size(); }
};

TEST_F(ApplyRetention, ObjectsThatALaterBackupNamesStay) {
    write("same", "for ever");
    write("changing", "one");
    ASSERT_TRUE(back_up(plan()));
    clock_.advance(kDay * 10);
    write("changing", "another one");
    ASSERT_TRUE(back_up(plan()));
    EXPECT_EQ(objects(), 4U);  // Two manifests; the changing file has one key.
    ASSERT_TRUE(apply(true));
    EXPECT_EQ(objects(), 4U);
    const auto outcome = apply(false);
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(outcome->removed, 1U);
    EXPECT_EQ(outcome->objects_removed, 0U);  // The later manifest names both.
    EXPECT_EQ(objects(), 3U);
}

TEST_F(ApplyRetention, AnotherHostsBackupsOfTheSameNameStay) {
    write("file", "one");
    auto theirs = plan();
    theirs.host = "another host";
    ASSERT_TRUE(back_up(theirs));
    clock_.advance(kDay * 10);
    ASSERT_TRUE(back_up(plan()));
    const auto outcome = apply(false);
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(outcome->decisions.size(), 1U);
    EXPECT_EQ(outcome->removed, 0U);
}

TEST_F(ApplyRetention, ABackupThatWasFoundDamagedIsNotAGoodOne) {
    write("file", "one");
    ASSERT_TRUE(back_up(plan()));
    clock_.advance(kDay * 10);
    const auto newest = back_up(plan());
    ASSERT_TRUE(newest);
    ProofRecord proof;
    proof.snapshot_id = newest->snapshot_id;
    proof.proven_at = clock_.wall_now();
    proof.problem_count = 1;
    ASSERT_TRUE(save_proof({}, store_, plan().manifest_prefix, proof));
    const auto outcome = apply(false);
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_NE(outcome->frozen, "");
    EXPECT_EQ(outcome->removed, 0U);
}

TEST(DecideRetention, AnAbsurdNumberOfDaysKeepsEverything) {
    EXPECT_EQ(kept_days(decide_retention({.job = "j", .days = 1'000'000, .keep_min_good = 1}, daily(10), kNow)).size(),
              10U);
}

TEST_F(ApplyRetention, ObjectsThatNobodyNamesGo) {
    write("gone", "one");
    ASSERT_TRUE(back_up(plan()));
    ASSERT_TRUE(std::filesystem::remove(source() / "gone"));
    write("other", "two");
    clock_.advance(kDay * 10);
    ASSERT_TRUE(back_up(plan()));
    const auto outcome = apply(false);
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(outcome->objects_removed, 1U);
    EXPECT_EQ(objects(), 2U);
}

}  // namespace
}  // namespace cofre::backup
