#include "cli/local_time.h"

#include <algorithm>

#include "base/units.h"
#include "base/utf8.h"

namespace cofre::cli {

Result<repo::ZonedTime> parse_local_time(const std::string& text) {
    if (auto exact = repo::parse_zoned_time(text)) return exact;
    std::string form = text;
    std::replace(form.begin(), form.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(10, form.size())), '/',
                 '-');
    if (form.size() > 10 && form[10] == ' ') form[10] = 'T';
    if (form.size() == 10) form += "T00:00";
    if (form.size() == 16) form += ":00";
    auto utc = repo::parse_zoned_time(form + "Z");
    if (!utc) {
        return Error(ErrorCode::kInvalidArgument, "\"" + escape_for_display(text) + "\" is not a time")
            .with_hint("write 2026-01-31, or \"2026-01-31 12:00:00\"");
    }
    // Near a change of the zone's offset the first guess is an hour off.
    const auto zone = repo::Zone::local();
    auto seconds = utc->seconds - std::int64_t{zone.offset_minutes(utc->seconds)} * 60;
    seconds = utc->seconds - std::int64_t{zone.offset_minutes(seconds)} * 60;
    return zone.at(seconds, utc->nanoseconds);
}

Result<WallTime> parse_since(const App& app, const std::string& text) {
    if (const auto ago = parse_duration(text)) return app.clock.wall_now() - *ago;
    auto time = parse_local_time(text);
    if (time) return wall_time_of(*time);
    return Error(time.error().code(), time.error().message()).with_hint("write 7d, 36h, or 2026-01-31");
}

WallTime wall_time_of(const repo::ZonedTime& time) {
    constexpr std::int64_t kMostSeconds = 9'223'372'035;  // Of 64-bit nanoseconds.
    const auto seconds = std::clamp(time.seconds, -kMostSeconds, kMostSeconds);
    return WallTime(std::chrono::seconds(seconds)) + std::chrono::nanoseconds(time.nanoseconds);
}

}  // namespace cofre::cli
