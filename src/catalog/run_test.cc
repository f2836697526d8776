#include "catalog/run.h"

#include <gtest/gtest.h>

namespace cofre::catalog {
namespace {

TEST(RunState, HasANameThatIsReadBack) {
    for (const auto state : {RunState::kClaimed, RunState::kRunning, RunState::kSucceeded, RunState::kPartial,
                             RunState::kFailed, RunState::kInterrupted, RunState::kCancelled, RunState::kSkipped}) {
        const auto read = parse_run_state(to_string(state));
        ASSERT_TRUE(read) << to_string(state);
        EXPECT_EQ(*read, state);
    }
    EXPECT_EQ(parse_run_state("done").error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(parse_run_state("done").error().hint().find("succeeded"), std::string::npos);
}

TEST(Trigger, HasANameThatIsReadBack) {
    for (const auto trigger :
         {Trigger::kSchedule, Trigger::kCatchUp, Trigger::kManual, Trigger::kStart, Trigger::kRebuild}) {
        EXPECT_EQ(parse_trigger(to_string(trigger)).value(), trigger);
    }
}

TEST(RunState, FollowsFromTheExitStatus) {
    EXPECT_EQ(state_of_exit(0), RunState::kSucceeded);
    EXPECT_EQ(state_of_exit(2), RunState::kPartial);
    EXPECT_EQ(state_of_exit(130), RunState::kCancelled);
    EXPECT_EQ(state_of_exit(1), RunState::kFailed);
    EXPECT_EQ(state_of_exit(12), RunState::kFailed);
}

TEST(Run, LastsFromItsStartAndNeverLessThanNothing) {
    catalog::Run run;
    run.claimed_at = WallTime(std::chrono::seconds(100));
    run.end.ended_at = WallTime(std::chrono::seconds(130));
    EXPECT_EQ(run.elapsed().count(), 0) << "it has not ended";
    run.has_ended = true;
    EXPECT_EQ(run.elapsed(), std::chrono::seconds(30));
    run.started_at = WallTime(std::chrono::seconds(110));
    EXPECT_EQ(run.elapsed(), std::chrono::seconds(20));
    run.end.ended_at = WallTime(std::chrono::seconds(1));
    EXPECT_EQ(run.elapsed().count(), 0) << "the clock was set back";
}

}  // namespace
}  // namespace cofre::catalog
