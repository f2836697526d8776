#include <charconv>

#include "base/utf8.h"
#include "repo/retention.h"

namespace cofre::repo {
namespace {

constexpr int kMaxDurationNumber = 1'000'000;

Error bad_duration(std::string_view text) {
    return Error(ErrorCode::kInvalidArgument, "\"" + escape_for_display(text) + "\" is no duration")
        .with_hint("write years, months, days and hours such as 1y5m7d2h");
}

int* number_of(CalendarDuration& duration, char unit) {
    switch (unit) {
        case 'y': return &duration.years;
        case 'm': return &duration.months;
        case 'd': return &duration.days;
        case 'h': return &duration.hours;
        default: return nullptr;
    }
}

void append_unit(std::string& out, int number, char unit) {
    if (number != 0) out += std::to_string(number) + unit;
}

}  // namespace

Result<CalendarDuration> parse_calendar_duration(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return CalendarDuration{};
    std::string_view rest = text.substr(first, text.find_last_not_of(kSpace) - first + 1);
    CalendarDuration duration;
    while (!rest.empty()) {
        int number = 0;
        const auto [end, fault] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
        const auto digits = static_cast<std::size_t>(end - rest.data());
        if (fault != std::errc() || digits == rest.size()) return bad_duration(text);
        if (number > kMaxDurationNumber || number < -kMaxDurationNumber) return bad_duration(text);
        int* const place = number_of(duration, rest[digits]);
        if (place == nullptr) return bad_duration(text);
        *place = number;
        rest.remove_prefix(digits + 1);
    }
    return duration;
}

std::string to_string(const CalendarDuration& duration) {
    std::string out;
    append_unit(out, duration.years, 'y');
    append_unit(out, duration.months, 'm');
    append_unit(out, duration.days, 'd');
    append_unit(out, duration.hours, 'h');
    return out;
}

Result<int> parse_keep_count(std::string_view text) {
    if (text == "unlimited") return kKeepAll;
    int number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault == std::errc() && end == text.data() + text.size() && number >= kKeepAll) return number;
    return Error(ErrorCode::kInvalidArgument, "\"" + escape_for_display(text) + "\" is no number of snapshots to keep")
        .with_hint("write a number, or unlimited to keep all");
}

}  // namespace cofre::repo
