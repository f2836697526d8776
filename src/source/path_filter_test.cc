#include "source/path_filter.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cofre::source {
namespace {

PathFilter filter_of(const FilterRules& rules) {
    auto filter = PathFilter::create(rules);
    EXPECT_TRUE(filter) << filter.error().message();
    return *std::move(filter);
}

bool accepts(const FilterRules& rules, const char* path, std::uint64_t size = 0) {
    return filter_of(rules).accepts_file(path, size);
}

bool enters(const std::vector<std::string>& exclude, const char* path) {
    return filter_of({.exclude = exclude}).enters_folder(path);
}

TEST(PathFilter, AcceptsEverythingWithoutRules) {
    EXPECT_TRUE(accepts({}, "a/b", 1'000'000'000'000));
    EXPECT_TRUE(enters({}, "a"));
}

TEST(PathFilter, AnchorsExcludesAtTheRoot) {
    EXPECT_FALSE(accepts({.exclude = {"/tmp"}}, "tmp/x"));
    EXPECT_TRUE(accepts({.exclude = {"/tmp"}}, "home/tmp/x"));
    EXPECT_FALSE(accepts({.exclude = {"tmp"}}, "home/tmp/x"));
}

TEST(PathFilter, LetsTheLastMatchDecide) {
    const FilterRules rules{.exclude = {"*.log", "!audit.log", "/old/**"}};
    EXPECT_FALSE(accepts(rules, "app.log"));
    EXPECT_TRUE(accepts(rules, "audit.log"));
    EXPECT_FALSE(accepts(rules, "old/audit.log"));
}

TEST(PathFilter, IgnoresTakingBackWhatIsExcludedLater) {
    EXPECT_FALSE(accepts({.exclude = {"!a.log", "*.log"}}, "a.log"));
}

// The example of https://restic.readthedocs.io/en/stable/040_backup.html
TEST(PathFilter, SelectsFoldersOfAHome) {
    const FilterRules rules{
        .exclude = {"/home/ana/*", "!/home/ana/Documents", "!/home/ana/code", "node_modules", "*~"}};
    EXPECT_TRUE(accepts(rules, "home/ana/Documents/a.txt"));
    EXPECT_TRUE(accepts(rules, "home/ana/code/x/main.c"));
    EXPECT_FALSE(accepts(rules, "home/ana/Downloads/big.iso"));
    EXPECT_FALSE(accepts(rules, "home/ana/code/node_modules/x.js"));
    EXPECT_FALSE(accepts(rules, "home/ana/Documents/a.txt~"));
    EXPECT_TRUE(enters(rules.exclude, "home/ana"));
    EXPECT_TRUE(enters(rules.exclude, "home/ana/code"));
    EXPECT_FALSE(enters(rules.exclude, "home/ana/Downloads"));
    EXPECT_FALSE(enters(rules.exclude, "home/ana/code/node_modules"));
}

TEST(PathFilter, EntersAnExcludedFolderOnlyIfSomethingBelowCouldBeTakenBack) {
    EXPECT_FALSE(enters({"/cache"}, "cache"));
    EXPECT_FALSE(enters({"/cache", "!/other/keep"}, "cache"));
    EXPECT_FALSE(enters({"!/cache/keep", "/cache"}, "cache"));
    EXPECT_TRUE(enters({"/cache", "!/cache/a/keep"}, "cache"));
    EXPECT_TRUE(enters({"/cache", "!/cache/a/keep"}, "cache/a"));
    EXPECT_FALSE(enters({"/cache", "!/cache/a/keep"}, "cache/b"));
    EXPECT_TRUE(enters({"/cache", "!/*/**/keep"}, "cache/b"));
    EXPECT_TRUE(enters({"/cache", "!keep"}, "cache/b"));
    EXPECT_TRUE(enters({"/cache", "!/cache/a"}, "cache/a/b"));
    EXPECT_TRUE(accepts({.exclude = {"/cache", "!/cache/a/keep"}}, "cache/a/keep"));
    EXPECT_FALSE(accepts({.exclude = {"/cache", "!/cache/a/keep"}}, "cache/a/drop"));
}

TEST(PathFilter, KeepsTheCaseBlindListApart) {
    const FilterRules rules{.exclude = {"!KEEP.tmp"}, .exclude_ignore_case = {"*.TMP", "!Mine.tmp"}};
    EXPECT_FALSE(accepts(rules, "a.Tmp"));
    EXPECT_FALSE(accepts(rules, "KEEP.tmp"));
    EXPECT_TRUE(accepts(rules, "MINE.TMP"));
    EXPECT_FALSE(filter_of({.exclude_ignore_case = {"Cache"}}).enters_folder("x/CACHE"));
}

TEST(PathFilter, IncludesFilesByName) {
    const FilterRules rules{.include = {"*.txt", "*.pdf"}};
    EXPECT_TRUE(accepts(rules, "a/b/c.txt"));
    EXPECT_TRUE(accepts(rules, "d.pdf"));
    EXPECT_FALSE(accepts(rules, "d.docx"));
    EXPECT_FALSE(accepts(rules, "folder.txt/d.docx"));
    EXPECT_FALSE(accepts(rules, "D.PDF"));
    EXPECT_TRUE(filter_of(rules).enters_folder("any"));
}

TEST(PathFilter, IncludesFilesByPathIfThePatternHoldsASlash) {
    const FilterRules rules{.include = {"docs/*.pdf", "/etc/"}};
    EXPECT_TRUE(accepts(rules, "x/docs/a.pdf"));
    EXPECT_FALSE(accepts(rules, "docs/x/a.pdf"));
    EXPECT_TRUE(accepts(rules, "etc/ssh/config"));
    EXPECT_FALSE(accepts(rules, "x/etc/config"));
}

TEST(PathFilter, TakesAStarAmongTheIncludesForEverything) {
    EXPECT_TRUE(accepts({.include = {"*.txt", "*"}}, "a.bin"));
}

TEST(PathFilter, ExcludesFromWhatIsIncluded) {
    const FilterRules rules{.include = {"*.txt"}, .exclude = {"secret*"}};
    EXPECT_TRUE(accepts(rules, "a.txt"));
    EXPECT_FALSE(accepts(rules, "secret.txt"));
}

TEST(PathFilter, ExcludesLargerFilesOnly) {
    const FilterRules rules{.exclude_larger_than = 100};
    EXPECT_TRUE(accepts(rules, "a", 100));
    EXPECT_FALSE(accepts(rules, "a", 101));
}

TEST(PathFilter, NamesTheMalformedPattern) {
    for (const FilterRules& rules : {FilterRules{.include = {"[x"}}, FilterRules{.exclude = {"ok", "![x"}},
                                     FilterRules{.exclude_ignore_case = {"[x"}}}) {
        const auto filter = PathFilter::create(rules);
        ASSERT_FALSE(filter);
        EXPECT_EQ(filter.error().code(), ErrorCode::kInvalidArgument);
        EXPECT_EQ(filter.error().message(), "parse pattern \"[x\": unclosed '['");
    }
}

TEST(PathFilter, RefusesRulesThatCannotBeMeant) {
    EXPECT_FALSE(PathFilter::create({.exclude = {""}}));
    EXPECT_FALSE(PathFilter::create({.exclude = {"!"}}));
    const auto negated = PathFilter::create({.include = {"!*.tmp"}});
    ASSERT_FALSE(negated);
    EXPECT_FALSE(negated.error().hint().empty());
}

}  // namespace
}  // namespace cofre::source
