#include "schedule/blackout.h"

#include <algorithm>
#include <bitset>

#include <fmt/format.h>

#include "base/number.h"
#include "schedule/cron_field.h"

namespace cofre::schedule {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr std::size_t kMinutesOfDay = std::size_t{24} * 60;
constexpr std::size_t kMinutesOfWeek = 7 * kMinutesOfDay;
constexpr std::uint64_t kAllWeekdays = 0x7F;

/// "HH:MM" or "H:MM", up to 24:00.
std::optional<minutes> parse_clock(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon > 2 || text.size() != colon + 3) return std::nullopt;
    const auto hour = parse_number<unsigned>(text.substr(0, colon));
    const auto minute = parse_number<unsigned>(text.substr(colon + 1));
    if (!hour || !minute || *hour > 24 || *minute > 59 || (*hour == 24 && *minute != 0)) return std::nullopt;
    return hours(*hour) + minutes(*minute);
}

Error bad_window(std::string_view text, std::string_view why) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("blackout \"{}\": {}", text.substr(0, 64), why))
        .with_hint("write [DAYS] HH:MM-HH:MM, for instance \"22:00-06:00\", \"mon-fri 08:00-18:00\" or \"sat,sun\"");
}

}  // namespace

Result<Blackout::Window> Blackout::parse_window(std::string_view text) {
    constexpr std::string_view kSpaces = " \t";
    const auto first = text.find_first_not_of(kSpaces);
    if (first == std::string_view::npos) return bad_window(text, "it is empty");
    const auto last = text.find_last_not_of(kSpaces);
    std::string_view times = text.substr(first, last + 1 - first);

    Window window{.weekdays = kAllWeekdays, .end = hours(24)};
    const auto space = times.find_first_of(kSpaces);
    const auto head = times.substr(0, space);
    if (head.find(':') == std::string_view::npos) {
        auto weekdays = parse_cron_field(kCronDayOfWeek, head, first + 1);
        if (!weekdays) return std::move(weekdays).error().context(fmt::format("blackout \"{}\"", text.substr(0, 64)));
        window.weekdays = weekdays->bits;
        if (space == std::string_view::npos) return window;
        times.remove_prefix(times.find_first_not_of(kSpaces, space));
    }
    const auto dash = times.find('-');
    if (dash == std::string_view::npos) return bad_window(text, "it has no end");
    const auto begin = parse_clock(times.substr(0, dash));
    const auto end = parse_clock(times.substr(dash + 1));
    if (!begin || !end || *begin == hours(24)) return bad_window(text, "a time is not HH:MM");
    if (*begin == *end) return bad_window(text, "it ends when it begins; for a whole day write 00:00-24:00");
    window.begin = *begin;
    window.end = *end > *begin ? *end : *end + hours(24);
    return window;
}

Result<Blackout> Blackout::parse(const std::vector<std::string>& windows) {
    Blackout blackout;
    for (const auto& text : windows) {
        COFRE_ASSIGN(const auto window, parse_window(text));
        blackout.windows_.push_back(window);
    }
    if (!blackout.leaves_room()) {
        return Error(ErrorCode::kInvalidArgument, "blackout: the windows leave no minute of the week for runs")
            .with_hint("shorten one of them; to stop a job, pause it");
    }
    return blackout;
}

bool Blackout::leaves_room() const {
    std::bitset<kMinutesOfWeek> closed;
    for (const auto& window : windows_) {
        for (std::size_t day = 0; day < 7; ++day) {
            if ((window.weekdays >> day & 1U) == 0) continue;
            for (auto minute = window.begin; minute < window.end; ++minute)
                closed.set((day * kMinutesOfDay + static_cast<std::size_t>(minute.count())) % kMinutesOfWeek);
        }
    }
    return !closed.all();
}

std::optional<Instant> Blackout::end_at(Instant time, const TimeZone& zone) const {
    // A window lasts a day at most; a zone may shift it by another (Samoa, 2011).
    constexpr days kReach{2};
    std::optional<Instant> end;
    for (bool is_longer = !windows_.empty(); is_longer;) {
        is_longer = false;
        const auto now = end.value_or(time);
        const auto today = std::chrono::floor<days>(zone.to_local(now));
        for (auto day = today - kReach; day <= today + days(1); day += days(1)) {
            for (const auto& window : windows_) {
                if ((window.weekdays >> std::chrono::weekday(day).c_encoding() & 1U) == 0) continue;
                const auto window_end = zone.last_at(day + window.end);
                if (zone.first_at(day + window.begin) > now || window_end <= now) continue;
                end = std::max(end.value_or(window_end), window_end);
                is_longer = true;
            }
        }
    }
    return end;
}

}  // namespace cofre::schedule
