#include <string>

#include <gtest/gtest.h>

#include "source/path_filter.h"

namespace cofre::source {
namespace {

struct PatternCase {
    const char* pattern;
    const char* path;
    bool matches;
};

bool matches(const char* pattern, const char* path, bool ignore_case = false) {
    const auto parsed = PathPattern::parse(pattern, ignore_case);
    EXPECT_TRUE(parsed) << pattern;
    return parsed && parsed->matches(path);
}

class DocumentedPattern : public ::testing::TestWithParam<PatternCase> {};

TEST_P(DocumentedPattern, MatchesAsResticsManualSays) {
    EXPECT_EQ(matches(GetParam().pattern, GetParam().path), GetParam().matches)
        << GetParam().pattern << " and " << GetParam().path;
}

// https://restic.readthedocs.io/en/stable/040_backup.html#excluding-files
INSTANTIATE_TEST_SUITE_P(
    Table, DocumentedPattern,
    ::testing::Values(PatternCase{"foo", "/dir1/foo/dir2/file", true}, PatternCase{"foo", "/dir/foo", true},
                      PatternCase{"foo", "/dir/foobar", false}, PatternCase{"foo", "barfoo", false},
                      PatternCase{"/bin", "/bin/bash", true}, PatternCase{"/bin", "/usr/bin/restic", false},
                      PatternCase{"b*ash", "/bin/bash", true}, PatternCase{"b*ash", "/bin/ash", false},
                      PatternCase{"foo/**/bar", "/dir1/foo/dir2/bar/file", true},
                      PatternCase{"foo/**/bar", "/foo/bar/file", true}, PatternCase{"foo/**/bar", "/tmp/foo/bar", true},
                      PatternCase{"*.go", "/src/main.go", true}, PatternCase{"*.go", "/src/main.c", false},
                      PatternCase{"foo/**/bar", "foo/x/y/z/bar", true}, PatternCase{"foo/**/bar", "foo/x/bar", true},
                      PatternCase{"foo/**/bar", "foo/bar", true},
                      PatternCase{"foo bar star/foo.txt", "/a/foo bar star/foo.txt", true}));

class Pattern : public ::testing::TestWithParam<PatternCase> {};

TEST_P(Pattern, MatchesWholePartsAndWhatIsBelow) {
    EXPECT_EQ(matches(GetParam().pattern, GetParam().path), GetParam().matches)
        << GetParam().pattern << " and " << GetParam().path;
}

INSTANTIATE_TEST_SUITE_P(Anchors, Pattern,
                         ::testing::Values(PatternCase{"/a/b", "/a/b", true}, PatternCase{"/a/b", "/x/a/b", false},
                                           PatternCase{"/a/b", "/a/b/c/d", true}, PatternCase{"/a/b", "a/b", false},
                                           PatternCase{"a/b", "/x/a/b/c", true}, PatternCase{"a/b", "a/b", true},
                                           PatternCase{"a/b", "/a/x/b", false}, PatternCase{"/", "/anything", true},
                                           PatternCase{"/", "relative", false}, PatternCase{"/*", "/a/b", true},
                                           PatternCase{"/*/b", "/a/b", true}, PatternCase{"/*/b", "/b", false},
                                           PatternCase{"*", "/a", true}, PatternCase{"a", "", false}));

INSTANTIATE_TEST_SUITE_P(Cleaning, Pattern,
                         ::testing::Values(PatternCase{"a/", "/x/a", true}, PatternCase{"/a//b", "/a/b", true},
                                           PatternCase{"./a", "/x/a", true}, PatternCase{"/a/./b", "/a/b", true},
                                           PatternCase{"/a/../b", "/b", true}, PatternCase{"/a/../b", "/a/b", false},
                                           PatternCase{"/../a", "/a", true}, PatternCase{".", "/a", false},
                                           PatternCase{"a/..", "/a", false}, PatternCase{"../a", "/x/a", false}));

INSTANTIATE_TEST_SUITE_P(
    AnyFolders, Pattern,
    ::testing::Values(PatternCase{"**", "/a", true}, PatternCase{"/**", "/a/b", true}, PatternCase{"/**/b", "/b", true},
                      PatternCase{"/**/b", "/a/x/b/c", true}, PatternCase{"a/**", "/x/a", true},
                      PatternCase{"a/**", "/x/b", false}, PatternCase{"/a/**/b/**/c", "/a/b/c", true},
                      PatternCase{"/a/**/b/**/c", "/a/1/b/2/3/c/d", true}, PatternCase{"/a/**/b/**/c", "/a/c/b", false},
                      PatternCase{"a/**/b/*.go", "/a/b/x/b/m.go", true}, PatternCase{"a/**/b/*.go", "/b/a/m.go", false},
                      PatternCase{"a**", "/ab", true}, PatternCase{"a**b", "/a/b", false},
                      PatternCase{"**/a/**/b", "/a/a/b", true}));

TEST(PathPattern, QuotesWildcards) {
    EXPECT_TRUE(matches("\\*.txt", "/*.txt"));
    EXPECT_FALSE(matches("\\*.txt", "/a.txt"));
    EXPECT_TRUE(matches("\\!important", "/!important"));
}

TEST(PathPattern, KeepsALeadingExclamationMarkAsACharacter) {
    EXPECT_TRUE(matches("!a", "/!a"));
    EXPECT_FALSE(matches("!a", "/a"));
}

TEST(PathPattern, MatchesNamesThatAreNotUtf8) {
    EXPECT_TRUE(matches("caf\xE9*", "/x/caf\xE9.txt"));
    EXPECT_TRUE(matches("caf?", "/x/caf\xE9"));
}

TEST(PathPattern, TellsUnicodeFormsApart) {
    EXPECT_FALSE(matches("caf\u00E9", "/cafe\u0301"));
}

TEST(PathPattern, IgnoresCaseOnRequest) {
    EXPECT_TRUE(matches("*.JPG", "/Photos/img.jpg", /*ignore_case=*/true));
    EXPECT_TRUE(matches("relatórios", "/RELATÓRIOS/x", /*ignore_case=*/true));
    EXPECT_TRUE(matches("[A-Z]1", "/q1", /*ignore_case=*/true));
    EXPECT_FALSE(matches("*.JPG", "/Photos/img.jpg"));
}

TEST(PathPattern, RefusesMalformedText) {
    for (const char* text : {"", "[", "a/[b", "a\\", "a\\/b", "[a/b]", "ok/[]/ok"}) {
        const auto pattern = PathPattern::parse(text);
        ASSERT_FALSE(pattern) << text;
        EXPECT_EQ(pattern.error().code(), ErrorCode::kInvalidArgument);
    }
    EXPECT_EQ(PathPattern::parse("a/[b").error().message(), "parse pattern \"a/[b\": unclosed '['");
}

TEST(PathPattern, TakesNoExponentialTime) {
    std::string pattern;
    std::string path;
    for (int i = 0; i < 40; ++i)
        pattern += "**/a/";
    for (int i = 0; i < 2'000; ++i)
        path += "/a";
    EXPECT_FALSE(matches((pattern + "b").c_str(), path.c_str()));
}

}  // namespace
}  // namespace cofre::source
