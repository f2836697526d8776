#pragma once

/// @file
/// Cron expressions, as Vixie cron reads them, and when they are due in a zone.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "schedule/cron_field.h"
#include "schedule/time_zone.h"

namespace cofre::schedule {

using LocalMinute = std::chrono::local_time<std::chrono::minutes>;

/// Five fields: minute, hour, day of month, month, day of week.
///
/// The day: where the day of month or the day of week begins with `*`, both
/// must fit; where neither does, one is enough. Source: vixie-cron 3.0pl1,
/// crontab(5) and cron.c, find_jobs().
///
/// When the clock is changed:
///  - an expression whose hour field holds all 24 hours follows the time that
///    passes. It runs in both passes of a repeated hour, and a skipped hour
///    costs it nothing;
///  - any other means times of the day. Of a repeated time only the first pass
///    counts; what lay in a skipped time is due once, when the gap ends.
/// (Vixie puts "*/6" hours and starred minutes into the first class, too, and
/// so loses a day's only hour in a gap; we do not.)
///
/// A value; thread-safe when const.
class CronExpression {
public:
    /// Longer texts are refused unread.
    static constexpr std::size_t kMaxLength = 1000;

    /// Fields separated by blanks, or @hourly, @daily, @midnight, @weekly,
    /// @monthly, @yearly, @annually. kInvalidArgument: not an expression (field,
    /// character and what is allowed are named), or one that is never due, such
    /// as the 31st of February.
    static Result<CronExpression> parse(std::string_view text);

    /// As it was written, without blanks at the ends.
    const std::string& text() const { return text_; }

    /// The first due time later than `after`. nullopt: none before 2262.
    /// Takes a microsecond; some tens of them for what is due once in 28 years.
    std::optional<Instant> next(Instant after, const TimeZone& zone) const;

    /// Whether a wall clock that shows `minute` fits, whatever its zone does.
    bool matches(LocalMinute minute) const;

    /// Whether it follows the time that passes: see above.
    bool runs_every_hour() const;

private:
    CronExpression() = default;
    Status read_fields(std::string_view text, std::size_t column);
    Status check_ever_due() const;
    bool day_matches(std::chrono::local_days day) const;
    std::optional<std::chrono::minutes> time_of_day(std::chrono::minutes at_least) const;
    std::optional<std::chrono::local_days> next_day(std::chrono::local_days day) const;
    std::optional<LocalMinute> next_match(LocalMinute after) const;

    std::string text_;
    CronField minute_;
    CronField hour_;
    CronField day_of_month_;
    CronField month_;
    CronField day_of_week_;
};

}  // namespace cofre::schedule
