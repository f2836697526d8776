#include "repo/zoned_time.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>

#include "base/utf8.h"

namespace cofre::repo {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
// Beyond any year this code is asked for; keeps sums from overflowing.
constexpr std::int64_t kMaxSeconds = std::int64_t{1} << 56U;

std::int64_t floor_div(std::int64_t value, std::int64_t divisor) {
    return value / divisor - (value % divisor < 0 ? 1 : 0);
}

std::int64_t floor_mod(std::int64_t value, std::int64_t divisor) {
    return value - floor_div(value, divisor) * divisor;
}

struct CivilDate {
    std::int64_t year;
    int month;
    int day;
};

// Days since 1970-01-01. std::chrono has years up to 32767 only, and file
// systems hold later ones. Source: H. Hinnant, "chrono-Compatible Low-Level
// Date Algorithms", days_from_civil and civil_from_days.
std::int64_t days_of(const CivilDate& date) {
    const std::int64_t y = date.month <= 2 ? date.year - 1 : date.year;
    const std::int64_t era = floor_div(y, 400);
    const std::int64_t year_of_era = y - era * 400;
    const std::int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
    const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146'097 + day_of_era - 719'468;
}

CivilDate date_of(std::int64_t days) {
    days += 719'468;
    const std::int64_t era = floor_div(days, 146'097);
    const std::int64_t day_of_era = days - era * 146'097;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t month = (5 * day_of_year + 2) / 153;
    const auto m = static_cast<int>(month < 10 ? month + 3 : month - 9);
    return {.year = year_of_era + era * 400 + (m <= 2 ? 1 : 0),
            .month = m,
            .day = static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1)};
}

std::int64_t local_seconds(const ZonedTime& time) {
    return std::clamp(time.seconds, -kMaxSeconds, kMaxSeconds) + time.offset_minutes * std::int64_t{60};
}

void append_digits(std::string& out, std::int64_t value, std::size_t digits) {
    const std::size_t begin = out.size();
    out.resize(begin + digits);
    for (std::size_t i = digits; i-- > 0; value /= 10)
        out[begin + i] = static_cast<char>('0' + value % 10);
}

void append_fraction(std::string& out, std::uint32_t nanoseconds) {
    if (nanoseconds == 0) return;
    out += '.';
    append_digits(out, nanoseconds, 9);
    while (out.back() == '0')
        out.pop_back();
}

// Reads fixed forms from the front of a text.
class TimeReader {
public:
    explicit TimeReader(std::string_view text) : rest_(text) {}

    std::int64_t number(std::size_t digits, std::int64_t low, std::int64_t high) {
        std::int64_t value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            if (!next_is_digit()) return fail();
            value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return value < low || value > high ? fail() : value;
    }

    void expect(char c) {
        if (!skip(c)) fail();
    }

    bool skip(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }

    // Digits after the point.
    std::uint32_t fraction() {
        if (!next_is_digit()) fail();
        std::uint32_t value = 0;
        std::uint32_t unit = 100'000'000;
        for (; next_is_digit(); rest_.remove_prefix(1), unit /= 10)
            value += static_cast<std::uint32_t>(rest_.front() - '0') * unit;
        return value;
    }

    bool is_done() const { return ok_ && rest_.empty(); }

private:
    bool next_is_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
    std::int64_t fail() {
        ok_ = false;
        return 0;
    }

    std::string_view rest_;
    bool ok_ = true;
};

int days_in_month(std::int64_t year, int month) {
    const CivilDate next = month == 12 ? CivilDate{year + 1, 1, 1} : CivilDate{year, month + 1, 1};
    return date_of(days_of(next) - 1).day;
}

std::optional<ZonedTime> try_parse(std::string_view text) {
    TimeReader in(text);
    CivilDate date{};
    date.year = in.number(4, 0, 9999);
    in.expect('-');
    date.month = static_cast<int>(in.number(2, 1, 12));
    in.expect('-');
    date.day = static_cast<int>(in.number(2, 1, 31));
    in.expect('T');
    std::int64_t seconds = in.number(2, 0, 23) * 3600;
    in.expect(':');
    seconds += in.number(2, 0, 59) * 60;
    in.expect(':');
    seconds += in.number(2, 0, 59);
    ZonedTime time;
    if (in.skip('.')) time.nanoseconds = in.fraction();
    if (!in.skip('Z')) {
        const bool is_west = in.skip('-');
        if (!is_west) in.expect('+');
        std::int64_t offset = in.number(2, 0, 23) * 60;
        in.expect(':');
        offset += in.number(2, 0, 59);
        time.offset_minutes = static_cast<std::int32_t>(is_west ? -offset : offset);
    }
    if (!in.is_done() || date.day > days_in_month(date.year, date.month)) return std::nullopt;
    time.seconds = days_of(date) * kSecondsPerDay + seconds - time.offset_minutes * std::int64_t{60};
    return time;
}

// The point in time at which clocks in `zone` show `local`. In a gap or a
// repeated hour it is one of the two that Go's time.Date chooses.
std::int64_t to_utc(std::int64_t local, const Zone& zone) {
    const std::int64_t guess = local - zone.offset_minutes(local) * std::int64_t{60};
    return local - zone.offset_minutes(guess) * std::int64_t{60};
}

}  // namespace

bool is_before(const ZonedTime& a, const ZonedTime& b) {
    return a.seconds != b.seconds ? a.seconds < b.seconds : a.nanoseconds < b.nanoseconds;
}

std::int32_t Zone::offset_minutes(std::int64_t utc_seconds) const {
    if (!is_local_) return offset_minutes_;
    // localtime_r(3) fails where the year does not fit an int.
    const auto when = static_cast<std::time_t>(std::clamp(utc_seconds, -kMaxSeconds, kMaxSeconds));
    std::tm parts{};
    if (::localtime_r(&when, &parts) == nullptr) return 0;
    return static_cast<std::int32_t>(parts.tm_gmtoff / 60);
}

ZonedTime Zone::at(WallTime time) const {
    const std::int64_t nanos = time.time_since_epoch().count();
    return at(floor_div(nanos, kNanosPerSecond), static_cast<std::uint32_t>(floor_mod(nanos, kNanosPerSecond)));
}

CivilTime to_civil(const ZonedTime& time) {
    const std::int64_t local = local_seconds(time);
    const CivilDate date = date_of(floor_div(local, kSecondsPerDay));
    const auto of_day = static_cast<int>(floor_mod(local, kSecondsPerDay));
    return {.year = date.year,
            .month = date.month,
            .day = date.day,
            .hour = of_day / 3600,
            .minute = of_day / 60 % 60,
            .second = of_day % 60};
}

IsoWeek to_iso_week(const ZonedTime& time) {
    // The week belongs to the year of its Thursday. 1970-01-01 was one.
    const std::int64_t day = floor_div(local_seconds(time), kSecondsPerDay);
    const std::int64_t thursday = day - floor_mod(day + 3, 7) + 3;
    const std::int64_t year = date_of(thursday).year;
    return {.year = year, .week = static_cast<int>((thursday - days_of({year, 1, 1})) / 7) + 1};
}

void append_zoned_time(std::string& out, const ZonedTime& time) {
    CivilTime civil = to_civil(time);
    if (civil.year < 0 || civil.year > 9999) {
        // As AddDate does it, 29 February becomes 1 March in a common year.
        const CivilDate moved =
            date_of(days_of({std::clamp<std::int64_t>(civil.year, 0, 9999), civil.month, civil.day}));
        civil.year = moved.year;
        civil.month = moved.month;
        civil.day = moved.day;
    }
    append_digits(out, civil.year, 4);
    out += '-';
    append_digits(out, civil.month, 2);
    out += '-';
    append_digits(out, civil.day, 2);
    out += 'T';
    append_digits(out, civil.hour, 2);
    out += ':';
    append_digits(out, civil.minute, 2);
    out += ':';
    append_digits(out, civil.second, 2);
    append_fraction(out, time.nanoseconds);
    if (time.offset_minutes == 0) {
        out += 'Z';
        return;
    }
    const std::int32_t offset = std::abs(time.offset_minutes);
    out += time.offset_minutes < 0 ? '-' : '+';
    append_digits(out, offset / 60, 2);
    out += ':';
    append_digits(out, offset % 60, 2);
}

Result<ZonedTime> parse_zoned_time(std::string_view text) {
    const auto time = try_parse(text);
    if (time) return *time;
    constexpr std::size_t kShown = 64;
    return Error(ErrorCode::kCorruption,
                 "parse time \"" + escape_for_display(text.substr(0, kShown)) + "\": not of RFC 3339");
}

ZonedTime add_calendar(const ZonedTime& time, int years, int months, int days, int hours, const Zone& zone) {
    const bool is_in_zone = zone.offset_minutes(time.seconds) == time.offset_minutes;
    const Zone here = is_in_zone ? zone : Zone::fixed(time.offset_minutes);
    const std::int64_t local = local_seconds(time);
    const CivilDate date = date_of(floor_div(local, kSecondsPerDay));
    const std::int64_t all_months = (date.year + years) * 12 + date.month - 1 + months;
    const CivilDate first{floor_div(all_months, 12), static_cast<int>(floor_mod(all_months, 12)) + 1, 1};
    const std::int64_t day = days_of(first) + date.day - 1 + days;
    const std::int64_t moved = to_utc(day * kSecondsPerDay + floor_mod(local, kSecondsPerDay), here);
    return here.at(moved + hours * std::int64_t{3600}, time.nanoseconds);
}

}  // namespace cofre::repo
