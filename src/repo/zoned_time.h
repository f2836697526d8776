#pragma once

/// @file
/// Times with the zone they were taken in, as Go's time.Time in JSON. The zone
/// is part of a tree's bytes, and says which day a snapshot belongs to.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time_format.h"

namespace cofre::repo {

/// A point in time, nanoseconds apart, over more years than WallTime holds.
struct ZonedTime {
    std::int64_t seconds = 0;         ///< Since 1970 in UTC.
    std::uint32_t nanoseconds = 0;    ///< Below 10^9.
    std::int32_t offset_minutes = 0;  ///< East of Greenwich.
    friend bool operator==(const ZonedTime&, const ZonedTime&) = default;
};

/// Compares the points in time, whatever the zones.
bool is_before(const ZonedTime& a, const ZonedTime& b);

/// Go's zero time, 0001-01-01T00:00:00Z: what an absent time is written as.
inline constexpr ZonedTime kZeroTime{.seconds = -62'135'596'800};

/// Where offsets come from. Thread-safe.
class Zone {
public:
    static Zone utc() { return Zone(false, 0); }
    static Zone fixed(std::int32_t offset_minutes) { return Zone(false, offset_minutes); }
    /// The zone of this process (TZ, else /etc/localtime).
    static Zone local() { return Zone(true, 0); }

    /// Whole minutes; the seconds of local mean times before 1950 are cut.
    std::int32_t offset_minutes(std::int64_t utc_seconds) const;

    ZonedTime at(std::int64_t seconds, std::uint32_t nanoseconds) const {
        return {seconds, nanoseconds, offset_minutes(seconds)};
    }
    ZonedTime at(WallTime time) const;

private:
    Zone(bool is_local, std::int32_t offset_minutes) : is_local_(is_local), offset_minutes_(offset_minutes) {}
    bool is_local_;
    std::int32_t offset_minutes_;
};

/// RFC3339Nano: "2026-11-22T01:36:59.5-03:00"; trailing zeros of the fraction
/// are left out; offset 0 is "Z". A year below 0 or above 9999 becomes 0 or
/// 9999, as restic does it.
void append_zoned_time(std::string& out, const ZonedTime& time);

/// What time.Parse accepts under RFC 3339, digits beyond nanoseconds cut.
/// "+00:00" is read as "Z". kCorruption otherwise.
Result<ZonedTime> parse_zoned_time(std::string_view text);

/// The calendar in the time's own zone.
struct CivilTime {
    std::int64_t year = 0;
    int month = 0;  ///< 1..12
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
};
CivilTime to_civil(const ZonedTime& time);

/// ISO 8601 week: the year it belongs to, and 1..53.
struct IsoWeek {
    std::int64_t year = 0;
    int week = 0;
};
IsoWeek to_iso_week(const ZonedTime& time);

/// time.AddDate followed by Add(hours): days and months that overflow roll
/// over (31 October plus a month is 1 December), the time of day stays, also
/// over a change of `zone`'s offset. If `time` has the offset that `zone` has
/// then, it is taken to be in `zone`, else at its fixed offset; so does Go read
/// JSON. Each number within +-100 000 000.
ZonedTime add_calendar(const ZonedTime& time, int years, int months, int days, int hours, const Zone& zone);

}  // namespace cofre::repo
