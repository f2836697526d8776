#include "config/yaml_tree.h"

#include <string>

#include <gtest/gtest.h>

namespace cofre::config {
namespace {

std::string show(const YamlNode& node) {
    std::string text;
    switch (node.kind) {
        case YamlNode::Kind::kNull: return "null";
        case YamlNode::Kind::kScalar: return node.text;
        case YamlNode::Kind::kList:
            for (const auto& item : node.items)
                text += (text.empty() ? "" : " ") + show(item);
            return "[" + text + "]";
        case YamlNode::Kind::kMap:
            for (const auto& entry : node.entries) {
                text += (text.empty() ? "" : " ") + entry.key + ":" + show(entry.value);
            }
            return "{" + text + "}";
    }
    return text;
}

struct TreeCase {
    const char* name;
    std::string text;
    const char* expected;
};

class YamlTree : public ::testing::TestWithParam<TreeCase> {};

TEST_P(YamlTree, Reads) {
    const auto tree = parse_yaml(GetParam().text, "f");
    ASSERT_TRUE(tree) << tree.error().message();
    EXPECT_EQ(show(*tree), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Table, YamlTree,
    ::testing::Values(TreeCase{"Empty", "", "null"}, TreeCase{"OnlyComments", "# nothing\n\n", "null"},
                      TreeCase{"ByteOrderMark",
                               "\xEF\xBB\xBF"
                               "a: 1\n",
                               "{a:1}"},
                      TreeCase{"CrLf", "a: 1\r\nb:\r\n  - x\r\n  - \"y\"\r\n", "{a:1 b:[x y]}"},
                      TreeCase{"NullForms", "a:\nb: ~\nc: null\nd: \"~\"\n", "{a:null b:null c:null d:~}"},
                      TreeCase{"TabsElsewhere", "a: 1\t# x\n\t\n\t# y\nb: [1,\t2]\n", "{a:1 b:[1 2]}"},
                      TreeCase{"Alias", "a: &x [1, 2]\nb: *x\n", "{a:[1 2] b:[1 2]}"},
                      TreeCase{"MergeKey", "a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}\n", "{a:{k:1 l:2} b:{k:3 l:2}}"},
                      TreeCase{"MergeList", "a: &x {k: 1}\nb: &y {k: 2, l: 3}\nc: {<<: [*x, *y]}\n",
                               "{a:{k:1} b:{k:2 l:3} c:{k:1 l:3}}"},
                      TreeCase{"StandardTag", "a: !!str 5\n", "{a:5}"},
                      TreeCase{"DocumentMarks", "---\na: 1\n...\n", "{a:1}"}),
    [](const auto& param) { return std::string(param.param.name); });

struct YamlErrorCase {
    const char* name;
    std::string text;
    const char* message;
};

class YamlTreeError : public ::testing::TestWithParam<YamlErrorCase> {};

TEST_P(YamlTreeError, NamesFileLineAndColumn) {
    const auto tree = parse_yaml(GetParam().text, "f");
    ASSERT_FALSE(tree) << show(*tree);
    EXPECT_EQ(tree.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(tree.error().message(), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Table, YamlTreeError,
    ::testing::Values(
        YamlErrorCase{"Nul", std::string("a: 1\nb: \0\n", 10), "f:2:4: a NUL byte"},
        YamlErrorCase{"Utf16",
                      std::string("\xFF\xFE"
                                  "a\0:\0",
                                  6),
                      "f:1:4: a NUL byte"},
        YamlErrorCase{"Latin1", "a: caf\xE9\n", "f:1: not UTF-8 text"},
        YamlErrorCase{"Tab", "a:\n\tb: 1\n", "f:2:1: a tab in the indentation"},
        YamlErrorCase{"TabAfterSpaces", "a:\n  \tb: 1\n", "f:2:3: a tab in the indentation"},
        YamlErrorCase{"KeyTwice", "a: 1\nb: 2\na: 3\n", "f:3:1: key \"a\" appears twice, first in line 1"},
        YamlErrorCase{"KeyTwiceBelow", "x:\n  a: 1\n  a: 1\n", "f:3:3: key \"a\" appears twice, first in line 2"},
        YamlErrorCase{"Tag", "a: !mine 1\n", "f:1:4: tag !mine means nothing here"},
        YamlErrorCase{"MapAsKey", "{a: 1}: 2\n", "f:1:1: a key must be plain text"},
        YamlErrorCase{"TwoDocuments", "a: 1\n---\nb: 2\n", "f: more than one YAML document"},
        YamlErrorCase{"UnclosedList", "a: [1, 2\n", "f:2:1: not valid YAML: end of sequence flow not found"},
        YamlErrorCase{"MergeOfText", "a:\n  <<: b\n", "f:2:3: \"<<\" wants a map, or a list of maps"},
        YamlErrorCase{"AliasOfItself", "a: &x [*x]\n", "f:1:8: an alias inside the value that it stands for"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(YamlTreeError, SuggestsQuotesForPatterns) {
    for (const char* text : {"a: [*.txt]\n", "a: *\n", "a: *.*\n"}) {
        const auto tree = parse_yaml(text, "f");
        ASSERT_FALSE(tree) << text;
        EXPECT_NE(tree.error().hint().find("\"*.txt\""), std::string::npos) << text << tree.error().message();
    }
}

TEST(YamlTreeBounds, AliasesCannotMultiplyWithoutEnd) {
    std::string text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < 10; ++i) {
        const std::string last = "*a" + std::to_string(i - 1);
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
        for (int j = 0; j < 9; ++j)
            text += "," + last;
        text += "]\n";
    }
    const auto tree = parse_yaml(text, "f");
    ASSERT_FALSE(tree);
    EXPECT_EQ(tree.error().code(), ErrorCode::kResourceExhausted);
}

TEST(YamlTreeBounds, NestingIsBounded) {
    for (const std::size_t depth : {std::size_t{31}, std::size_t{32}, std::size_t{400}, std::size_t{100'000}}) {
        const auto tree = parse_yaml(std::string(depth, '[') + std::string(depth, ']'), "f");
        EXPECT_EQ(tree.has_value(), depth < kMaxYamlDepth) << depth;
    }
}

TEST(YamlTreeBounds, NestingByAliasesIsBoundedToo) {
    std::string text = "a0: &a0 [x]\n";
    for (int i = 1; i < 40; ++i) {
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
    }
    const auto tree = parse_yaml(text, "f");
    ASSERT_FALSE(tree);
    EXPECT_EQ(tree.error().code(), ErrorCode::kResourceExhausted);
}

TEST(YamlTreeBounds, LengthIsBounded) {
    EXPECT_EQ(parse_yaml(std::string(kMaxYamlBytes + 1, '#'), "f").error().code(), ErrorCode::kResourceExhausted);
    EXPECT_TRUE(parse_yaml(std::string(kMaxYamlBytes, '#'), "f"));
}

}  // namespace
}  // namespace cofre::config
