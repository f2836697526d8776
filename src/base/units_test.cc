#include "base/units.h"

#include <gtest/gtest.h>

namespace cofre {
namespace {

using std::chrono::milliseconds;

struct SizeCase {
    const char* text;
    std::uint64_t bytes;
};

class ParseSize : public ::testing::TestWithParam<SizeCase> {};

TEST_P(ParseSize, Reads) {
    ASSERT_TRUE(parse_size(GetParam().text)) << GetParam().text;
    EXPECT_EQ(*parse_size(GetParam().text), GetParam().bytes);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ParseSize,
    ::testing::Values(SizeCase{"0", 0}, SizeCase{"1048576", 1'048'576}, SizeCase{"10B", 10},
                      SizeCase{"50MB", 50'000'000}, SizeCase{"50MiB", 50_MiB}, SizeCase{"50M", 50_MiB},
                      SizeCase{"50m", 50_MiB}, SizeCase{"1kb", 1000}, SizeCase{"1kib", 1024}, SizeCase{"3G", 3_GiB},
                      SizeCase{"2TB", 2'000'000'000'000}, SizeCase{"1P", 1ULL << 50U}, SizeCase{"1.5GiB", 1536_MiB},
                      SizeCase{"0.5K", 512}, SizeCase{"1.1GB", 1'100'000'000}, SizeCase{"7.0B", 7},
                      SizeCase{"9223372036854775808", 1ULL << 63U}, SizeCase{"8192P", 1ULL << 63U}));

TEST(ParseSize, RefusesAnythingElse) {
    for (const char* text : {"",
                             "B",
                             "M",
                             "-1",
                             "+1",
                             "1.5",
                             "1.",
                             ".5M",
                             "1..5M",
                             "1 MiB",
                             "1MiBB",
                             "1Mi",
                             "1BB",
                             "1E",
                             "1X",
                             "0x10",
                             "1e3",
                             "1,000",
                             "9223372036854775809",
                             "8193P",
                             "8192.1P",
                             "18446744073709551616",
                             "99999999999999999999999"}) {
        EXPECT_EQ(parse_size(text).error().code(), ErrorCode::kInvalidArgument) << text;
    }
}

struct DurationCase {
    const char* text;
    std::int64_t ms;
};

class ParseDuration : public ::testing::TestWithParam<DurationCase> {};

TEST_P(ParseDuration, Reads) {
    ASSERT_TRUE(parse_duration(GetParam().text)) << GetParam().text;
    EXPECT_EQ(parse_duration(GetParam().text)->count(), GetParam().ms);
}

INSTANTIATE_TEST_SUITE_P(Table, ParseDuration,
                         ::testing::Values(DurationCase{"0", 0}, DurationCase{"90", 90'000},
                                           DurationCase{"30s", 30'000}, DurationCase{"15m", 900'000},
                                           DurationCase{"1h30m", 5'400'000}, DurationCase{"7d", 604'800'000},
                                           DurationCase{"250ms", 250}, DurationCase{"1d2h3m4s5ms", 93'784'005},
                                           DurationCase{"1s500ms", 1'500}));

TEST(ParseDuration, RefusesAnythingElse) {
    for (const char* text : {"", "s", "h1", "-1s", "1.5h", "1h 30m", "30m1h", "1h1h", "1H", "1w", "1h30", "1min",
                             "36601d", "18446744073709551615", "99999999999999999999s"}) {
        EXPECT_EQ(parse_duration(text).error().code(), ErrorCode::kInvalidArgument) << text;
    }
}

TEST(FormatBytes, KeepsThreeDigits) {
    const std::pair<std::uint64_t, const char*> cases[] = {
        {0, "0 B"},
        {1, "1 B"},
        {999, "999 B"},
        {1023, "1023 B"},
        {1024, "1 KiB"},
        {1536, "1.5 KiB"},
        {1_MiB, "1 MiB"},
        {1_MiB * 3 / 2, "1.5 MiB"},
        {1_MiB - 1, "1 MiB"},
        {1_GiB + 1_GiB / 4, "1.25 GiB"},
        {123_MiB, "123 MiB"},
        {1_KiB * 1000, "1000 KiB"},
        {1_KiB * 1023, "1023 KiB"},
        {10_MiB + 300_KiB, "10.3 MiB"},
        {~std::uint64_t{0}, "16 EiB"},
    };
    for (const auto& [bytes, text] : cases)
        EXPECT_EQ(format_bytes(bytes), text);
}

TEST(FormatDuration, ShowsTheTwoLargestUnits) {
    const std::pair<std::int64_t, const char*> cases[] = {
        {0, "0.0s"},       {400, "0.4s"},      {9'999, "9.9s"},      {12'000, "12s"},        {59'999, "59s"},
        {60'000, "1m00s"}, {185'000, "3m05s"}, {7'620'000, "2h07m"}, {86'399'999, "23h59m"}, {356'400'000, "4d03h"},
        {-400, "-0.4s"},
    };
    for (const auto& [ms, text] : cases)
        EXPECT_EQ(format_duration(milliseconds(ms)), text);
}

TEST(FormatCount, SeparatesThousands) {
    const std::pair<std::uint64_t, const char*> cases[] = {
        {0, "0"}, {999, "999"}, {1'000, "1,000"}, {12'345, "12,345"}, {123'456, "123,456"}, {1'234'567, "1,234,567"},
    };
    for (const auto& [count, text] : cases)
        EXPECT_EQ(format_count(count), text);
}

}  // namespace
}  // namespace cofre
