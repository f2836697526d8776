#include "repo/retention.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cofre::repo {
namespace {

using Texts = std::vector<std::string>;

class RetentionTest : public ::testing::Test {
protected:
    void add(std::string_view time, std::vector<std::string> tags = {}) {
        Snapshot snapshot;
        const auto parsed = parse_zoned_time(time);
        ASSERT_TRUE(parsed) << time;
        snapshot.time = *parsed;
        snapshot.tags = std::move(tags);
        snapshots_.push_back(std::move(snapshot));
    }

    RetentionDecision apply(const RetentionPolicy& policy) {
        std::vector<const Snapshot*> list;
        for (const Snapshot& snapshot : snapshots_)
            list.push_back(&snapshot);
        return apply_retention(list, policy, *parse_zoned_time("2030-01-01T00:00:00Z"), Zone::utc());
    }

    // Times that are kept, each with its reasons: "TIME: reason, reason".
    Texts kept(const RetentionPolicy& policy) {
        Texts texts;
        for (const auto& kept : apply(policy).keep) {
            std::string text;
            append_zoned_time(text, snapshots_[kept.index].time);
            for (const std::string& reason : kept.reasons)
                text += (&reason == kept.reasons.data() ? ": " : ", ") + reason;
            texts.push_back(text);
        }
        return texts;
    }

    std::vector<Snapshot> snapshots_;
};

TEST_F(RetentionTest, KeepsAllUnderAnEmptyPolicy) {
    add("2026-01-01T00:00:00Z");
    EXPECT_EQ(kept({}), Texts{"2026-01-01T00:00:00Z: policy is empty"});
}

TEST_F(RetentionTest, KeepsTheNewestOfEachPeriod) {
    add("2026-01-01T08:00:00Z");
    add("2026-01-02T08:00:00Z");
    add("2026-01-02T20:00:00Z");
    add("2026-01-03T08:00:00Z");
    EXPECT_EQ(kept({.daily = 2}),
              (Texts{"2026-01-03T08:00:00Z: daily snapshot", "2026-01-02T20:00:00Z: daily snapshot"}));
}

TEST_F(RetentionTest, KeepsTheOldestWhileCountsAreLeft) {
    add("2026-01-01T08:00:00Z");
    add("2026-01-01T20:00:00Z");
    EXPECT_EQ(kept({.daily = 3}),
              (Texts{"2026-01-01T20:00:00Z: daily snapshot", "2026-01-01T08:00:00Z: oldest daily snapshot"}));
    EXPECT_EQ(kept({.daily = 1}), (Texts{"2026-01-01T20:00:00Z: daily snapshot"}));
}

TEST_F(RetentionTest, CountsWhatIsLeft) {
    add("2026-01-01T08:00:00Z");
    add("2026-01-02T08:00:00Z");
    const auto decision = apply({.last = 1, .yearly = kKeepAll});
    ASSERT_EQ(decision.keep.size(), 2U);
    EXPECT_EQ(decision.keep[0].reasons, (Texts{"last snapshot", "yearly snapshot"}));
    EXPECT_EQ(decision.keep[0].counters.last, 0);
    EXPECT_EQ(decision.keep[0].counters.yearly, -1);
    EXPECT_EQ(decision.keep[1].reasons, Texts{"oldest yearly snapshot"});
}

TEST_F(RetentionTest, KeepsTagsWithoutCounting) {
    add("2026-01-01T08:00:00Z", {"a", "b"});
    add("2026-01-02T08:00:00Z", {"a"});
    EXPECT_EQ(kept({.tags = {parse_tag_list("a,b")}}), Texts{"2026-01-01T08:00:00Z: has tags [a, b]"});
}

TEST_F(RetentionTest, CountsDurationsFromTheNewest) {
    add("2026-01-01T08:00:00Z");
    add("2026-01-08T08:00:00Z");
    add("2026-01-08T08:00:01Z");
    add("2026-01-15T08:00:00Z");
    add("2031-01-01T00:00:00Z");  // Of the future: counts as any, but nothing counts from it.
    EXPECT_EQ(kept({.within = *parse_calendar_duration("7d")}),
              (Texts{"2031-01-01T00:00:00Z: within 7d", "2026-01-15T08:00:00Z: within 7d",
                     "2026-01-08T08:00:01Z: within 7d"}));
}

TEST_F(RetentionTest, ThinsOutWithinDurations) {
    add("2026-01-01T08:00:00Z");
    add("2026-01-14T08:00:00Z");
    add("2026-01-14T09:00:00Z");
    add("2026-01-15T08:00:00Z");
    EXPECT_EQ(kept({.within_daily = *parse_calendar_duration("3d")}),
              (Texts{"2026-01-15T08:00:00Z: daily within 3d", "2026-01-14T09:00:00Z: daily within 3d"}));
}

TEST_F(RetentionTest, TakesTheCalendarOfTheSnapshotsZone) {
    add("2026-01-01T23:30:00-03:00");
    add("2026-01-02T00:30:00-03:00");
    EXPECT_EQ(kept({.daily = 5}).size(), 2U);
    snapshots_.clear();
    add("2026-01-02T02:30:00Z");
    add("2026-01-02T03:30:00Z");
    add("2026-01-02T04:30:00Z");
    EXPECT_EQ(kept({.daily = 1}).size(), 1U);
}

TEST_F(RetentionTest, KeepsTheOrderOfEqualTimes) {
    add("2026-01-01T08:00:00Z", {"first"});
    add("2026-01-01T08:00:00Z", {"second"});
    EXPECT_EQ(apply({.last = 1}).keep.at(0).index, 0U);
    EXPECT_EQ(apply({.last = 1}).remove, std::vector<std::size_t>{1});
}

TEST(CalendarDuration, ReadsAndWrites) {
    EXPECT_EQ(to_string(*parse_calendar_duration("1y5m7d2h")), "1y5m7d2h");
    EXPECT_EQ(to_string(*parse_calendar_duration(" 3h2d ")), "2d3h");
    EXPECT_EQ(parse_calendar_duration("-5d")->days, -5);
    EXPECT_TRUE(parse_calendar_duration("")->is_zero());
    for (const char* text : {"5", "d", "5x", "5d5", "1 y", "99999999999d", "2000000d", "--5d"})
        EXPECT_FALSE(parse_calendar_duration(text)) << text;
}

TEST(KeepCount, ReadsNumbersAndUnlimited) {
    EXPECT_EQ(*parse_keep_count("7"), 7);
    EXPECT_EQ(*parse_keep_count("-1"), kKeepAll);
    EXPECT_EQ(*parse_keep_count("unlimited"), kKeepAll);
    for (const char* text : {"", "-2", "x", "7d", "1.5"})
        EXPECT_FALSE(parse_keep_count(text)) << text;
}

}  // namespace
}  // namespace cofre::repo
