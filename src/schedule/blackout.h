#pragma once

/// @file
/// Times of the week at which no run may begin.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schedule/time_zone.h"

namespace cofre::schedule {

/// A set of weekly windows on the wall clock. A value; thread-safe when const.
class Blackout {
public:
    Blackout() = default;  ///< No windows.

    /// Each window: "22:00-06:00", "mon-fri 08:00-18:00", "sat,sun". The days are
    /// written as in cron, and are those on which the window begins; no days:
    /// every day; no times: the whole day. An end that is not later than the
    /// beginning is on the next day; 24:00 may be an end.
    /// kInvalidArgument: not a window, or all of them leave no minute of the week.
    static Result<Blackout> parse(const std::vector<std::string>& windows);

    /// When the windows around `time` end: the first time from there on that is
    /// in none. nullopt: `time` is in none.
    /// Where the clock is set back, a window covers all passes of its times.
    std::optional<Instant> end_at(Instant time, const TimeZone& zone) const;

    bool empty() const { return windows_.empty(); }

private:
    struct Window {
        std::uint64_t weekdays = 0;     ///< Bit 0: Sunday.
        std::chrono::minutes begin{0};  ///< Since midnight.
        std::chrono::minutes end{0};    ///< Later than `begin`; beyond 24 h: on the next day.
    };
    static Result<Window> parse_window(std::string_view text);
    bool leaves_room() const;

    std::vector<Window> windows_;
};

}  // namespace cofre::schedule
