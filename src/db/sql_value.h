#pragma once

/// @file
/// Values that go into an SQL statement and rows that come out of one.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/time_format.h"

namespace cofre::db {

/// NULL, an integer, a floating number or text. Bytes that are not UTF-8, and
/// NUL, are replaced by U+FFFD when text is stored: PostgreSQL takes neither.
using SqlValue = std::variant<std::monostate, std::int64_t, double, std::string>;
using SqlValues = std::vector<SqlValue>;

/// What is above 2^63-1 is stored as that.
SqlValue sql_count(std::uint64_t count);
/// Nanoseconds since 1970, as every column named *_ns holds them.
SqlValue sql_time(WallTime time);
SqlValue sql_time(const std::optional<WallTime>& time);
/// NULL if empty.
SqlValue sql_text_or_null(std::string_view text);

/// Everything that a statement gave, in memory. `row` and `column` must exist.
class SqlRows {
public:
    using Row = std::vector<std::optional<std::string>>;
    SqlRows() = default;
    explicit SqlRows(std::vector<Row> rows) : rows_(std::move(rows)) {}

    std::size_t size() const { return rows_.size(); }
    bool empty() const { return rows_.empty(); }
    bool is_null(std::size_t row, std::size_t column) const { return !rows_.at(row).at(column); }
    /// Empty for NULL.
    std::string text(std::size_t row, std::size_t column) const { return rows_.at(row).at(column).value_or(""); }
    /// 0 for NULL and for what is no number; so are those below.
    std::int64_t number(std::size_t row, std::size_t column) const;
    std::uint64_t count(std::size_t row, std::size_t column) const;
    double real(std::size_t row, std::size_t column) const;
    WallTime time(std::size_t row, std::size_t column) const;
    std::optional<WallTime> optional_time(std::size_t row, std::size_t column) const;
    std::optional<double> optional_real(std::size_t row, std::size_t column) const;

private:
    std::vector<Row> rows_;
};

}  // namespace cofre::db
