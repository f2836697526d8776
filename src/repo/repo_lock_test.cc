#include "repo/repo_lock.h"

#include <csignal>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/process_mark.h"
#include "repo/testing/memory_repository.h"

namespace cofre::repo {
namespace {

constexpr std::uint64_t kNoSuchProcess = 4'194'305;  // Above what Linux gives out.

class RepoLockTest : public testing::MemoryRepository {
protected:
    void SetUp() override { repo_ = init(); }

    Result<std::unique_ptr<RepoLock>> lock(LockKind kind, std::chrono::milliseconds retry_for = {}) {
        return RepoLock::acquire(ctx_, *repo_, {.kind = kind, .retry_for = retry_for, .refresh = false});
    }
    /// A lock file of somebody on another host.
    Id forge(bool exclusive, std::chrono::minutes age, const std::string& host = "elsewhere", std::uint64_t pid = 1) {
        LockInfo info;
        info.time = clock_.wall_now() - age;
        info.exclusive = exclusive;
        info.owner = {.username = "eve", .hostname = host, .uid = 7, .gid = 7, .pid = pid};
        return *repo_->save_unpacked(ctx_, FileKind::kLock, encode_lock(info));
    }
    std::size_t lock_files() { return keys_below("locks/").size(); }

    std::unique_ptr<Repository> repo_;
};

TEST_F(RepoLockTest, SharesOrExcludes) {
    auto a = lock(LockKind::kShared);
    ASSERT_TRUE(a);
    EXPECT_TRUE(lock(LockKind::kShared));
    const auto refused = lock(LockKind::kExclusive);
    EXPECT_EQ(refused.error().code(), ErrorCode::kLocked);
    EXPECT_NE(refused.error().message().find("process"), std::string::npos);
    EXPECT_EQ(lock_files(), 1U) << "who is refused leaves nothing";
    ASSERT_TRUE((*a)->release(ctx_));
    const auto b = lock(LockKind::kExclusive);
    ASSERT_TRUE(b);
    EXPECT_EQ(lock(LockKind::kShared).error().code(), ErrorCode::kLocked);
}

TEST_F(RepoLockTest, GoesWithItsObject) {
    { const auto a = lock(LockKind::kExclusive); }
    EXPECT_EQ(lock_files(), 0U);
}

TEST_F(RepoLockTest, AStoppedCallerLeavesNoLock) {
    const auto a = lock(LockKind::kExclusive);
    ASSERT_TRUE(a);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_TRUE((*a)->release({.stop = stop.get_token()}));
    EXPECT_EQ(lock_files(), 0U);
}

TEST_F(RepoLockTest, WaitsAsLongAsItIsAllowedTo) {
    forge(true, std::chrono::minutes(1));
    const auto before = clock_.passed();
    EXPECT_EQ(lock(LockKind::kShared, std::chrono::minutes(3)).error().code(), ErrorCode::kLocked);
    EXPECT_GE(clock_.passed() - before, std::chrono::minutes(3));
    EXPECT_TRUE(lock(LockKind::kShared, std::chrono::minutes(40))) << "until the other is stale";
}

TEST_F(RepoLockTest, F49_AFreshLockOfASameNamedHostIsNotTakenForDead) {
    const std::string here = current_identity().hostname;
    forge(true, std::chrono::minutes(4), here, kNoSuchProcess);
    EXPECT_EQ(lock(LockKind::kShared).error().code(), ErrorCode::kLocked) << "it may be in another container";
    clock_.advance(std::chrono::minutes(4));
    EXPECT_TRUE(lock(LockKind::kShared)) << "it missed a refresh, and its process is gone";
}

// Whoever was killed must not keep the next one waiting.
TEST_F(RepoLockTest, F49_ALockWhoseProcessHasEndedForCertainDoesNotBlock) {
    LockInfo info;
    info.time = clock_.wall_now();
    info.exclusive = true;
    info.owner = current_identity();
    info.process = process_mark();
    if (info.process.empty()) GTEST_SKIP() << "/proc does not say";
    const auto save = [&] { ASSERT_TRUE(repo_->save_unpacked(ctx_, FileKind::kLock, encode_lock(info))); };
    save();
    EXPECT_EQ(lock(LockKind::kShared).error().code(), ErrorCode::kLocked) << "we live";
    ASSERT_TRUE(remove_locks(ctx_, *repo_, LocksToRemove::kAll));

    const auto own = info;
    info.owner.pid = kNoSuchProcess;
    save();
    info = own;
    info.process += "1";  // Its number is another process's now: ours.
    save();
    {
        const auto exclusive = lock(LockKind::kExclusive);
        ASSERT_TRUE(exclusive);
        EXPECT_EQ(lock_files(), 1U) << "what the dead left is gone, or restic would wait for a person";
    }

    info.owner.pid = kNoSuchProcess;
    info.process = "another boot" + own.process;
    save();
    EXPECT_EQ(lock(LockKind::kShared).error().code(), ErrorCode::kLocked) << "it may be on another machine";
}

TEST(ProcessMark, TellsTheEndedFromTheLivingAndTheUnknown) {
    const std::string mark = process_mark();
    if (mark.empty()) GTEST_SKIP() << "/proc does not say";
    EXPECT_FALSE(has_process_ended(static_cast<std::uint64_t>(::getpid()), mark));
    EXPECT_TRUE(has_process_ended(static_cast<std::uint64_t>(::getpid()), mark + "1"));
    EXPECT_TRUE(has_process_ended(kNoSuchProcess, mark));
    EXPECT_FALSE(has_process_ended(kNoSuchProcess, ""));
    EXPECT_FALSE(has_process_ended(kNoSuchProcess, "x" + mark));
    EXPECT_FALSE(has_process_ended(0, mark));
    EXPECT_FALSE(has_process_ended(~std::uint64_t{0}, mark));
}

TEST_F(RepoLockTest, F49_AnUnreadableLockBlocks) {
    const std::string bytes = "not a lock";
    store_bytes("locks/" + Id::of(as_bytes(bytes)).hex(), bytes);
    const auto refused = lock(LockKind::kShared);
    EXPECT_EQ(refused.error().code(), ErrorCode::kLocked);
    EXPECT_NE(refused.error().hint().find("unlock --remove-all"), std::string::npos);
    EXPECT_EQ(*remove_locks(ctx_, *repo_, LocksToRemove::kStale), 0U);
    EXPECT_EQ(*remove_locks(ctx_, *repo_, LocksToRemove::kAll), 1U);
    EXPECT_TRUE(lock(LockKind::kShared));
}

TEST_F(RepoLockTest, F49_AStaleLockDoesNotBlockAndUnlockRemovesOnlyStaleOnes) {
    const Id fresh = forge(false, std::chrono::minutes(10));
    forge(true, std::chrono::minutes(31));
    forge(true, std::chrono::minutes(0), current_identity().hostname, kNoSuchProcess);
    EXPECT_EQ(*remove_locks(ctx_, *repo_, LocksToRemove::kStale), 2U);
    EXPECT_EQ(repo_->list(ctx_, FileKind::kLock)->at(0).id, fresh);
    EXPECT_TRUE(lock(LockKind::kShared));
}

TEST_F(RepoLockTest, IsRefreshedByANewFile) {
    const auto held = *lock(LockKind::kShared);
    const auto before = keys_below("locks/");
    clock_.advance(std::chrono::minutes(20));
    ASSERT_TRUE(held->refresh(ctx_));
    EXPECT_NE(keys_below("locks/"), before);
    EXPECT_EQ(lock_files(), 1U);
    clock_.advance(std::chrono::minutes(20));
    EXPECT_TRUE(held->check());
}

TEST_F(RepoLockTest, ComesBackAfterASuspendIfNobodyLockedMeanwhile) {
    const auto held = *lock(LockKind::kShared);
    clock_.advance(std::chrono::hours(8));
    EXPECT_TRUE(held->check());
    EXPECT_EQ(lock_files(), 1U);
    EXPECT_TRUE(held->check());
}

TEST_F(RepoLockTest, IsLostAfterASuspendIfSomebodyRemovedOrTookIt) {
    const auto removed = *lock(LockKind::kShared);
    clock_.advance(std::chrono::minutes(23));
    ASSERT_TRUE(remove_locks(ctx_, *repo_, LocksToRemove::kAll));
    EXPECT_EQ(removed->check().error().code(), ErrorCode::kLocked);
    EXPECT_EQ(removed->check().error().code(), ErrorCode::kLocked) << "for good";

    const auto taken = *lock(LockKind::kShared);
    clock_.advance(std::chrono::minutes(45));
    forge(true, std::chrono::minutes(1));
    EXPECT_EQ(taken->check().error().code(), ErrorCode::kLocked);
}

// restic asks so whether we are alive.
TEST_F(RepoLockTest, AHangUpFromAnotherProcessDoesNothingWhileALockIsHeld) {
    const auto held = lock(LockKind::kShared);
    ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
    EXPECT_TRUE((*held)->check());
}

TEST(RepoLockFile, IsReadAsItWasWrittenAndRefusesNonsense) {
    LockInfo info;
    info.time = WallTime(std::chrono::seconds(1'800'000'000));
    info.exclusive = true;
    info.owner = {.username = "u", .hostname = "h", .uid = 1, .gid = 2, .pid = 3};
    const auto again = parse_lock(encode_lock(info));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->time, info.time);
    EXPECT_TRUE(again->exclusive);
    EXPECT_EQ(again->owner.pid, 3U);
    // As restic 0.14 writes it, with nanoseconds and an offset.
    EXPECT_TRUE(
        parse_lock(R"({"time":"2026-11-22T06:41:28.123456789-03:00","exclusive":false,"hostname":"h","pid":9})"));
    for (const char* bad : {"", "{}", R"({"time":"x","exclusive":true})", R"({"time":"2026-11-22T06:41:28Z"})", "[]"})
        EXPECT_FALSE(parse_lock(bad)) << bad;
}

}  // namespace
}  // namespace cofre::repo
