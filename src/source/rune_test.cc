#include "source/rune.h"

#include <string>

#include <gtest/gtest.h>

namespace cofre::source {
namespace {

using namespace std::string_literals;

TEST(FirstRune, DecodesEachLength) {
    EXPECT_EQ(first_rune("a").value, U'a');
    EXPECT_EQ(first_rune("ção").value, U'ç');
    EXPECT_EQ(first_rune("€").value, U'€');
    const Rune clef = first_rune("𝄞 solo");
    EXPECT_EQ(clef.value, U'𝄞');
    EXPECT_EQ(clef.bytes, 4U);
}

TEST(FirstRune, TakesOneByteOfWhatIsNotUtf8) {
    for (const auto& text : {"\x80"s, "\xFFz"s, "\xC3"s, "\xC3("s, "\xE2\x82"s, "\xC0\xAF"s, "\xED\xA0\x80"s}) {
        EXPECT_TRUE(first_rune(text).is_malformed()) << ::testing::PrintToString(text);
    }
}

TEST(FirstRune, TellsTheReplacementCharacterFromAMalformedByte) {
    EXPECT_EQ(first_rune("\xEF\xBF\xBD").value, kReplacementRune);
    EXPECT_FALSE(first_rune("\xEF\xBF\xBD").is_malformed());
}

struct LowerCase {
    const char* name;
    std::string text;
    std::string lower;
};
class ToLowerCase : public ::testing::TestWithParam<LowerCase> {};

TEST_P(ToLowerCase, MapsOneToOne) {
    EXPECT_EQ(to_lower_case(GetParam().text), GetParam().lower);
}

// Source: https://www.unicode.org/Public/15.0.0/ucd/UnicodeData.txt
INSTANTIATE_TEST_SUITE_P(Table, ToLowerCase,
                         ::testing::Values(LowerCase{"Ascii", "README.Txt-[09]", "readme.txt-[09]"},
                                           LowerCase{"Empty", "", ""}, LowerCase{"Latin1", "ÇÃÉÞ×ß", "çãéþ×ß"},
                                           LowerCase{"LatinExtendedA", "ĀĂŁŻŹ", "āăłżź"},
                                           LowerCase{"TurkishDottedI", "İ", "i"}, LowerCase{"Greek", "ΑΣΏ", "ασώ"},
                                           LowerCase{"FinalSigmaStays", "ς", "ς"}, LowerCase{"Cyrillic", "ЁЯЖ", "ёяж"},
                                           LowerCase{"Titlecase", "ǅ", "ǆ"}, LowerCase{"SharpS", "ẞ", "ß"},
                                           LowerCase{"KelvinBecomesAscii", "K", "k"},
                                           LowerCase{"LongerInUtf8", "Ⱥ", "ⱥ"}, LowerCase{"Deseret", "𐐀", "𐐨"},
                                           LowerCase{"NoCase", "日本語", "日本語"},
                                           LowerCase{"MalformedStays", "A\xFF\xC3Z", "a\xFF\xC3z"}),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace cofre::source
