#include "source/glob.h"

#include <string>

#include <gtest/gtest.h>

namespace cofre::source {
namespace {

struct GlobCase {
    const char* pattern;
    std::string name;
    bool matches;
};
class Glob : public ::testing::TestWithParam<GlobCase> {};

TEST_P(Glob, MatchesAsGoDoes) {
    const auto& [pattern, name, matches] = GetParam();
    ASSERT_FALSE(find_glob_fault(pattern)) << pattern;
    EXPECT_EQ(glob_matches(pattern, name), matches) << '"' << pattern << "\" and \"" << name << '"';
}

// Checked against filepath.Match of Go 1.26: https://pkg.go.dev/path/filepath#Match
INSTANTIATE_TEST_SUITE_P(
    Table, Glob,
    ::testing::Values(GlobCase{"", "", true}, GlobCase{"", "a", false}, GlobCase{"abc", "abc", true},
                      GlobCase{"abc", "ab", false}, GlobCase{"*", "", true}, GlobCase{"*", ".hidden", true},
                      GlobCase{"*c", "abc", true}, GlobCase{"a*", "a", true}, GlobCase{"a*b*c", "aXbYbc", true},
                      GlobCase{"a*b*c", "aXbYcd", false}, GlobCase{"a*b?c*x", "abxbbxdbxebxczzx", true},
                      GlobCase{"a*b?c*x", "abxbbxdbxebxczzy", false}, GlobCase{"*x", "xxx", true},
                      GlobCase{"**", "anything", true}, GlobCase{"?", "", false}, GlobCase{"?", "é", true},
                      GlobCase{"??", "é", false}, GlobCase{"?", "\xFF", true}, GlobCase{"a?b", "a☺b", true},
                      GlobCase{"a???b", "a☺b", false}, GlobCase{"[abc]", "b", true}, GlobCase{"[a-c]x", "bx", true},
                      GlobCase{"[a-c]", "d", false}, GlobCase{"[^a-c]", "d", true}, GlobCase{"[^a-c]", "b", false},
                      GlobCase{"[^a]", "", false}, GlobCase{"a[^a]b", "a☺b", true}, GlobCase{"[^a]", "\xFF", true},
                      GlobCase{"[à-ü]", "ç", true}, GlobCase{"[а-я]*", "файл", true}, GlobCase{"[z-a]", "m", false},
                      GlobCase{"[a-ζ]*", "α", true}, GlobCase{"*[a-ζ]", "A", false}, GlobCase{"[!a]", "!", true},
                      GlobCase{"[!a]", "b", false}, GlobCase{"[\\]a]", "]", true}, GlobCase{"[\\-]", "-", true},
                      GlobCase{"[x\\-]", "-", true}, GlobCase{"[x\\-]", "z", false}, GlobCase{"[\\a-\\c]", "b", true},
                      GlobCase{"[[]", "[", true}, GlobCase{"[*?]", "?", true}, GlobCase{"[*?]", "a", false},
                      GlobCase{"\\*", "*", true}, GlobCase{"\\*", "a", false}, GlobCase{"\\\\", "\\", true},
                      GlobCase{"\\a", "a", true}, GlobCase{"a\\[b", "a[b", true}, GlobCase{"]", "]", true},
                      GlobCase{"a]", "a]", true}, GlobCase{"*[0-9].log", "app.x.log", false},
                      GlobCase{"*[0-9].log", "app7.log", true}, GlobCase{"*~", "notes~", true},
                      GlobCase{"-*", "-rf", true}, GlobCase{"\xFF*", "\xFFz", true}, GlobCase{"a\n*", "a\nb", true}));

struct FaultCase {
    const char* pattern;
    const char* fault;
};
class GlobFault : public ::testing::TestWithParam<FaultCase> {};

TEST_P(GlobFault, IsNamed) {
    EXPECT_EQ(find_glob_fault(GetParam().pattern).value_or("none"), GetParam().fault) << GetParam().pattern;
}

INSTANTIATE_TEST_SUITE_P(
    Table, GlobFault,
    ::testing::Values(FaultCase{"[", "unclosed '['"}, FaultCase{"[a", "unclosed '['"}, FaultCase{"a[", "unclosed '['"},
                      FaultCase{"[^", "unclosed '['"}, FaultCase{"[^bc", "unclosed '['"},
                      FaultCase{"[a-", "unclosed '['"}, FaultCase{"[a\\", "unclosed '['"},
                      FaultCase{"[]", "malformed '[...]'"}, FaultCase{"[]a]", "malformed '[...]'"},
                      FaultCase{"[-]", "malformed '[...]'"}, FaultCase{"[a-]", "malformed '[...]'"},
                      FaultCase{"[-x]", "malformed '[...]'"}, FaultCase{"[a-b-c]", "malformed '[...]'"},
                      FaultCase{"[\xFF]", "malformed '[...]'"}, FaultCase{"\\", "trailing '\\'"},
                      FaultCase{"a\\", "trailing '\\'"}, FaultCase{"*x[", "unclosed '['"}));

TEST(GlobMatches, TakesNoExponentialTime) {
    std::string pattern;
    for (int i = 0; i < 60; ++i)
        pattern += "a*";
    EXPECT_FALSE(glob_matches(pattern + 'b', std::string(5'000, 'a')));
}

}  // namespace
}  // namespace cofre::source
