#include "base/utf8.h"

#include <gtest/gtest.h>

namespace cofre {
namespace {

TEST(IsUtf8, AcceptsTheEdgesOfEveryLength) {
    for (const char* text : {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                             "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "ação 日本 🔒"}) {
        EXPECT_TRUE(is_utf8(text)) << text;
    }
    EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
}

// https://www.rfc-editor.org/rfc/rfc3629#section-3 and section 10
TEST(IsUtf8, RefusesWhatRfc3629Forbids) {
    for (const char* text : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",  // overlong
                             "\xed\xa0\x80", "\xed\xbf\xbf",                                              // surrogates
                             "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe",                      // too large
                             "\xc3", "\xe2\x82", "\xf0\x9f\x94", "\xc3(", "a\xe2\x82z"}) {                // cut short
        EXPECT_FALSE(is_utf8(text)) << ::testing::PrintToString(text);
    }
}

struct EscapeCase {
    const char* raw;
    const char* shown;
};

class EscapeForDisplay : public ::testing::TestWithParam<EscapeCase> {};

TEST_P(EscapeForDisplay, Shows) {
    EXPECT_EQ(escape_for_display(GetParam().raw), GetParam().shown);
}

INSTANTIATE_TEST_SUITE_P(Table, EscapeForDisplay,
                         ::testing::Values(EscapeCase{"plain ação 🔒", "plain ação 🔒"},
                                           EscapeCase{"a\nb\tc", "a\\nb\\tc"}, EscapeCase{"a\\nb", "a\\\\nb"},
                                           EscapeCase{"\r\x1b[2J\x7f", "\\x0d\\x1b[2J\\x7f"},
                                           EscapeCase{"\xff\xfe", "\\xff\\xfe"},
                                           EscapeCase{"a\xe2\x82z", "a\\xe2\\x82z"},
                                           EscapeCase{"\xc2\x85", "\\xc2\\x85"},           // U+0085, next line
                                           EscapeCase{"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},  // U+2028, line separator
                                           EscapeCase{"\xe2\x80\xae"
                                                      "gpj.exe",
                                                      "\\xe2\\x80\\xaegpj.exe"},           // U+202E, right to left
                                           EscapeCase{"\xe2\x81\xa6", "\\xe2\\x81\\xa6"},  // U+2066, isolate
                                           EscapeCase{"\xe2\x80\x90", "\xe2\x80\x90"}));   // U+2010, a hyphen

TEST(EscapeForDisplay, ShowsNul) {
    EXPECT_EQ(escape_for_display(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(EscapeControls, LeavesBackslashesAlone) {
    EXPECT_EQ(escape_controls("C:\\x\n"), "C:\\x\\n");
}

}  // namespace
}  // namespace cofre
