#include "schedule/cron_expression.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace cofre::schedule {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::minutes;
using std::chrono::months;
using std::chrono::seconds;
using std::chrono::year_month_day;

constexpr std::size_t kFieldCount = 5;
constexpr std::uint64_t kAllHours = (std::uint64_t{1} << 24U) - 1;
constexpr std::string_view kBlanks = " \t\r\n";

// The years that 64 bits of nanoseconds can hold (base/time_format.h).
constexpr std::chrono::year kLastYear{2261};
constexpr Instant kFirstInstant = std::chrono::sys_days(std::chrono::year(1678) / 1 / 1);

struct CronNickname {
    std::string_view name;
    std::string_view fields;
};
constexpr std::array<CronNickname, 7> kNicknames = {{{"@hourly", "0 * * * *"},
                                                     {"@daily", "0 0 * * *"},
                                                     {"@midnight", "0 0 * * *"},
                                                     {"@weekly", "0 0 * * 0"},
                                                     {"@monthly", "0 0 1 * *"},
                                                     {"@yearly", "0 0 1 1 *"},
                                                     {"@annually", "0 0 1 1 *"}}};

// Longest each month can be; index 0 is unused.
constexpr std::array<unsigned, 13> kLongest = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

Error bad_expression(std::string_view why) {
    return Error(ErrorCode::kInvalidArgument, std::string(why));
}

Result<std::string_view> expand_nickname(std::string_view text) {
    for (const auto& nickname : kNicknames) {
        if (text == nickname.name) return nickname.fields;
    }
    auto error =
        bad_expression(fmt::format("\"{}\" is not a nickname; allowed: @hourly, @daily, @midnight, @weekly, "
                                   "@monthly, @yearly, @annually",
                                   text.substr(0, 32)));
    if (text == "@reboot") return std::move(error).with_hint("for a run when the service starts use `run_at_start`");
    if (text.starts_with("@every")) return std::move(error).with_hint("for a period use `every`");
    return error;
}

struct PlacedField {
    std::string_view text;
    std::size_t column;  ///< From 1.
};

std::vector<PlacedField> split_fields(std::string_view text) {
    std::vector<PlacedField> fields;
    for (auto begin = text.find_first_not_of(kBlanks); begin != std::string_view::npos;) {
        const auto end = std::min(text.find_first_of(kBlanks, begin), text.size());
        fields.push_back({text.substr(begin, end - begin), begin + 1});
        begin = text.find_first_not_of(kBlanks, end);
    }
    return fields;
}

Error wrong_field_count(const std::vector<PlacedField>& fields) {
    auto error =
        bad_expression(fmt::format("{} field{} instead of five (minute, hour, day of month, month, day of week)",
                                   fields.size(), fields.size() == 1 ? "" : "s"));
    if (!fields.empty() && fields.front().text.find('=') != std::string_view::npos) {
        return std::move(error).with_hint("the time zone has a key of its own");
    }
    if (fields.size() == 6 || fields.size() == 7) {
        return std::move(error).with_hint("cron has no seconds and no years; leave those fields out");
    }
    return error;
}

LocalTime shown_at(Instant time, const TimeZone::Span& span) {
    return LocalTime(time.time_since_epoch() + span.offset);
}

/// What lies before every whole minute >= `time`, and no other.
LocalMinute just_before(LocalTime time) {
    return std::chrono::ceil<minutes>(time) - minutes(1);
}

/// Until when the wall clock showed, before this span, what it shows again in it.
LocalTime repeated_until(const TimeZone::Span& span, const TimeZone& zone) {
    if (span.begin <= kFirstInstant) return LocalTime::min();
    return shown_at(span.begin, zone.span_at(span.begin - seconds(1)));
}

}  // namespace

Result<CronExpression> CronExpression::parse(std::string_view text) {
    if (text.size() > kMaxLength) {
        return bad_expression(fmt::format("cron expression: {} characters; allowed: {}", text.size(), kMaxLength));
    }
    CronExpression cron;
    const auto begin = std::min(text.find_first_not_of(kBlanks), text.size());
    const auto trimmed = text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
    cron.text_ = std::string(trimmed);
    auto status = cron.read_fields(trimmed, begin);
    if (status) status = cron.check_ever_due();
    if (!status)
        return std::move(status).error().context(fmt::format("cron expression \"{}\"", trimmed.substr(0, 100)));
    return cron;
}

Status CronExpression::read_fields(std::string_view text, std::size_t column) {
    if (text.starts_with('@')) {
        COFRE_ASSIGN(text, expand_nickname(text));
        column = 0;
    }
    const auto fields = split_fields(text);
    if (fields.size() != kFieldCount) return wrong_field_count(fields);
    const std::array<std::pair<const CronFieldKind*, CronField*>, kFieldCount> places = {
        {{&kCronMinute, &minute_},
         {&kCronHour, &hour_},
         {&kCronDayOfMonth, &day_of_month_},
         {&kCronMonth, &month_},
         {&kCronDayOfWeek, &day_of_week_}}};
    for (std::size_t i = 0; i < kFieldCount; ++i) {
        COFRE_ASSIGN(*places[i].second, parse_cron_field(*places[i].first, fields[i].text, column + fields[i].column));
    }
    return {};
}

Status CronExpression::check_ever_due() const {
    // With OR some weekday is enough, and every month has them all. With AND
    // each date falls on each weekday within 400 years, 29 February included.
    if (!day_of_month_.begins_with_star && !day_of_week_.begins_with_star) return {};
    const unsigned first_day = *day_of_month_.next(1);
    for (unsigned month = 1; month < kLongest.size(); ++month) {
        if (month_.has(month) && first_day <= kLongest[month]) return {};
    }
    return bad_expression(fmt::format("it is never due: no month that it names has {} days", first_day))
        .with_hint("for the last day of a month use the first of the next, or 28");
}

bool CronExpression::runs_every_hour() const {
    return hour_.bits == kAllHours;
}

bool CronExpression::day_matches(local_days day) const {
    const year_month_day date(day);
    if (!month_.has(static_cast<unsigned>(date.month()))) return false;
    const bool by_date = day_of_month_.has(static_cast<unsigned>(date.day()));
    const bool by_weekday = day_of_week_.has(std::chrono::weekday(day).c_encoding());
    if (day_of_month_.begins_with_star || day_of_week_.begins_with_star) return by_date && by_weekday;
    return by_date || by_weekday;
}

bool CronExpression::matches(LocalMinute minute) const {
    const auto day = floor<days>(minute);
    const auto clock = minute - day;
    return hour_.has(static_cast<unsigned>(clock / hours(1))) &&
           minute_.has(static_cast<unsigned>((clock % hours(1)).count())) && day_matches(day);
}

/// The first time of a day that fits, from `at_least` on.
std::optional<minutes> CronExpression::time_of_day(minutes at_least) const {
    const auto hour = static_cast<unsigned>(at_least / hours(1));
    if (hour_.has(hour)) {
        const auto minute = minute_.next(static_cast<unsigned>((at_least % hours(1)).count()));
        if (minute) return hours(hour) + minutes(*minute);
    }
    const auto later = hour_.next(hour + 1);
    if (!later) return std::nullopt;
    return hours(*later) + minutes(*minute_.next(0));
}

/// The first day that fits, from `day` on. Bounded by the last year.
std::optional<local_days> CronExpression::next_day(local_days day) const {
    for (;;) {
        const year_month_day date(day);
        if (date.year() > kLastYear) return std::nullopt;
        if (!month_.has(static_cast<unsigned>(date.month()))) {
            day = local_days((date.year() / date.month() + months(1)) / 1);
        } else if (day_matches(day)) {
            return day;
        } else {
            day += days(1);
        }
    }
}

std::optional<LocalMinute> CronExpression::next_match(LocalMinute after) const {
    const auto from = after + minutes(1);
    const auto today = floor<days>(from);
    const auto this_day = next_day(today);
    if (!this_day) return std::nullopt;
    if (const auto time = time_of_day(*this_day == today ? from - today : minutes(0))) return *this_day + *time;
    const auto later_day = next_day(*this_day + days(1));
    if (!later_day) return std::nullopt;
    return *later_day + *time_of_day(minutes(0));
}

std::optional<Instant> CronExpression::next(Instant after, const TimeZone& zone) const {
    if (after >= Instant(std::chrono::sys_days((kLastYear + std::chrono::years(1)) / 1 / 1))) return std::nullopt;
    after = std::max(after, kFirstInstant);
    const bool follows_elapsed_time = runs_every_hour();
    auto span = zone.span_at(after);
    LocalMinute seen = floor<minutes>(shown_at(after, span));  // What is looked for is shown later than this.
    if (!follows_elapsed_time) {
        const auto repeated = repeated_until(span, zone);
        if (repeated != LocalTime::min()) seen = std::max(seen, just_before(repeated));
    }
    for (;;) {
        const auto match = next_match(seen);
        if (!match) return std::nullopt;
        const auto due = Instant(match->time_since_epoch() - span.offset);
        if (due < span.end) return due;
        const auto gap_end = span.end;
        span = zone.span_at(gap_end);
        const auto begin = shown_at(gap_end, span);
        if (follows_elapsed_time) {
            seen = just_before(begin);
        } else if (*match < begin) {
            return gap_end;
        }
    }
}

}  // namespace cofre::schedule
