#include "config/variables.h"

#include <string>

#include <gtest/gtest.h>

namespace cofre::config {
namespace {

struct DotEnvCase {
    const char* name;
    const char* text;
    const char* expected;  ///< Of variable A; nullptr: not set.
};

class DotEnv : public ::testing::TestWithParam<DotEnvCase> {};

TEST_P(DotEnv, Reads) {
    Variables variables(Environment{{"PROCESS", "p"}});
    const auto status = variables.add_dot_env(GetParam().text, ".env");
    ASSERT_TRUE(status) << status.error().message();
    const auto found = variables.find("A");
    ASSERT_EQ(found.has_value(), GetParam().expected != nullptr);
    EXPECT_EQ(found ? found->value : "", GetParam().expected ? GetParam().expected : "");
}

INSTANTIATE_TEST_SUITE_P(
    Table, DotEnv,
    ::testing::Values(
        DotEnvCase{"Bare", "A=b\n", "b"}, DotEnvCase{"LastLineWithoutEnd", "X=1\nA=b", "b"},
        DotEnvCase{"IndentedAsInTheDocument", "    X=1\n    A=b\n", "b"}, DotEnvCase{"Export", "export A=b\n", "b"},
        DotEnvCase{"SpacesAround", " A = b c \n", "b c"}, DotEnvCase{"CrLf", "X=1\r\nA=b\r\n", "b"},
        DotEnvCase{"ByteOrderMark",
                   "\xEF\xBB\xBF"
                   "A=b\n",
                   "b"},
        DotEnvCase{"Comments", "# A=c\nA=b # d\n#A=e\n", "b"}, DotEnvCase{"HashInsideAValue", "A=b#c\n", "b#c"},
        DotEnvCase{"EqualsSigns", "A=b/c+d==\n", "b/c+d=="},
        DotEnvCase{"SingleQuotes", "A='b # ${PROCESS} \\n' # c\n", "b # ${PROCESS} \\n"},
        DotEnvCase{"DoubleQuotes", "A=\"b # \\\"c\\\" \\\\ \\t\"\n", "b # \"c\" \\ \t"},
        DotEnvCase{"SeveralLines", "A=\"b\nc\"\nX=1\n", "b\nc"},
        DotEnvCase{"Replacement", "X=1\nA=${X}-${PROCESS}-${NONE:-n}\n", "1-p-n"},
        DotEnvCase{"EscapedReplacement", "A=\"\\${X} \\$y\"\n", "${X} $y"}, DotEnvCase{"LastWins", "A=b\nA=c\n", "c"},
        DotEnvCase{"EmptyIsUnset", "A=\n", nullptr}, DotEnvCase{"EmptyQuotesAreUnset", "A=\"\"\n", nullptr}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(DotEnv, ErrorsNameTheLineAndNoValue) {
    const std::pair<std::string, const char*> cases[] = {
        {"X=1\nnonsense secret\n", ".env:2: a line of the form NAME=value is expected"},
        {"1A=secret\n", ".env:1: a line of the form NAME=value is expected"},
        {"\nA='secret\n\n", ".env:2: the quote is not closed"},
        {"A=\"secret\" more\n", ".env:1: text behind the closing quote"},
        {"X='a\nb'\nA=${NONE}\n", ".env:3: ${NONE}: NONE is not set"},
        {std::string("A=\0\n", 4), ".env: not UTF-8 text"},
        {"A=${file:/etc/passwd}\n", ".env:1: ${file:/etc/passwd}: not in a .env file"},
    };
    for (const auto& [text, message] : cases) {
        Variables variables(Environment{});
        const auto status = variables.add_dot_env(text, ".env");
        ASSERT_FALSE(status) << text;
        EXPECT_EQ(status.error().message(), message);
    }
}

TEST(Variables, TheProcessWinsUnlessItIsEmpty) {
    Variables variables(Environment{{"BOTH", "process"}, {"EMPTY", ""}});
    ASSERT_TRUE(variables.add_dot_env("BOTH=file\nEMPTY=file\n", "/d/.env"));
    EXPECT_EQ(variables.find("BOTH")->value, "process");
    EXPECT_EQ(variables.find("BOTH")->origin.kind, Origin::Kind::kEnvironment);
    const auto from_file = variables.find("EMPTY");
    EXPECT_EQ(from_file->value, "file");
    EXPECT_EQ(from_file->origin.kind, Origin::Kind::kDotEnv);
    EXPECT_EQ(from_file->origin.file, "/d/.env");
    EXPECT_EQ(from_file->origin.line, 2U);
    EXPECT_FALSE(variables.find("NONE"));
}

TEST(Variables, TellsWhetherDotEnvHoldsSecrets) {
    Variables variables(Environment{});
    ASSERT_TRUE(variables.add_dot_env("S3_BUCKET_NAME=b\nAWS_SECRET_ACCESS_KEY=\n", ".env"));
    EXPECT_FALSE(variables.dot_env_has_secrets());
    ASSERT_TRUE(variables.add_dot_env("AWS_SECRET_ACCESS_KEY=x\n", ".env"));
    EXPECT_TRUE(variables.dot_env_has_secrets());
}

}  // namespace
}  // namespace cofre::config
