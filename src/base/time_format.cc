#include "base/time_format.h"

#include <array>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

namespace cofre {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

// The whole years that 64 bits of nanoseconds around 1970 can hold.
constexpr int kFirstYear = 1678;
constexpr int kLastYear = 2261;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

struct Civil {
    int year;
    unsigned month, day;
    std::int64_t hour, minute, second, nanosecond;
};

Civil to_civil(WallTime time) {
    const auto day = floor<days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    return {static_cast<int>(date.year()),     static_cast<unsigned>(date.month()),
            static_cast<unsigned>(date.day()), clock.hours().count(),
            clock.minutes().count(),           clock.seconds().count(),
            clock.subseconds().count()};
}

// Second 60 is a leap second; like POSIX time we count it as the next minute's first.
std::optional<WallTime> from_civil(const Civil& c) {
    if (c.year < kFirstYear || c.year > kLastYear) return std::nullopt;
    const auto date = std::chrono::year(c.year) / std::chrono::month(c.month) / std::chrono::day(c.day);
    if (!date.ok() || c.hour > 23 || c.minute > 59 || c.second > 60) return std::nullopt;
    return WallTime(std::chrono::sys_days(date)) + hours(c.hour) + minutes(c.minute) + seconds(c.second) +
           nanoseconds(c.nanosecond);
}

/// Takes a text apart from the left. After the first failure everything fails.
class Cursor {
public:
    explicit Cursor(std::string_view text) : rest_(text) {}

    /// Exactly `digits` decimal digits.
    int number(std::size_t digits) {
        int value = 0;
        const std::string_view token = take(digits);
        for (const char c : token) {
            if (c < '0' || c > '9') ok_ = false;
            value = value * 10 + (c - '0');
        }
        return ok_ ? value : 0;
    }

    unsigned unsigned_number(std::size_t digits) { return static_cast<unsigned>(number(digits)); }

    void literal(std::string_view expected) {
        if (take(expected.size()) != expected) ok_ = false;
    }

    char one_of(std::string_view accepted) {
        const std::string_view token = take(1);
        if (!ok_ || accepted.find(token.front()) == std::string_view::npos) {
            ok_ = false;
            return '\0';
        }
        return token.front();
    }

    /// Index of the three-letter name that follows.
    template <std::size_t N>
    unsigned name(const std::array<std::string_view, N>& names) {
        const std::string_view token = take(3);
        for (unsigned i = 0; i < N; ++i) {
            if (token == names[i]) return i;
        }
        ok_ = false;
        return 0;
    }

    bool next_is_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
    bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }
    bool done() const { return ok_ && rest_.empty(); }
    bool ok() const { return ok_; }
    void fail() { ok_ = false; }

private:
    std::string_view take(std::size_t n) {
        if (!ok_ || rest_.size() < n) {
            ok_ = false;
            return {};
        }
        const std::string_view token = rest_.substr(0, n);
        rest_.remove_prefix(n);
        return token;
    }

    std::string_view rest_;
    bool ok_ = true;
};

std::int64_t parse_fraction(Cursor& in) {
    if (!in.next_is('.')) return 0;
    in.literal(".");
    if (!in.next_is_digit()) in.fail();
    std::int64_t value = 0;
    int digits = 0;
    for (; digits < 9 && in.next_is_digit(); ++digits)
        value = value * 10 + in.number(1);
    for (; digits < 9; ++digits)
        value *= 10;
    return value;
}

minutes parse_offset(Cursor& in) {
    const char sign = in.one_of("Zz+-");
    if (sign == 'Z' || sign == 'z') return minutes(0);
    const int hour = in.number(2);
    in.literal(":");
    const int minute = in.number(2);
    if (hour > 23 || minute > 59) in.fail();
    const auto offset = hours(hour) + minutes(minute);
    return sign == '-' ? -offset : offset;
}

Error malformed(std::string_view what, std::string_view text) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("parse {}: \"{}\" is not one", what, text.substr(0, 64)));
}

}  // namespace

std::string format_rfc3339(WallTime time) {
    const Civil c = to_civil(time);
    std::string text =
        fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute, c.second);
    if (c.nanosecond != 0) {
        text += fmt::format(".{:09}", c.nanosecond);
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text + 'Z';
}

Result<WallTime> parse_rfc3339(std::string_view text) {
    Cursor in(text);
    Civil c{};
    c.year = in.number(4);
    in.literal("-");
    c.month = in.unsigned_number(2);
    in.literal("-");
    c.day = in.unsigned_number(2);
    in.one_of("Tt ");
    c.hour = in.number(2);
    in.literal(":");
    c.minute = in.number(2);
    in.literal(":");
    c.second = in.number(2);
    c.nanosecond = parse_fraction(in);
    const minutes offset = parse_offset(in);
    const auto local = in.done() ? from_civil(c) : std::nullopt;
    if (!local) return malformed("RFC 3339 time", text);
    return *local - offset;
}

std::string format_basic(WallTime time) {
    const Civil c = to_civil(time);
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

std::string format_mail_date(WallTime time) {
    const Civil c = to_civil(time);
    const std::chrono::weekday day(floor<days>(time));
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kWeekdays.at(day.iso_encoding() - 1), c.day,
                       kMonths.at(c.month - 1), c.year, c.hour, c.minute, c.second);
}

Result<WallTime> parse_http_date(std::string_view text) {
    Cursor in(text);
    Civil c{};
    in.name(kWeekdays);  // Not compared with the date: the date alone is what the sender meant.
    in.literal(", ");
    c.day = in.unsigned_number(2);
    in.literal(" ");
    c.month = in.name(kMonths) + 1;
    in.literal(" ");
    c.year = in.number(4);
    in.literal(" ");
    c.hour = in.number(2);
    in.literal(":");
    c.minute = in.number(2);
    in.literal(":");
    c.second = in.number(2);
    in.literal(" GMT");
    const auto time = in.done() ? from_civil(c) : std::nullopt;
    if (!time) return malformed("HTTP date", text);
    return *time;
}

}  // namespace cofre
