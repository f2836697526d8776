#include "backup/verify_run.h"

#include <gtest/gtest.h>

#include "backup/testing/backup_fixture.h"

namespace cofre::backup {
namespace {

class VerifyRun : public testing::BackupFixture {
protected:
    Result<VerifyOutcome> verify(VerifyLevel level) {
        Progress progress;
        VerifyPlan plan{.prefix = "b/", .level = level, .concurrency = 3, .temp_folder = temp_->path()};
        return run_verify({}, plan, store_, clock_, progress);
    }
    void replace(const std::string& key, const std::string& text) {
        ASSERT_TRUE(store_.put({}, *store::ObjectKey::parse(key), SpanSource(text), {}));
    }
};

TEST_F(VerifyRun, AGoodBackupIsGoodAtBothLevels) {
    for (int i = 0; i < 1'200; ++i)
        write("f" + std::to_string(i), std::to_string(i));
    ASSERT_TRUE(back_up(plan()));
    for (const auto level : {VerifyLevel::kList, VerifyLevel::kRead}) {
        const auto outcome = verify(level);
        ASSERT_TRUE(outcome) << outcome.error().message();
        EXPECT_TRUE(outcome->is_good());
        EXPECT_EQ(outcome->files, 1'200U);
    }
}

TEST_F(VerifyRun, ListingFindsMissingAndShortObjects) {
    write("gone", "1");
    write("short", "22");
    write("fine", "3");
    ASSERT_TRUE(back_up(plan()));
    ASSERT_TRUE(store_.remove({}, *store::ObjectKey::parse("b/gone")));
    replace("b/short", "2");
    const auto outcome = verify(VerifyLevel::kList);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->problem_count, 2U);
    EXPECT_EQ(outcome->files, 1U);
}

TEST_F(VerifyRun, ReadingFindsAFlippedBit) {
    write("f", "right");
    ASSERT_TRUE(back_up(plan()));
    replace("b/f", "riGht");
    const auto outcome = verify(VerifyLevel::kRead);
    ASSERT_TRUE(outcome);
    ASSERT_EQ(outcome->problem_count, 1U);
    EXPECT_EQ(outcome->problems[0].path, "f");
}

TEST_F(VerifyRun, WithoutAnyBackupItSaysSo) {
    const auto outcome = verify(VerifyLevel::kList);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), ErrorCode::kNotFound);
}

TEST(VerifyLevel, HasANameForEachGrade) {
    for (const std::string name : {"list", "read", "semantic", "restore"})
        EXPECT_EQ(to_string(*parse_verify_level(name)), name);
    EXPECT_EQ(*parse_verify_level("parsed"), VerifyLevel::kParsed);
    EXPECT_EQ(*parse_verify_level("restored"), VerifyLevel::kRestored);
    EXPECT_EQ(parse_verify_level("x").error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace cofre::backup
