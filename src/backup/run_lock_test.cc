#include "backup/run_lock.h"

#include <optional>

#include <gtest/gtest.h>

#include "backup/run_record.h"

namespace cofre::backup {
namespace {

TEST(RunLock, ASecondRunIsRefusedUntilTheFirstEnds) {
    const auto state = TempDir::create("cofre-lock-test");
    ASSERT_TRUE(state);
    {
        const auto first = RunLock::acquire(state->path(), "job");
        ASSERT_TRUE(first);
        const auto second = RunLock::acquire(state->path(), "job");
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code(), ErrorCode::kConflict);
        EXPECT_NE(second.error().message().find("process "), std::string::npos);
        EXPECT_TRUE(RunLock::acquire(state->path(), "other"));
    }
    EXPECT_TRUE(RunLock::acquire(state->path(), "job"));
}

TEST(FileNameOfJob, StaysInsideTheFolder) {
    EXPECT_EQ(file_name_of_job("../../etc/x"), "_.._.._etc_x");
    EXPECT_EQ(file_name_of_job("daily docs"), "daily_docs");
    EXPECT_EQ(file_name_of_job(""), "_");
}

TEST(RunRecord, ComesBackAsItWasSaved) {
    const auto state = TempDir::create("cofre-record-test");
    EXPECT_FALSE(load_run_record(state->path(), "job")->last_run);
    RunRecord record;
    record.last_run = RunRecord::Run{.elapsed_ms = 12, .exit_status = 2, .snapshot_id = "ab", .files = 3};
    record.last_proof = RunRecord::Proof{.level = "read", .snapshot_id = "ab", .good = true, .files = 3};
    ASSERT_TRUE(save_run_record(state->path(), "job", record));
    const auto loaded = load_run_record(state->path(), "job");
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->last_run->exit_status, 2);
    EXPECT_FALSE(loaded->last_good_run);
    EXPECT_EQ(loaded->last_proof->level, "read");
}

TEST(RunRecord, AnUnreadableRecordSaysSo) {
    const auto state = TempDir::create("cofre-record-test");
    ASSERT_TRUE(save_run_record(state->path(), "job", {}));
    ASSERT_TRUE(write_file_atomic(state->path() / "runs/job.json", "{\"last_run\":1}"));
    EXPECT_EQ(load_run_record(state->path(), "job").error().code(), ErrorCode::kCorruption);
}

}  // namespace
}  // namespace cofre::backup
