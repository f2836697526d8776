#include "repo/go_text.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace cofre::repo {
namespace {

std::string go_quoted(std::string_view bytes) {
    std::string out;
    append_go_quoted(out, bytes);
    return out;
}

std::string json_of(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

struct QuoteCase {
    const char* name;
    std::string bytes;
    const char* quoted;
};

class GoQuote : public ::testing::TestWithParam<QuoteCase> {};

TEST_P(GoQuote, WritesAsStrconv) {
    EXPECT_EQ(go_quoted(GetParam().bytes), GetParam().quoted);
}

TEST_P(GoQuote, ReadsBack) {
    const auto back = unquote_go(GetParam().quoted);
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(*back, GetParam().bytes);
}

// What restic 0.14 (Go 1.19) wrote for files of these names.
INSTANTIATE_TEST_SUITE_P(
    Table, GoQuote,
    ::testing::Values(QuoteCase{"Plain", "file name.txt", "file name.txt"}, QuoteCase{"Quote", "quo\"te", "quo\\\"te"},
                      QuoteCase{"Backslash", "a\\b", "a\\\\b"}, QuoteCase{"Newline", "a\nb", "a\\nb"},
                      QuoteCase{"Bell", "\a", "\\a"}, QuoteCase{"Escape", "\x1b", "\\x1b"},
                      QuoteCase{"Delete", "\x7f", "\\x7f"}, QuoteCase{"InvalidUtf8", "caf\xe9", "caf\\xe9"},
                      QuoteCase{"NoBreakSpace", "a\u00a0b", "a\\u00a0b"}, QuoteCase{"ZeroWidth", "\u200b", "\\u200b"},
                      QuoteCase{"LineSeparator", "\u2028", "\\u2028"}, QuoteCase{"Accents", "açúcar", "açúcar"},
                      QuoteCase{"Emoji", "\U0001F512", "\U0001F512"}, QuoteCase{"Bom", "\ufeff", "\\ufeff"},
                      QuoteCase{"Private", "\ue000", "\\ue000"}, QuoteCase{"Plane15", "\U000F0000", "\\U000f0000"},
                      QuoteCase{"Replacement", "\ufffd", "\ufffd"},
                      QuoteCase{"Surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80"}, QuoteCase{"Html", "<&>", "<&>"},
                      QuoteCase{"SoftHyphen", "\u00ad", "\\u00ad"}, QuoteCase{"Unicode15", "\U0001FAE8", "\U0001FAE8"},
                      QuoteCase{"Unassigned", "\u0378", "\\u0378"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(GoText, ReadsEveryFormOfEscape) {
    EXPECT_EQ(*unquote_go("\\101\\x41\\u0041\\U00000041"), "AAAA");
    EXPECT_EQ(*unquote_go("\\a\\b\\f\\n\\r\\t\\v\\\\\\\""), "\a\b\f\n\r\t\v\\\"");
}

TEST(GoText, RefusesWhatUnquoteRefuses) {
    for (const char* text :
         {"\"", "a\nb", "\\", "\\q", "\\x4", "\\xgg", "\\u12", "\\ud800", "\\U00110000", "\\400", "\\08", "\\'"}) {
        const auto result = unquote_go(text);
        ASSERT_FALSE(result) << text;
        EXPECT_EQ(result.error().code(), ErrorCode::kCorruption);
    }
}

TEST(GoText, EscapesJsonAsGo) {
    EXPECT_EQ(json_of("a<b>&\"\\/"), "\"a\\u003cb\\u003e\\u0026\\\"\\\\/\"");
    EXPECT_EQ(json_of("\n\r\t\b\f\v\x01\x7f"), "\"\\n\\r\\t\\b\\f\\u000b\\u0001\x7f\"");
    EXPECT_EQ(json_of("\u2028\u2029\u00a0\xff"), "\"\\u2028\\u2029\u00a0\\ufffd\"");
}

TEST(GoText, QuotesThenEscapes) {
    std::string out;
    append_quoted_json_string(out, "a\"<\xff\u2028");
    EXPECT_EQ(out, "\"a\\\\\\\"\\u003c\\\\xff\\\\u2028\"");
}

TEST(GoText, ReadsBackAnyBytes) {
    std::mt19937 random(1);
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes(random() % 20, '\0');
        for (char& byte : bytes)
            byte = static_cast<char>(random() % (round % 2 == 0 ? 256 : 0x30));
        const auto back = unquote_go(go_quoted(bytes));
        ASSERT_TRUE(back);
        ASSERT_EQ(*back, bytes);
    }
}

}  // namespace
}  // namespace cofre::repo
