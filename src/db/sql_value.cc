#include "db/sql_value.h"

#include <algorithm>
#include <limits>

#include "base/number.h"

namespace cofre::db {

SqlValue sql_count(std::uint64_t count) {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return static_cast<std::int64_t>(std::min(count, kMost));
}

SqlValue sql_time(WallTime time) {
    return static_cast<std::int64_t>(time.time_since_epoch().count());
}

SqlValue sql_time(const std::optional<WallTime>& time) {
    return time ? sql_time(*time) : SqlValue();
}

SqlValue sql_text_or_null(std::string_view text) {
    return text.empty() ? SqlValue() : SqlValue(std::string(text));
}

std::int64_t SqlRows::number(std::size_t row, std::size_t column) const {
    return parse_number<std::int64_t>(text(row, column)).value_or(0);
}

std::uint64_t SqlRows::count(std::size_t row, std::size_t column) const {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, number(row, column)));
}

double SqlRows::real(std::size_t row, std::size_t column) const {
    return parse_number<double>(text(row, column)).value_or(0);
}

WallTime SqlRows::time(std::size_t row, std::size_t column) const {
    return WallTime(std::chrono::nanoseconds(number(row, column)));
}

std::optional<WallTime> SqlRows::optional_time(std::size_t row, std::size_t column) const {
    return is_null(row, column) ? std::nullopt : std::optional(time(row, column));
}

std::optional<double> SqlRows::optional_real(std::size_t row, std::size_t column) const {
    return is_null(row, column) ? std::nullopt : std::optional(real(row, column));
}

}  // namespace cofre::db
