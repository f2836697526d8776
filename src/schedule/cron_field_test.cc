#include "schedule/cron_field.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cofre::schedule {
namespace {

struct FieldCase {
    const CronFieldKind* kind;
    std::string text;
    std::vector<unsigned> values;
};

std::vector<unsigned> values_of(const CronField& field) {
    std::vector<unsigned> values;
    for (auto value = field.next(0); value; value = field.next(*value + 1))
        values.push_back(*value);
    return values;
}

TEST(CronField, ReadsWhatVixieReads) {
    const std::vector<FieldCase> cases = {
        {&kCronMinute, "0", {0}},
        {&kCronMinute, "59", {59}},
        {&kCronMinute, "007", {7}},
        {&kCronMinute, "*/15", {0, 15, 30, 45}},
        {&kCronMinute, "*/59", {0, 59}},
        {&kCronMinute, "5-10", {5, 6, 7, 8, 9, 10}},
        {&kCronMinute, "5-5", {5}},
        {&kCronMinute, "5-10/2", {5, 7, 9}},
        {&kCronMinute, "1,3,3,2", {1, 2, 3}},
        {&kCronMinute, "50-59/3,0-2,30", {0, 1, 2, 30, 50, 53, 56, 59}},
        {&kCronHour, "*/7", {0, 7, 14, 21}},
        {&kCronHour, "22-23,0-1", {0, 1, 22, 23}},
        {&kCronDayOfMonth, "*/10", {1, 11, 21, 31}},
        {&kCronDayOfMonth, "1-31/15", {1, 16, 31}},
        {&kCronMonth, "*/3", {1, 4, 7, 10}},
        {&kCronMonth, "jan,JUL,Dec", {1, 7, 12}},
        {&kCronMonth, "feb-apr", {2, 3, 4}},
        {&kCronMonth, "feb-10/4", {2, 6, 10}},
        {&kCronDayOfWeek, "*", {0, 1, 2, 3, 4, 5, 6}},
        {&kCronDayOfWeek, "0", {0}},
        {&kCronDayOfWeek, "7", {0}},
        {&kCronDayOfWeek, "sun", {0}},
        {&kCronDayOfWeek, "mon-fri", {1, 2, 3, 4, 5}},
        {&kCronDayOfWeek, "5-7", {0, 5, 6}},
        {&kCronDayOfWeek, "fri-sun", {0, 5, 6}},
        {&kCronDayOfWeek, "sun-tue", {0, 1, 2}},
        {&kCronDayOfWeek, "sun-sun", {0}},
        {&kCronDayOfWeek, "0-7", {0, 1, 2, 3, 4, 5, 6}},
        {&kCronDayOfWeek, "*/2", {0, 2, 4, 6}},
        {&kCronDayOfWeek, "1-7/2", {0, 1, 3, 5}},
        {&kCronDayOfWeek, "*/7", {0}},
    };
    for (const auto& c : cases) {
        const auto field = parse_cron_field(*c.kind, c.text, 1);
        ASSERT_TRUE(field) << c.text << ": " << field.error().message();
        EXPECT_EQ(values_of(*field), c.values) << c.kind->name << " " << c.text;
        EXPECT_EQ(field->begins_with_star, c.text.front() == '*') << c.text;
    }
}

struct BadFieldCase {
    const CronFieldKind* kind;
    std::string text;
    std::string column;  ///< Where the field begins in column 5.
    std::string message;
};

TEST(CronField, SaysWhereAMistakeIsAndWhatIsAllowed) {
    const std::vector<BadFieldCase> cases = {
        {&kCronMinute, "60", "character 5", "60 is out of range; allowed: 0-59"},
        {&kCronMinute, "1,2,99", "character 9", "99 is out of range"},
        {&kCronMinute, "-5", "character 5", "\"-5\" is not understood"},
        {&kCronMinute, "+5", "character 5", "not understood"},
        {&kCronMinute, "5-", "character 7", "a value is missing"},
        {&kCronMinute, "1,,2", "character 7", "a value is missing"},
        {&kCronMinute, "1,", "character 7", "a value is missing"},
        {&kCronMinute, "5/15", "character 6", "a step needs a range"},
        {&kCronMinute, "*/0", "character 7", "never ends"},
        {&kCronMinute, "*/60", "character 7", "wider than the field"},
        {&kCronMinute, "*/x", "character 7", "\"x\" is not a step"},
        {&kCronMinute, "*/", "character 7", "is not a step"},
        {&kCronMinute, "*/-5", "character 7", "is not a step"},
        {&kCronMinute, "**", "character 6", "not understood"},
        {&kCronMinute, "*5", "character 6", "not understood"},
        {&kCronMinute, "*-5", "character 6", "not understood"},
        {&kCronMinute, "1-2-3", "character 8", "not understood"},
        {&kCronMinute, "1-5/2/2", "character 10", "not understood"},
        {&kCronMinute, "mon", "character 5", "not understood"},
        {&kCronMinute, "99999999999999999999", "character 5", "not understood"},
        {&kCronMinute, "1.5", "character 6", "not understood"},
        {&kCronHour, "24", "character 5", "24 is out of range; allowed: 0-23"},
        {&kCronHour, "22-2", "character 7", "runs backwards"},
        {&kCronDayOfMonth, "0", "character 5", "0 is out of range; allowed: 1-31"},
        {&kCronDayOfMonth, "32", "character 5", "32 is out of range"},
        {&kCronDayOfMonth, "L", "character 5", "\"L\" is not understood"},
        {&kCronDayOfMonth, "15W", "character 5", "\"15W\" is not understood"},
        {&kCronDayOfMonth, "?", "character 5", "\"?\" is not understood"},
        {&kCronMonth, "0", "character 5", "allowed: 1-12 or jan-dec"},
        {&kCronMonth, "13", "character 5", "13 is out of range"},
        {&kCronMonth, "january", "character 5", "\"january\" is not understood"},
        {&kCronDayOfWeek, "8", "character 5", "allowed: 0-7 or sun-sat (0 and 7 are Sunday)"},
        {&kCronDayOfWeek, "fri-mon", "character 8", "runs backwards"},
        {&kCronDayOfWeek, "5#2", "character 6", "not understood"},
    };
    for (const auto& c : cases) {
        const auto field = parse_cron_field(*c.kind, c.text, 5);
        ASSERT_FALSE(field) << c.text;
        EXPECT_EQ(field.error().code(), ErrorCode::kInvalidArgument);
        const auto& message = field.error().message();
        EXPECT_TRUE(message.starts_with(c.kind->name)) << message;
        EXPECT_NE(message.find("at " + c.column + ":"), std::string::npos) << c.text << ": " << message;
        EXPECT_NE(message.find(c.message), std::string::npos) << c.text << ": " << message;
        EXPECT_NE(message.find("allowed: "), std::string::npos) << message;
    }
}

TEST(CronField, HintsSayWhatToWriteInstead) {
    EXPECT_EQ(parse_cron_field(kCronMinute, "5/15", 1).error().hint(), "write 5-59/15");
    EXPECT_NE(parse_cron_field(kCronHour, "22-2", 1).error().hint().find("22-23,0-2"), std::string::npos);
    EXPECT_NE(parse_cron_field(kCronMinute, "*/90", 1).error().hint().find("`every`"), std::string::npos);
}

}  // namespace
}  // namespace cofre::schedule
