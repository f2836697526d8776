#pragma once

/// @file
/// Time zones by their IANA names, from the system's tzdata.

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace date {
class time_zone;
}

namespace cofre::schedule {

/// What schedules reckon in. Finer than a second nothing is planned.
using Instant = std::chrono::sys_seconds;
/// What a clock on the wall shows.
using LocalTime = std::chrono::local_seconds;

/// A cheap handle; copies share what was loaded. Thread-safe. Times are valid
/// from 1678 to 2261, as everywhere in cofre.
///
/// tzdata lists changes of the clock up to the end of 2037. After that the last
/// offset listed stays, as if daylight-saving time had been given up.
class TimeZone {
public:
    /// A stretch of time with one offset: begin <= t < end.
    struct Span {
        Instant begin;
        Instant end;
        std::chrono::seconds offset{};  ///< Local time minus UTC.
    };

    /// "Europe/Lisbon". Reads the list of zones at the first call, and the file
    /// of each zone once. kNotFound: no such zone, or no readable tzdata.
    static Result<TimeZone> find(std::string_view name);

    static TimeZone utc() { return TimeZone(nullptr, "UTC"); }

    /// That of this machine (/etc/localtime); UTC if it says nothing. TZ is the
    /// caller's business: its value is a name for find().
    static TimeZone machine();

    const std::string& name() const { return name_; }
    Span span_at(Instant time) const;
    LocalTime to_local(Instant time) const;

    /// When the wall clock shows `time`. For one shown twice the first or the
    /// last of them; for one never shown, the end of the gap it lies in.
    Instant first_at(LocalTime time) const;
    Instant last_at(LocalTime time) const;

    /// "2018-11-04T01:00:00-02:00": always with a numeric offset. Where the
    /// offset has seconds (before 1950) they are cut, and the time is moved so
    /// that the text still means the same instant.
    std::string format(Instant time) const;

private:
    TimeZone(const date::time_zone* zone, std::string name) : zone_(zone), name_(std::move(name)) {}

    const date::time_zone* zone_;  ///< Of the library, for ever; null: UTC.
    std::string name_;
};

}  // namespace cofre::schedule
