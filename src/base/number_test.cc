#include "base/number.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace cofre {
namespace {

TEST(ParseNumber, TakesTheWholeTextOrNothing) {
    EXPECT_EQ(parse_number<int>("0"), 0);
    EXPECT_EQ(parse_number<int>("-12"), -12);
    EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551615"), UINT64_MAX);
    for (const auto* const text : {"", " 1", "1 ", "+1", "1x", "0x10", "1.5"})
        EXPECT_FALSE(parse_number<int>(text)) << text;
}

TEST(ParseNumber, RefusesWhatDoesNotFit) {
    EXPECT_FALSE(parse_number<std::uint64_t>("18446744073709551616"));
    EXPECT_FALSE(parse_number<std::uint64_t>("-1"));
    EXPECT_FALSE(parse_number<std::uint8_t>("256"));
}

}  // namespace
}  // namespace cofre
