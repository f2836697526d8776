// CronExpression::next() against a walk through all seconds that begin a minute,
// which knows the rules and nothing of the search.

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "schedule/cron_expression.h"
#include "schedule/testing/schedule_times.h"

namespace cofre::schedule {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;

/// Reads a field anew, in the simplest way that is right for valid fields.
std::vector<bool> oracle_field(const std::string& text, unsigned low, unsigned high) {
    std::vector<bool> set(64, false);
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find(',', begin), text.size());
        std::string item = text.substr(begin, end - begin);
        begin = end + 1;
        unsigned step = 1;
        if (const auto slash = item.find('/'); slash != std::string::npos) {
            step = static_cast<unsigned>(std::stoul(item.substr(slash + 1)));
            item.resize(slash);
        }
        unsigned first = low;
        unsigned last = high;
        if (item != "*") {
            const auto dash = item.find('-');
            first = static_cast<unsigned>(std::stoul(item.substr(0, dash)));
            last = dash == std::string::npos ? first : static_cast<unsigned>(std::stoul(item.substr(dash + 1)));
        }
        for (unsigned value = first; value <= last; value += step)
            set[value] = true;
    }
    return set;
}

class CronOracle {
public:
    explicit CronOracle(const std::vector<std::string>& fields)
        : minute_(oracle_field(fields[0], 0, 59)),
          hour_(oracle_field(fields[1], 0, 23)),
          day_(oracle_field(fields[2], 1, 31)),
          month_(oracle_field(fields[3], 1, 12)),
          weekday_(oracle_field(fields[4], 0, 7)),
          needs_both_(fields[2][0] == '*' || fields[4][0] == '*'),
          all_hours_(std::count(hour_.begin(), hour_.begin() + 24, true) == 24) {}

    bool fits(LocalMinute time) const {
        const auto day = floor<days>(time);
        const std::chrono::year_month_day date(day);
        const auto weekday = std::chrono::weekday(day).c_encoding();
        const auto minute = static_cast<std::size_t>((time - day).count());
        const bool by_date = day_[static_cast<unsigned>(date.day())];
        const bool by_weekday = weekday_[weekday] || (weekday == 0 && weekday_[7]);
        return minute_[minute % 60] && hour_[minute / 60] && month_[static_cast<unsigned>(date.month())] &&
               (needs_both_ ? by_date && by_weekday : by_date || by_weekday);
    }

    /// All due times in (from, to], minute by minute.
    std::vector<Instant> all(Instant from, Instant to, const TimeZone& in) const {
        std::vector<Instant> due;
        // What the clock has shown so far; an hour ahead of `from`, so that a
        // change shortly before is known.
        std::optional<LocalTime> shown_before;
        LocalTime highest = LocalTime::min();
        for (Instant time = floor<minutes>(from - days(2)); time <= to; time += minutes(1)) {
            const LocalTime shown = in.to_local(time);
            bool is_due = false;
            if (shown_before && shown > *shown_before + minutes(1) && !all_hours_) {
                for (auto skipped = *shown_before + minutes(1); skipped < shown; skipped += minutes(1))
                    is_due = is_due || fits(floor<minutes>(skipped));
            }
            const bool is_new = shown > highest;
            if (is_new || all_hours_) is_due = is_due || fits(floor<minutes>(shown));
            if (is_due && time > from) due.push_back(time);
            highest = std::max(highest, shown);
            shown_before = shown;
        }
        return due;
    }

private:
    std::vector<bool> minute_, hour_, day_, month_, weekday_;
    bool needs_both_;
    bool all_hours_;
};

using Random = std::mt19937;

unsigned pick(Random& random, unsigned low, unsigned high) {
    return std::uniform_int_distribution<unsigned>(low, high)(random);
}

std::string random_field(Random& random, unsigned low, unsigned high) {
    const auto item = [&]() -> std::string {
        const unsigned a = pick(random, low, high);
        const unsigned b = pick(random, a, high);
        const auto step = std::to_string(pick(random, 1, std::max(1U, (high - low) / 2)));
        switch (pick(random, 0, 5)) {
            case 0: return "*";
            case 1: return "*/" + step;
            case 2: return std::to_string(a) + "-" + std::to_string(b);
            case 3: return std::to_string(a) + "-" + std::to_string(b) + "/" + step;
            default: return std::to_string(a);
        }
    };
    std::string text = item();
    while (pick(random, 0, 3) == 0)
        text += "," + item();
    return text;
}

/// Few fields are restricted at once, so that something is due within days.
std::vector<std::string> random_fields(Random& random) {
    std::vector<std::string> fields = {random_field(random, 0, 59), random_field(random, 0, 23), "*", "*", "*"};
    if (pick(random, 0, 2) == 0) fields[1] = "*";
    if (pick(random, 0, 2) == 0) fields[2] = random_field(random, 1, 31);
    if (pick(random, 0, 4) == 0) fields[3] = random_field(random, 1, 12);
    if (pick(random, 0, 2) == 0) fields[4] = random_field(random, 0, 7);
    return fields;
}

struct OraclePlace {
    const char* zone;
    const char* around;  ///< A change of the clock, in UTC.
};

// Gaps and repetitions of an hour, of half an hour, at midnight, of a whole day, and none at all.
constexpr OraclePlace kPlaces[] = {
    {"America/Sao_Paulo", "2018-11-04T03:00:00Z"},
    {"America/Sao_Paulo", "2018-02-18T02:00:00Z"},
    {"Europe/Lisbon", "2026-03-29T01:00:00Z"},
    {"Europe/Lisbon", "2026-10-25T01:00:00Z"},
    {"America/New_York", "2024-03-10T07:00:00Z"},
    {"America/New_York", "2024-11-03T06:00:00Z"},
    {"Australia/Lord_Howe", "2026-10-03T15:30:00Z"},
    {"Australia/Lord_Howe", "2026-04-04T15:00:00Z"},
    {"Pacific/Apia", "2011-12-30T10:00:00Z"},
    {"America/Havana", "2026-11-01T05:00:00Z"},
    {"Africa/Casablanca", "2026-02-15T02:00:00Z"},
    {"Asia/Kathmandu", "2024-02-29T00:00:00Z"},
    {"UTC", "2023-12-31T12:00:00Z"},
    {"Antarctica/Troll", "2026-03-29T01:00:00Z"},
};

void compare_with_oracle(Random& random, const OraclePlace& place) {
    const auto fields = random_fields(random);
    const auto text = fields[0] + " " + fields[1] + " " + fields[2] + " " + fields[3] + " " + fields[4];
    const auto expression = CronExpression::parse(text);
    if (!expression) return;  // Never due, or a step that is too wide.
    const auto in = zone(place.zone);
    // Half of them from near the change, on both sides of it.
    const unsigned before = pick(random, 0, pick(random, 0, 1) == 0 ? 360 : 2 * 24 * 60);
    const Instant from = at(place.around) + hours(3) - minutes(before) + std::chrono::seconds(pick(random, 0, 59));
    const Instant to = at(place.around) + days(2);
    std::vector<Instant> found;
    for (auto due = expression->next(from, in); due && *due <= to; due = expression->next(*due, in))
        found.push_back(*due);
    const auto expected = CronOracle(fields).all(from, to, in);
    ASSERT_EQ(found, expected) << "\"" << text << "\" in " << place.zone << " from " << in.format(from);
}

class CronAgainstOracle : public ::testing::TestWithParam<unsigned> {};

TEST_P(CronAgainstOracle, F29_AgreesMinuteByMinute) {
    Random random(GetParam());
    for (int round = 0; round < 12; ++round) {
        for (const auto& place : kPlaces) {
            compare_with_oracle(random, place);
            if (HasFatalFailure()) return;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, CronAgainstOracle, ::testing::Range(1U, 9U));

TEST(CronOracleItself, SeesAGapAndARepetition) {
    const CronOracle oracle({"30", "0", "*", "*", "*"});
    const auto sao_paulo = zone("America/Sao_Paulo");
    EXPECT_EQ(oracle.all(at("2018-11-03T12:00:00Z"), at("2018-11-04T12:00:00Z"), sao_paulo),
              std::vector<Instant>{at("2018-11-04T01:00:00-02:00")});
    const CronOracle late({"30", "23", "*", "*", "*"});
    EXPECT_EQ(late.all(at("2018-02-17T12:00:00Z"), at("2018-02-18T12:00:00Z"), sao_paulo),
              std::vector<Instant>{at("2018-02-17T23:30:00-02:00")});
}

}  // namespace
}  // namespace cofre::schedule
