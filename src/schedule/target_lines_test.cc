#include "schedule/target_lines.h"

#include <gtest/gtest.h>

namespace cofre::schedule {
namespace {

RunKey key_at(int second, JobIndex job = 0) {
    return {Instant(std::chrono::seconds(second)), job};
}

const TargetLines::Targets kA = {"a"};
const TargetLines::Targets kB = {"b"};
const TargetLines::Targets kBoth = {"a", "b"};

TEST(TargetLines, WithoutTargetsNobodyWaits) {
    const TargetLines lines(1);
    EXPECT_TRUE(lines.may_start(key_at(1), {}));
}

TEST(TargetLines, TheOldestGoesFirst) {
    TargetLines lines(1);
    lines.join(key_at(2), kA);
    EXPECT_TRUE(lines.may_start(key_at(2), kA));
    lines.join(key_at(1), kA);
    EXPECT_FALSE(lines.may_start(key_at(2), kA));
    EXPECT_TRUE(lines.may_start(key_at(1), kA));
    lines.leave(key_at(1), kA);
    lines.occupy(kA);
    EXPECT_FALSE(lines.may_start(key_at(2), kA));
    lines.release(kA);
    EXPECT_TRUE(lines.may_start(key_at(2), kA));
    EXPECT_EQ(lines.heads(kA), std::set<RunKey>{key_at(2)});
}

TEST(TargetLines, NobodyOvertakesARunThatNeedsTwoTargets) {
    TargetLines lines(1);
    lines.occupy(kA);
    lines.join(key_at(1), kBoth);
    lines.join(key_at(2), kB);
    EXPECT_FALSE(lines.may_start(key_at(1), kBoth));
    EXPECT_FALSE(lines.may_start(key_at(2), kB));
    lines.release(kA);
    EXPECT_TRUE(lines.may_start(key_at(1), kBoth));
}

TEST(TargetLines, RoomForSeveral) {
    TargetLines lines(2);
    for (int second = 1; second <= 3; ++second)
        lines.join(key_at(second), kA);
    EXPECT_EQ(lines.heads(kA), (std::set<RunKey>{key_at(1), key_at(2)}));
    EXPECT_FALSE(lines.may_start(key_at(3), kA));
    lines.leave(key_at(1), kA);
    lines.occupy(kA);
    EXPECT_EQ(lines.heads(kA), std::set<RunKey>{key_at(2)});
}

}  // namespace
}  // namespace cofre::schedule
