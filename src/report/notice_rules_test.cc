#include "report/notice_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cofre::report {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const WallTime kRulesNoon = *parse_rfc3339("2026-11-22T12:00:00Z");

/// A job's life, one event after another.
class RuleStory : public ::testing::Test {
protected:
    std::vector<NoticeDecision> tell(NoticeKind kind, WallTime at) {
        Notice event;
        event.kind = kind;
        event.job = "site";
        event.run_id = "run-" + std::to_string(++runs_);
        event.at = at;
        auto outcome = decide(rules_, memory_, event, offset_);
        memory_ = std::move(outcome.memory);
        return std::move(outcome.decisions);
    }
    /// "ops:failed" for each decision.
    std::vector<std::string> heard(NoticeKind kind, WallTime at) {
        std::vector<std::string> result;
        for (const auto& decision : tell(kind, at))
            result.push_back(decision.channel + ":" + std::string(to_string(decision.notice.kind)));
        return result;
    }
    ChannelRule& add(const std::string& name) {
        ChannelRule rule;
        rule.channel = name;
        rule.events = {NoticeKind::kWarning, NoticeKind::kFailed, NoticeKind::kRecovered, NoticeKind::kOverdue,
                       NoticeKind::kProofTooOld};
        rules_.channels.push_back(rule);
        return rules_.channels.back();
    }

    NoticeRules rules_;
    JobMemory memory_;
    minutes offset_{0};
    int runs_ = 0;
};

TEST_F(RuleStory, ASuccessAfterAFailureIsARecovery) {
    add("ops");
    EXPECT_THAT(heard(NoticeKind::kSucceeded, kRulesNoon), IsEmpty());
    EXPECT_THAT(heard(NoticeKind::kFailed, kRulesNoon + hours(1)), ElementsAre("ops:failed"));
    EXPECT_THAT(heard(NoticeKind::kFailed, kRulesNoon + hours(2)), ElementsAre("ops:failed"));
    const auto recovered = tell(NoticeKind::kSucceeded, kRulesNoon + hours(3));
    ASSERT_EQ(recovered.size(), 1U);
    EXPECT_EQ(recovered[0].notice.kind, NoticeKind::kRecovered);
    EXPECT_EQ(recovered[0].notice.failures_in_row, 2U);
    EXPECT_EQ(recovered[0].notice.failing_since, kRulesNoon + hours(1));
    EXPECT_THAT(heard(NoticeKind::kSucceeded, kRulesNoon + hours(4)), IsEmpty());
}

TEST_F(RuleStory, WhoHearsOnlySuccessesHearsTheRecoveryAsOne) {
    add("log").events = {NoticeKind::kSucceeded};
    EXPECT_THAT(heard(NoticeKind::kFailed, kRulesNoon), IsEmpty());
    EXPECT_THAT(heard(NoticeKind::kSucceeded, kRulesNoon + hours(1)), ElementsAre("log:succeeded"));
}

TEST_F(RuleStory, OnlyChangesAreToldAndReminders) {
    auto& rule = add("ops");
    rule.only_changes = true;
    rule.remind_after = hours(5);
    EXPECT_THAT(heard(NoticeKind::kFailed, kRulesNoon), ElementsAre("ops:failed"));
    EXPECT_THAT(heard(NoticeKind::kFailed, kRulesNoon + hours(1)), IsEmpty());
    EXPECT_THAT(heard(NoticeKind::kFailed, kRulesNoon + hours(6)), ElementsAre("ops:failed"));
    EXPECT_THAT(heard(NoticeKind::kWarning, kRulesNoon + hours(7)), ElementsAre("ops:warning"));
    EXPECT_THAT(heard(NoticeKind::kWarning, kRulesNoon + hours(8)), IsEmpty());
}

TEST_F(RuleStory, OverdueIsToldOnceADayHoweverOftenItIsSeen) {
    add("ops");
    EXPECT_THAT(heard(NoticeKind::kOverdue, kRulesNoon), ElementsAre("ops:overdue"));
    EXPECT_THAT(heard(NoticeKind::kOverdue, kRulesNoon + hours(1)), IsEmpty());
    EXPECT_THAT(heard(NoticeKind::kOverdue, kRulesNoon + hours(24)), ElementsAre("ops:overdue"));
    EXPECT_THAT(heard(NoticeKind::kSucceeded, kRulesNoon + hours(25)), ElementsAre("ops:recovered"));
}

TEST_F(RuleStory, EscalatesAfterFailuresInARow) {
    add("boss").escalate_after_failures = 3;
    EXPECT_THAT(heard(NoticeKind::kFailed, kRulesNoon), IsEmpty());
    EXPECT_THAT(heard(NoticeKind::kFailed, kRulesNoon + hours(1)), IsEmpty());
    const auto third = tell(NoticeKind::kFailed, kRulesNoon + hours(2));
    ASSERT_EQ(third.size(), 1U);
    EXPECT_TRUE(third[0].notice.is_escalation);
    EXPECT_EQ(third[0].at, kRulesNoon + hours(2));
    EXPECT_THAT(heard(NoticeKind::kSucceeded, kRulesNoon + hours(3)), ElementsAre("boss:recovered"));
    // Who was not told of the trouble need not hear of its end.
    EXPECT_THAT(heard(NoticeKind::kFailed, kRulesNoon + hours(4)), IsEmpty());
    EXPECT_THAT(heard(NoticeKind::kSucceeded, kRulesNoon + hours(5)), IsEmpty());
}

TEST_F(RuleStory, EscalatesWhenNobodyActs) {
    add("boss").escalate_after = minutes(30);
    const auto first = tell(NoticeKind::kFailed, kRulesNoon);
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].at, kRulesNoon + minutes(30));
    // The same trouble: the queue takes it once.
    const auto second = tell(NoticeKind::kFailed, kRulesNoon + minutes(10));
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].dedup_key, first[0].dedup_key);
    EXPECT_EQ(second[0].at, first[0].at);
    memory_.is_acknowledged = true;
    EXPECT_THAT(heard(NoticeKind::kFailed, kRulesNoon + minutes(20)), IsEmpty());
}

TEST_F(RuleStory, AnEscalationThatDidNotComeHasNoRecovery) {
    add("boss").escalate_after = minutes(30);
    EXPECT_EQ(tell(NoticeKind::kFailed, kRulesNoon).size(), 1U);
    EXPECT_THAT(heard(NoticeKind::kSucceeded, kRulesNoon + minutes(10)), IsEmpty());
}

TEST_F(RuleStory, QuietHoursHoldBackWhatMayWait) {
    rules_.quiet_hours = *parse_quiet_hours("22:00-07:00");
    rules_.quiet_pass = {NoticeKind::kFailed};
    offset_ = hours(-3);
    add("ops");
    add("ping").has_quiet_hours = false;
    const WallTime night = *parse_rfc3339("2026-11-23T04:30:00Z");  // 01:30 there.
    const auto warnings = tell(NoticeKind::kWarning, night);
    ASSERT_EQ(warnings.size(), 2U);
    EXPECT_EQ(warnings[0].at, *parse_rfc3339("2026-11-23T10:00:00Z"));
    EXPECT_EQ(warnings[1].at, night);
    EXPECT_EQ(tell(NoticeKind::kFailed, night).at(0).at, night);
    const WallTime day = *parse_rfc3339("2026-11-23T15:00:00Z");
    EXPECT_EQ(tell(NoticeKind::kWarning, day).at(0).at, day);
}

TEST_F(RuleStory, DigestsWaitForTheirTime) {
    rules_.digest_at = 8 * 60;
    auto& rule = add("ops");
    rule.digest_events = {NoticeKind::kSucceeded};
    const auto collected = tell(NoticeKind::kSucceeded, kRulesNoon);
    ASSERT_EQ(collected.size(), 1U);
    EXPECT_TRUE(collected[0].is_for_digest);
    EXPECT_EQ(collected[0].at, *parse_rfc3339("2026-11-23T08:00:00Z"));
    EXPECT_FALSE(tell(NoticeKind::kFailed, kRulesNoon + hours(1)).at(0).is_for_digest);
}

TEST_F(RuleStory, ChannelsHaveTheirOwnJobs) {
    add("ops").jobs = {"other"};
    EXPECT_THAT(heard(NoticeKind::kFailed, kRulesNoon), IsEmpty());
}

TEST_F(RuleStory, MemorySurvivesItsJson) {
    add("ops");
    tell(NoticeKind::kFailed, kRulesNoon);
    const auto back = decode_job_memory(encode_job_memory(memory_));
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(encode_job_memory(*back), encode_job_memory(memory_));
    EXPECT_EQ(back->told.at("ops").kind, NoticeKind::kFailed);
    EXPECT_EQ(decode_job_memory("{").error().code(), ErrorCode::kCorruption);
}

TEST(QuietHours, AreTwoTimes) {
    EXPECT_EQ(parse_quiet_hours("22:00-07:30")->to, 450);
    for (const char* const bad : {"", "22:00", "22-7", "24:00-07:00", "08:00-08:00", "1:2-3:4"})
        EXPECT_FALSE(parse_quiet_hours(bad)) << bad;
}

}  // namespace
}  // namespace cofre::report
