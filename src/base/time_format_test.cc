#include "base/time_format.h"

#include <gtest/gtest.h>

namespace cofre {
namespace {

WallTime at(std::int64_t whole, std::int64_t fraction = 0) {
    return WallTime(std::chrono::seconds(whole) + std::chrono::nanoseconds(fraction));
}

struct Rfc3339Case {
    const char* text;
    std::int64_t seconds;
    std::int64_t nanoseconds;
    const char* formatted;
};

class Rfc3339 : public ::testing::TestWithParam<Rfc3339Case> {};

TEST_P(Rfc3339, ParsesAndFormats) {
    const auto parsed = parse_rfc3339(GetParam().text);
    ASSERT_TRUE(parsed) << parsed.error().message();
    EXPECT_EQ(*parsed, at(GetParam().seconds, GetParam().nanoseconds));
    EXPECT_EQ(format_rfc3339(*parsed), GetParam().formatted);
}

// The first four: https://www.rfc-editor.org/rfc/rfc3339#section-5.8; the epochs by date(1).
INSTANTIATE_TEST_SUITE_P(
    Table, Rfc3339,
    ::testing::Values(
        Rfc3339Case{"1985-04-12T23:20:50.52Z", 482196050, 520'000'000, "1985-04-12T23:20:50.52Z"},
        Rfc3339Case{"1996-12-19T16:39:57-08:00", 851042397, 0, "1996-12-20T00:39:57Z"},
        Rfc3339Case{"1990-12-31T23:59:60Z", 662688000, 0, "1991-01-01T00:00:00Z"},
        Rfc3339Case{"1937-01-01T12:00:27.87+00:20", -1041337173, 870'000'000, "1937-01-01T11:40:27.87Z"},
        Rfc3339Case{"1970-01-01T00:00:00Z", 0, 0, "1970-01-01T00:00:00Z"},
        Rfc3339Case{"1969-12-31T23:59:59.999999999Z", -1, 999'999'999, "1969-12-31T23:59:59.999999999Z"},
        Rfc3339Case{"2026-11-22t01:36:59.123456789z", 1795311419, 123'456'789, "2026-11-22T01:36:59.123456789Z"},
        Rfc3339Case{"2026-11-22 01:36:59+00:00", 1795311419, 0, "2026-11-22T01:36:59Z"},
        Rfc3339Case{"2024-02-29T00:00:00-00:00", 1709164800, 0, "2024-02-29T00:00:00Z"},
        Rfc3339Case{"1678-01-01T00:00:00Z", -9214560000, 0, "1678-01-01T00:00:00Z"},
        Rfc3339Case{"2261-12-31T23:59:59.999999999-23:59", 9214732739, 999'999'999, "2262-01-01T23:58:59.999999999Z"}));

TEST(Rfc3339, RefusesAnythingElse) {
    for (const char* text : {"",
                             "2026-11-22",
                             "2026-11-22T01:36:59",
                             "2026-11-22T01:36Z",
                             "2026-11-22T01:36:59.Z",
                             "2026-11-22T01:36:59,5Z",
                             "2026-11-22T01:36:59.1234567890Z",
                             "2026-13-01T00:00:00Z",
                             "2026-00-01T00:00:00Z",
                             "2026-02-29T00:00:00Z",
                             "2026-04-31T00:00:00Z",
                             "2026-01-00T00:00:00Z",
                             "2026-01-01T24:00:00Z",
                             "2026-01-01T00:60:00Z",
                             "2026-01-01T00:00:61Z",
                             "2026-01-01T00:00:00+24:00",
                             "2026-01-01T00:00:00+00:60",
                             "2026-01-01T00:00:00+0000",
                             "2026-01-01T00:00:00Z ",
                             " 2026-01-01T00:00:00Z",
                             "2026-1-01T00:00:00Z",
                             "+026-01-01T00:00:00Z",
                             "1677-12-31T00:00:00Z",
                             "2262-01-01T00:00:00Z",
                             "0000-01-01T00:00:00Z",
                             "2026-01-01T00:00:00ZZ"}) {
        EXPECT_EQ(parse_rfc3339(text).error().code(), ErrorCode::kInvalidArgument) << text;
    }
}

TEST(FormatBasic, TruncatesSeconds) {
    EXPECT_EQ(format_basic(at(1795311419, 999'999'999)), "20261122T013659Z");
    EXPECT_EQ(format_basic(at(-1, 1)), "19691231T235959Z");
}

TEST(HttpDate, ReadsImfFixdate) {
    // https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
    EXPECT_EQ(*parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), at(784111777));
    EXPECT_EQ(*parse_http_date("Sun, 22 Nov 2026 01:36:59 GMT"), at(1795311419));
}

TEST(HttpDate, RefusesAnythingElse) {
    for (const char* text :
         {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 6 Nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 GMT ", "Xyz, 06 Nov 1994 08:49:37 GMT",
          "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT"}) {
        EXPECT_EQ(parse_http_date(text).error().code(), ErrorCode::kInvalidArgument) << text;
    }
}

}  // namespace
}  // namespace cofre
