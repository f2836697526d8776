#pragma once

/// @file
/// How many bytes a second may pass, by the time of the week.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"

namespace cofre::net {

/// A rate, or a timetable of rates. The notation is rclone's: "10M", or
/// "08:00,512K 19:00,10M 23:00,off", or with days "Mon-08:00,1M Sat-00:00,off".
/// A bare number is KiB per second, as in restic and rclone; "off" is no limit.
/// Before the first entry of a timetable the last one holds. Local time.
class RateTable {
public:
    /// kInvalidArgument: what it is that cannot be read.
    static Result<RateTable> parse(std::string_view text);

    /// Bytes per second; nullopt: no limit.
    std::optional<std::uint64_t> rate_at(WallTime time) const;

private:
    struct Entry {
        int minute = 0;  // Of the week, from Sunday 00:00.
        std::optional<std::uint64_t> rate;
    };
    Status add(std::string_view word);
    std::vector<Entry> entries_;  // Ascending.
};

/// Shared by all connections that it limits together. Thread-safe.
class RateLimiter {
public:
    /// `clock` must outlive it.
    explicit RateLimiter(RateTable table, Clock& clock = system_clock()) : table_(std::move(table)), clock_(clock) {}

    /// Waits until `bytes` may pass. kCancelled, kDeadlineExceeded: from `ctx`.
    Status take(const CallContext& ctx, std::size_t bytes);

    /// How much to move in one go, so that it flows evenly: what passes in a
    /// tenth of a second, at least 4 KiB and at most `wanted`.
    std::size_t piece(std::size_t wanted) const;

    /// Connections that the present rate keeps busy; a server closes one that
    /// stays silent for long.
    int useful_connections() const;

private:
    const RateTable table_;
    Clock& clock_;
    Guarded<std::chrono::steady_clock::time_point> free_at_;  // When all that was let through has passed.
};

}  // namespace cofre::net
