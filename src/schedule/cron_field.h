#pragma once

/// @file
/// One field of a cron expression: a set of numbers.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"

namespace cofre::schedule {

/// What may stand in a field.
struct CronFieldKind {
    std::string_view name;
    unsigned low;
    unsigned high;
    std::span<const std::string_view> names;  ///< names[i] means low + i; three letters, any case.
};

extern const CronFieldKind kCronMinute;
extern const CronFieldKind kCronHour;
extern const CronFieldKind kCronDayOfMonth;
extern const CronFieldKind kCronMonth;
extern const CronFieldKind kCronDayOfWeek;  ///< 0..7; Sunday is 0 and 7.

struct CronField {
    std::uint64_t bits = 0;  ///< Bit n: n is in the set. Sunday is bit 0 only.
    /// Vixie's DOM_STAR: the text begins with `*`, be it "*", "*/2" or "*,5".
    bool begins_with_star = false;

    bool has(unsigned value) const { return (bits >> value & 1U) != 0; }
    /// The least member >= `value`.
    std::optional<unsigned> next(unsigned value) const {
        const std::uint64_t rest = value > 63 ? 0 : bits >> value << value;
        if (rest == 0) return std::nullopt;
        return static_cast<unsigned>(std::countr_zero(rest));
    }
};

/// Reads list = range {"," range}, range = ("*" | value ["-" value]) ["/" step].
/// A single value takes no step (Vixie would ignore it, others read "to the
/// end"). A range runs upwards; only "sun" as its end means 7.
/// `column`: where the field begins in the whole expression, from 1; messages
/// name the field, the column of the mistake, and what is allowed.
/// Source: vixie-cron 3.0pl1, entry.c, get_list().
Result<CronField> parse_cron_field(const CronFieldKind& kind, std::string_view text, std::size_t column);

}  // namespace cofre::schedule
