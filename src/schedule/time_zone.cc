#include "schedule/time_zone.h"

#include <exception>
#include <utility>

#include <date/tz.h>
#include <fmt/format.h>

namespace cofre::schedule {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

date::local_seconds to_library(LocalTime time) {
    return date::local_seconds(time.time_since_epoch());
}

}  // namespace

Result<TimeZone> TimeZone::find(std::string_view name) {
    if (name == "UTC") return utc();
    try {
        const auto* const zone = date::locate_zone(name);
        // Reads its file. From here on nothing throws.
        static_cast<void>(zone->get_info(Instant(seconds(0))));
        return TimeZone(zone, std::string(name));
    } catch (const std::exception&) {
        return Error(ErrorCode::kNotFound, fmt::format("there is no time zone \"{}\"", name.substr(0, 64)))
            .with_hint("use an IANA name such as Europe/Lisbon, America/Sao_Paulo or UTC (package tzdata)");
    }
}

TimeZone TimeZone::machine() {
    try {
        const auto* const zone = date::current_zone();
        static_cast<void>(zone->get_info(Instant(seconds(0))));
        return {zone, zone->name()};
    } catch (const std::exception&) {
        return utc();
    }
}

TimeZone::Span TimeZone::span_at(Instant time) const {
    if (zone_ == nullptr) return {Instant::min(), Instant::max(), seconds(0)};
    const auto info = zone_->get_info(time);
    return {info.begin, info.end, info.offset};
}

LocalTime TimeZone::to_local(Instant time) const {
    return LocalTime(time.time_since_epoch() + span_at(time).offset);
}

Instant TimeZone::first_at(LocalTime time) const {
    if (zone_ == nullptr) return Instant(time.time_since_epoch());
    const auto info = zone_->get_info(to_library(time));
    if (info.result == date::local_info::nonexistent) return info.first.end;
    return Instant(time.time_since_epoch() - info.first.offset);
}

Instant TimeZone::last_at(LocalTime time) const {
    if (zone_ == nullptr) return Instant(time.time_since_epoch());
    const auto info = zone_->get_info(to_library(time));
    if (info.result != date::local_info::ambiguous) return first_at(time);
    return Instant(time.time_since_epoch() - info.second.offset);
}

std::string TimeZone::format(Instant time) const {
    const auto offset = std::chrono::duration_cast<minutes>(span_at(time).offset);
    const LocalTime shown(time.time_since_epoch() + offset);
    const auto day = std::chrono::floor<days>(shown);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(shown - day);
    const auto distance = offset < minutes(0) ? -offset : offset;
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{:02}:{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count(), offset < minutes(0) ? '-' : '+',
                       distance / hours(1), (distance % hours(1)).count());
}

}  // namespace cofre::schedule
