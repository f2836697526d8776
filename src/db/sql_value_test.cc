#include "db/sql_value.h"

#include <limits>

#include <gtest/gtest.h>

namespace cofre::db {
namespace {

TEST(SqlValue, WhatNoColumnHoldsIsCut) {
    EXPECT_EQ(std::get<std::int64_t>(sql_count(7)), 7);
    EXPECT_EQ(std::get<std::int64_t>(sql_count(~std::uint64_t{0})), std::numeric_limits<std::int64_t>::max());
    EXPECT_TRUE(std::holds_alternative<std::monostate>(sql_text_or_null("")));
    EXPECT_TRUE(std::holds_alternative<std::monostate>(sql_time(std::optional<WallTime>())));
}

TEST(SqlRows, ReadsNumbersTimesAndNothing) {
    const SqlRows rows({{"42", "-1", "1.5", std::nullopt, "x"}});
    EXPECT_EQ(rows.number(0, 0), 42);
    EXPECT_EQ(rows.count(0, 1), 0U);
    EXPECT_EQ(rows.real(0, 2), 1.5);
    EXPECT_TRUE(rows.is_null(0, 3));
    EXPECT_FALSE(rows.optional_time(0, 3));
    EXPECT_FALSE(rows.optional_real(0, 3));
    EXPECT_EQ(rows.number(0, 4), 0);
    EXPECT_EQ(rows.time(0, 0), WallTime(std::chrono::nanoseconds(42)));
}

}  // namespace
}  // namespace cofre::db
