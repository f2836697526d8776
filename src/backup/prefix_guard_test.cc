#include "backup/prefix_guard.h"

#include <gtest/gtest.h>

#include "backup/testing/backup_fixture.h"

namespace cofre::backup {
namespace {

class PrefixGuard : public testing::BackupFixture {
protected:
    BackupPlan plan_for(const std::string& job, const std::string& folder_name, const std::string& prefix) {
        testing::write_file(folder(folder_name) / "x.txt", folder_name);
        auto p = plan();
        p.job = job;
        p.sources = {folder(folder_name)};
        p.prefix = prefix;
        p.manifest_prefix = "";
        clock_.advance(std::chrono::seconds(2));
        return p;
    }
};

TEST_F(PrefixGuard, TwoAdHocBackupsDoNotReplaceEachOther) {
    ASSERT_TRUE(back_up(plan_for("adhoc", "a", "p/")));
    EXPECT_TRUE(back_up(plan_for("adhoc", "a", "p/")));
    const auto second = back_up(plan_for("adhoc", "b", "p/"));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), ErrorCode::kConflict);
    EXPECT_EQ(object("p/x.txt"), "a");
}

TEST_F(PrefixGuard, JobsBelowEachOthersPrefixConflict) {
    ASSERT_TRUE(back_up(plan_for("one", "a", "p/")));
    EXPECT_FALSE(back_up(plan_for("two", "b", "p/sub/")));
    EXPECT_FALSE(back_up(plan_for("two", "b", "")));
    EXPECT_TRUE(back_up(plan_for("two", "b", "q/")));
}

TEST_F(PrefixGuard, SharingIsAllowedOnRequest) {
    ASSERT_TRUE(back_up(plan_for("one", "a", "p/")));
    auto shared = plan_for("two", "b", "p/");
    shared.share_prefix = true;
    EXPECT_TRUE(back_up(shared));
}

TEST_F(PrefixGuard, AJobMayChangeItsSources) {
    ASSERT_TRUE(back_up(plan_for("one", "a", "p/")));
    EXPECT_TRUE(back_up(plan_for("one", "b", "p/")));
}

}  // namespace
}  // namespace cofre::backup
